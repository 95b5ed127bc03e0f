//! Sign-in: tokens for applications, and what clients look up on the way.

mod refusal;
#[cfg(test)]
mod tests;
mod token;

use http::StatusCode;
use serde_json::json;

use self::refusal::Refusal;
use super::{
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    state::{Audience, Grant},
    world::World,
};

pub(crate) use self::token::token;

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// There is none.
    Absent,
    /// It is none of ours.
    Unreadable,
    /// Its time is over.
    Expired,
    /// It is for another service.
    Audience,
}

/// Returns what the request's token stands for.
pub(crate) fn authorize(
    world: &World,
    exchange: &Exchange,
    audience: Audience,
) -> Result<Grant, TokenFault> {
    let header = exchange.header("authorization").unwrap_or_default();
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) | None => return Err(TokenFault::Absent),
    };
    let grant = world
        .state()
        .grants
        .get(token)
        .cloned()
        .ok_or(TokenFault::Unreadable)?;
    if grant.audience != audience {
        Err(TokenFault::Audience)
    } else if grant.expires <= exchange.now {
        Err(TokenFault::Expired)
    } else {
        Ok(grant)
    }
}

/// Answers a request that something befell.
pub(crate) fn fail(world: &World, exchange: &Exchange, mishap: Mishap) -> Reply {
    let (status, wait, number, text) = match mishap {
        Mishap::Throttled(wait) => (
            StatusCode::TOO_MANY_REQUESTS,
            wait,
            90_055,
            "There are too many incoming requests.",
        ),
        Mishap::Failed(status) => (status, None, 90_033, "A transient error has occurred."),
        Mishap::Entitlement => (StatusCode::BAD_REQUEST, None, 900_144, "Invalid request."),
    };
    let body = json!({
        "error": "temporarily_unavailable",
        "error_description": format!("AADSTS{number}: {text}"),
        "error_codes": [number],
    });
    let mut reply = reply::json(status, &body);
    if let Some(wait) = wait {
        let form = world.tenant.registration.retry_after;
        reply::retry_after(&mut reply, form, wait, exchange.wall);
    }
    reply
}

/// Describes the sign-in of a tenant.
pub(crate) fn metadata(world: &World, exchange: &Exchange, tenant: &str) -> Reply {
    if !token::is_tenant(world, tenant) && tenant != "common" && tenant != "organizations" {
        return Refusal::Tenant(tenant.to_owned()).reply(exchange);
    }
    let origin = exchange.origin();
    let id = &world.facts().tenant_id;
    let body = json!({
        "issuer": format!("{origin}/{id}/v2.0"),
        "authorization_endpoint": format!("{origin}/{id}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{origin}/{id}/oauth2/v2.0/token"),
        "jwks_uri": format!("{origin}/{id}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["pairwise"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    });
    reply::json(StatusCode::OK, &body)
}

/// Says which sign-in hosts there are: this one.
pub(crate) fn instances(world: &World, exchange: &Exchange) -> Reply {
    let origin = exchange.origin();
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let body = json!({
        "tenant_discovery_endpoint":
            format!("{origin}/{}/v2.0/.well-known/openid-configuration", world.facts().tenant_id),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    });
    reply::json(StatusCode::OK, &body)
}
