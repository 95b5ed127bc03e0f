//! Tokens of managed identities, as the machine the program runs on gives them.
//!
//! All numbers are texts, as in the services.

use http::StatusCode;
use serde_json::{Value, json};

use super::issue::{self, Issued, Proof, Resource};
use crate::simulator::{
    guid::Guid,
    reply::{self, Reply},
    request::Exchange,
    tenant::application::{Assigned, Principal},
    world::World,
};

/// What a virtual machine's metadata service understands.
const MACHINE_VERSIONS: [&str; 2] = ["2018-02-01", "2019-08-01"];
/// What App Service understands.
const APP_SERVICE_VERSION: &str = "2019-08-01";

/// Why a machine gives no token: a status and a text.
type Refusal = (StatusCode, &'static str);

/// Gives a token as a virtual machine does.
pub(super) fn of_virtual_machine(world: &World, exchange: &Exchange) -> Reply {
    let is_direct = exchange.header("x-forwarded-for").is_none();
    let is_meant = exchange
        .header("metadata")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if !is_meant || !is_direct {
        return refuse((
            StatusCode::BAD_REQUEST,
            "Required metadata header not specified",
        ));
    }
    match give(world, exchange, &MACHINE_VERSIONS) {
        Ok(mut given) => {
            let lifetime = given.issued.lifetime.to_string();
            given.add("expires_in", lifetime.clone());
            given.add("ext_expires_in", lifetime);
            given.add("not_before", given.issued.begins.to_string());
            reply::json(StatusCode::OK, &given.body)
        }
        Err(refusal) => refuse(refusal),
    }
}

/// Gives a token as App Service and Functions do.
pub(super) fn of_app_service(world: &World, exchange: &Exchange) -> Reply {
    let secret = &world.facts().surroundings.identity_header;
    if exchange.header("x-identity-header") != Some(secret) {
        return refuse((StatusCode::UNAUTHORIZED, "Invalid X-IDENTITY-HEADER"));
    }
    match give(world, exchange, &[APP_SERVICE_VERSION]) {
        Ok(given) => reply::json(StatusCode::OK, &given.body),
        Err(refusal) => refuse(refusal),
    }
}

/// What both services say of a token.
struct Given {
    body: Value,
    issued: Issued,
}

impl Given {
    fn add(&mut self, name: &str, value: String) {
        if let Some(fields) = self.body.as_object_mut() {
            fields.insert(name.to_owned(), value.into());
        }
    }
}

fn give(world: &World, exchange: &Exchange, versions: &[&str]) -> Result<Given, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let query = exchange
        .query
        .as_ref()
        .map_err(|_| (BAD, "Bad query string"))?;
    let version = query.get("api-version").unwrap_or_default();
    if !versions.contains(&version) {
        return Err((
            BAD,
            "api-version is invalid or was not specified in the request",
        ));
    }
    let resource = query
        .get("resource")
        .ok_or((BAD, "Invalid resource parameter"))?;
    let app = assigned(world, exchange)?;
    let resource = Resource::named(resource).ok_or((
        BAD,
        "AADSTS500011: The resource principal was not found in the tenant.",
    ))?;
    let tenant = world.tenant.id;
    let issued = issue::issue(world, exchange, tenant, app, resource, Proof::Signed);
    let body = json!({
        "access_token": issued.token,
        "client_id": app.client.to_string(),
        "expires_on": issued.ends.to_string(),
        "resource": resource.name,
        "token_type": "Bearer",
    });
    Ok(Given { body, issued })
}

/// Finds the identity that is asked for: the machine's own unless another is named.
fn assigned<'a>(world: &'a World, exchange: &Exchange) -> Result<&'a Principal, Refusal> {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    let of = |wanted: Assigned| {
        let all = world.tenant.principals.iter();
        all.filter(move |app| app.credentials.assigned == wanted)
    };
    let query = exchange.query.as_ref().ok();
    let named = |name| query.and_then(|query| query.get(name));
    let is = |id: Guid, text: &str| text.parse() == Ok(id);
    let found = match (
        named("client_id"),
        named("object_id").or_else(|| named("principal_id")),
        named("msi_res_id").or_else(|| named("mi_res_id")),
    ) {
        (Some(client), ..) => of(Assigned::User)
            .chain(of(Assigned::System))
            .find(|app| is(app.client, client)),
        (None, Some(object), _) => of(Assigned::User)
            .chain(of(Assigned::System))
            .find(|app| is(app.object, object)),
        (None, None, Some(resource)) => {
            of(Assigned::User).find(|app| resource.ends_with(&format!("/{}", app.object)))
        }
        (None, None, None) => {
            if of(Assigned::System).next().is_none() && 1 < of(Assigned::User).count() {
                return Err((
                    BAD,
                    "Multiple user assigned identities exist, please specify the clientId / resourceId of the \
                     identity in the token request",
                ));
            }
            of(Assigned::System).chain(of(Assigned::User)).next()
        }
    };
    found.ok_or((BAD, "Identity not found"))
}

fn refuse((status, text): Refusal) -> Reply {
    let body = json!({ "error": "invalid_request", "error_description": text });
    reply::json(status, &body)
}
