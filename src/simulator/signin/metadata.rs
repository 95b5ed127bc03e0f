//! What clients and bots look up: endpoints, issuers and keys.

use std::fmt::Display;

use http::StatusCode;
use serde_json::json;

use super::{refusal::Refusal, token};
use crate::simulator::{
    reply::{self, Reply},
    request::Exchange,
    world::World,
};

/// Who issues what Teams sends to bots.
pub(crate) const BOT_ISSUER: &str = "https://api.botframework.com";

/// The form of the tokens that metadata is about.
///
/// An app gets tokens of the first for Graph and the connector, wherever it asks
/// for them (Microsoft's "Access tokens").
#[derive(Debug, Clone, Copy)]
pub(crate) enum Version {
    /// `ver` is `1.0`.
    One,
    /// `ver` is `2.0`.
    Two,
}

impl Version {
    /// Returns the issuer of a tenant's tokens.
    fn issuer(self, origin: &str, tenant_id: &str) -> String {
        match self {
            Self::One => token_issuer(tenant_id),
            Self::Two => format!("{origin}/{tenant_id}/v2.0"),
        }
    }

    /// Returns what its paths have more than those of the first.
    fn part(self) -> &'static str {
        match self {
            Self::One => "",
            Self::Two => "v2.0/",
        }
    }
}

/// Returns the issuer of the tokens for Graph and the connector.
pub(super) fn token_issuer(tenant_id: impl Display) -> String {
    format!("https://sts.windows.net/{tenant_id}/")
}

/// Describes the sign-in of a tenant.
pub(super) fn of_tenant(
    world: &World,
    exchange: &Exchange,
    tenant: &str,
    version: Version,
) -> Reply {
    if !is_known(world, tenant) {
        return Refusal::Tenant(tenant.to_owned()).reply(exchange);
    }
    let origin = exchange.origin();
    let (id, part) = (&world.facts().tenant_id, version.part());
    let body = json!({
        "issuer": version.issuer(origin, id),
        "authorization_endpoint": format!("{origin}/{id}/oauth2/{part}authorize"),
        "token_endpoint": format!("{origin}/{id}/oauth2/{part}token"),
        "jwks_uri": format!("{origin}/{id}/discovery/{part}keys"),
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

/// Publishes the keys of a tenant.
pub(super) fn keys_of_tenant(
    world: &World,
    exchange: &Exchange,
    tenant: &str,
    version: Version,
) -> Reply {
    if !is_known(world, tenant) {
        return Refusal::Tenant(tenant.to_owned()).reply(exchange);
    }
    let mut key = world.keys.entra.published();
    if let Some(fields) = key.as_object_mut() {
        let issuer = version.issuer(exchange.origin(), &world.facts().tenant_id);
        fields.insert("issuer".to_owned(), issuer.into());
    }
    reply::json(StatusCode::OK, &json!({ "keys": [key] }))
}

/// Describes who signs what Teams sends to bots.
pub(super) fn of_bots(exchange: &Exchange) -> Reply {
    let body = json!({
        "issuer": BOT_ISSUER,
        "authorization_endpoint": "https://invalid.botframework.com",
        "jwks_uri": format!("{}/v1/.well-known/keys", exchange.origin()),
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    });
    reply::json(StatusCode::OK, &body)
}

/// Publishes the keys with which Teams signs, and for which channels they are good.
pub(super) fn keys_of_bots(world: &World) -> Reply {
    let mut key = world.keys.bot_framework.published();
    if let Some(fields) = key.as_object_mut() {
        fields.insert("endorsements".to_owned(), json!(["msteams"]));
    }
    reply::json(StatusCode::OK, &json!({ "keys": [key] }))
}

/// Says which sign-in hosts there are: this one.
pub(super) fn instances(world: &World, exchange: &Exchange) -> Reply {
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

fn is_known(world: &World, tenant: &str) -> bool {
    token::is_tenant(world, tenant) || ["common", "organizations"].contains(&tenant)
}
