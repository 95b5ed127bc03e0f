//! Tokens by the client credentials grant.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::json;
use url::form_urlencoded;

use super::{
    assertion,
    issue::{self, Proof, Resource},
    refusal::Refusal,
};
use crate::simulator::{
    crypto::Validity,
    guid::Guid,
    reply::{self, Reply},
    request::Exchange,
    state::Audience,
    tenant::application::Principal,
    world::World,
};

/// Where bots of many tenants sign in, by cloud.
const BOT_TENANTS: [&str; 3] = [
    "botframework.com",
    "MicrosoftServices.onmicrosoft.us",
    "microsoftservices.partner.onmschina.cn",
];

/// The id of `botframework.com`.
const BOT_FRAMEWORK: Guid = Guid(0xd6d4_9420_f39b_4df7_a1dc_d59a_9358_71db);

/// What an assertion has to say it is.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The fields of a request, decoded.
type Form = HashMap<String, String>;

/// Gives a token, or says why not.
pub(super) fn token(world: &World, exchange: &Exchange, tenant: &str) -> Reply {
    match grant(world, exchange, tenant) {
        Ok(reply) => reply,
        Err(refusal) => refusal.reply(exchange),
    }
}

/// Whether the path names this tenant.
pub(super) fn is_tenant(world: &World, tenant: &str) -> bool {
    let facts = world.facts();
    tenant.eq_ignore_ascii_case(&facts.tenant_id) || tenant.eq_ignore_ascii_case(&facts.domain)
}

fn grant(world: &World, exchange: &Exchange, tenant: &str) -> Result<Reply, Refusal> {
    let bots_only = BOT_TENANTS
        .iter()
        .any(|name| name.eq_ignore_ascii_case(tenant));
    if !bots_only && !is_tenant(world, tenant) {
        return Err(Refusal::Tenant(tenant.to_owned()));
    }
    let tenant_id = if bots_only {
        BOT_FRAMEWORK
    } else {
        world.tenant.id
    };
    let form = form(exchange)?;
    let grant_type = field(&form, "grant_type")?;
    if grant_type != "client_credentials" {
        return Err(Refusal::GrantType(grant_type.to_owned()));
    }
    let client = field(&form, "client_id")?;
    let app = world
        .tenant
        .principal(client)
        .ok_or_else(|| Refusal::App(client.to_owned()))?;
    let resource = resource(field(&form, "scope")?, bots_only)?;
    let realm = assertion::Realm {
        path: tenant,
        id: tenant_id,
    };
    let proof = prove(world, exchange, &form, realm, app)?;
    let issued = issue::issue(world, exchange, tenant_id, app, resource, proof);
    let body = json!({
        "token_type": "Bearer",
        "expires_in": issued.lifetime,
        "ext_expires_in": issued.lifetime,
        "access_token": issued.token,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

fn prove(
    world: &World,
    exchange: &Exchange,
    form: &Form,
    realm: assertion::Realm<'_>,
    app: &Principal,
) -> Result<Proof, Refusal> {
    if let Some(assertion) = form.get("client_assertion") {
        if field(form, "client_assertion_type")? != ASSERTION_TYPE {
            return Err(Refusal::Malformed);
        }
        assertion::check(world, exchange, realm, app, assertion)?;
        return Ok(Proof::Signed);
    }
    match form.get("client_secret") {
        None => Err(Refusal::NoCredential),
        Some(secret) if *secret != app.secret => Err(Refusal::Secret(app.client)),
        Some(_) if app.credentials.secret == Validity::Expired => {
            Err(Refusal::SecretExpired(app.client))
        }
        Some(_) => Ok(Proof::Secret),
    }
}

fn field<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, Refusal> {
    let found = form.get(name).map(String::as_str);
    found.ok_or(Refusal::Missing(name))
}

fn form(exchange: &Exchange) -> Result<Form, Refusal> {
    let media_type = exchange.media_type();
    if media_type.as_deref() != Some("application/x-www-form-urlencoded") || exchange.is_oversized()
    {
        return Err(Refusal::Missing("grant_type"));
    }
    Ok(form_urlencoded::parse(&exchange.body)
        .into_owned()
        .collect())
}

/// Reads a scope: exactly one resource, and its default permissions.
fn resource(scope: &str, bots_only: bool) -> Result<Resource, Refusal> {
    let asked = scope
        .strip_suffix("/.default")
        .ok_or_else(|| Refusal::NotDefault(scope.to_owned()))?;
    Resource::named(asked)
        .filter(|resource| resource.audience == Audience::Connector || !bots_only)
        .ok_or_else(|| Refusal::Scope(scope.to_owned()))
}
