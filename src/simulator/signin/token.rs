//! Tokens by the client credentials grant.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::refusal::Refusal;
use crate::simulator::{
    reply::{self, Reply},
    request::Exchange,
    state::{Audience, Grant},
    world::World,
};

/// The resources tokens are given for, in every cloud.
const RESOURCES: [(&str, Audience); 7] = [
    ("https://graph.microsoft.com", Audience::Graph),
    ("https://graph.microsoft.us", Audience::Graph),
    ("https://dod-graph.microsoft.us", Audience::Graph),
    ("https://microsoftgraph.chinacloudapi.cn", Audience::Graph),
    ("https://api.botframework.com", Audience::Connector),
    ("https://api.botframework.us", Audience::Connector),
    ("https://api.botframework.azure.cn", Audience::Connector),
];

/// Where bots of many tenants sign in, by cloud.
const BOT_TENANTS: [&str; 3] = [
    "botframework.com",
    "MicrosoftServices.onmicrosoft.us",
    "microsoftservices.partner.onmschina.cn",
];

/// Gives a token, or says why not.
pub(crate) fn token(world: &World, exchange: &Exchange, tenant: &str) -> Reply {
    match grant(world, exchange, tenant) {
        Ok(reply) => reply,
        Err(refusal) => refusal.reply(exchange),
    }
}

/// Whether the path names this tenant.
pub(crate) fn is_tenant(world: &World, tenant: &str) -> bool {
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
    let form = form(exchange)?;
    let field = |name: &'static str| {
        form.get(name)
            .map(String::as_str)
            .ok_or(Refusal::Missing(name))
    };
    let grant_type = field("grant_type")?;
    if grant_type != "client_credentials" {
        return Err(Refusal::GrantType(grant_type.to_owned()));
    }
    let client = field("client_id")?;
    if !client.eq_ignore_ascii_case(&world.facts().client_id) {
        return Err(Refusal::App(client.to_owned()));
    }
    let scope = field("scope")?;
    let (resource, audience) =
        resource(scope, bots_only).ok_or_else(|| Refusal::Scope(scope.to_owned()))?;
    if form.contains_key("client_assertion") {
        return Err(Refusal::Assertion);
    }
    if field("client_secret")? != world.facts().client_secret {
        return Err(Refusal::Secret(client.to_owned()));
    }
    Ok(give(world, exchange, resource, audience))
}

fn form(exchange: &Exchange) -> Result<HashMap<String, String>, Refusal> {
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
fn resource(scope: &str, bots_only: bool) -> Option<(&'static str, Audience)> {
    let asked = scope.strip_suffix("/.default")?;
    let asked = asked.strip_suffix('/').unwrap_or(asked);
    let (name, audience) = RESOURCES.into_iter().find(|(name, _)| *name == asked)?;
    match audience {
        Audience::Graph if bots_only => None,
        Audience::Graph | Audience::Connector => Some((name, audience)),
    }
}

fn give(world: &World, exchange: &Exchange, resource: &str, audience: Audience) -> Reply {
    let tenant = &world.tenant;
    let lifetime = tenant.registration.token_lifetime;
    let issued = exchange.wall.as_second();
    let expires = issued.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
    let roles: &[String] = match audience {
        Audience::Graph => &tenant.registration.permissions,
        Audience::Connector => &[],
    };
    let facts = world.facts();
    let claims = json!({
        "aud": resource,
        "iss": format!("https://sts.windows.net/{}/", facts.tenant_id),
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "appid": facts.client_id,
        "appidacr": "1",
        "idtyp": "app",
        "roles": roles,
        "tid": facts.tenant_id,
        "uti": exchange.number.to_string(),
        "ver": "1.0",
    });
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256","kid":"simulator"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = Sha256::new()
        .chain_update(tenant.seed.to_be_bytes())
        .chain_update(&signed)
        .finalize();
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    let grant = Grant {
        audience,
        app: tenant.client,
        roles: roles.into(),
        expires: exchange.now + exchange.twist.token_life.unwrap_or(lifetime),
    };
    let mut state = world.state();
    state.grants.retain(|_, grant| exchange.now < grant.expires);
    state.grants.insert(token.clone(), grant);
    drop(state);
    let body = json!({
        "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
        "ext_expires_in": lifetime.as_secs(),
        "access_token": token,
    });
    reply::json(StatusCode::OK, &body)
}
