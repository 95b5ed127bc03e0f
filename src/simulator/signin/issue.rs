//! Access tokens: what they say, and what they stand for.

use std::sync::Arc;

use serde_json::json;

use super::metadata::token_issuer;
use crate::simulator::{
    guid::Guid,
    request::Exchange,
    state::{Audience, Grant, GrantStanding},
    tenant::application::{EXCHANGE_AUDIENCE, Principal},
    world::World,
};

/// The resources tokens are given for, in every cloud.
const RESOURCES: [(&str, Audience); 8] = [
    ("https://graph.microsoft.com", Audience::Graph),
    ("https://graph.microsoft.us", Audience::Graph),
    ("https://dod-graph.microsoft.us", Audience::Graph),
    ("https://microsoftgraph.chinacloudapi.cn", Audience::Graph),
    ("https://api.botframework.com", Audience::Connector),
    ("https://api.botframework.us", Audience::Connector),
    ("https://api.botframework.azure.cn", Audience::Connector),
    (EXCHANGE_AUDIENCE, Audience::Exchange),
];

/// What a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) name: &'static str,
    pub(super) audience: Audience,
}

impl Resource {
    /// Finds a resource by its name, with or without a slash at its end.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.strip_suffix('/').unwrap_or(name);
        let found = RESOURCES.into_iter().find(|(known, _)| *known == name);
        found.map(|(name, audience)| Self { name, audience })
    }
}

/// How an app proved who it is (`appidacr`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// By its secret.
    Secret,
    /// By something that was signed.
    Signed,
}

/// A token and when it is good.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: String,
    /// Seconds from now until it ends.
    pub(super) lifetime: u64,
    /// When it was issued, in seconds of the calendar.
    pub(super) begins: i64,
    /// When it ends, in seconds of the calendar.
    pub(super) ends: i64,
}

/// Issues a token for `app` in `tenant` and remembers what it stands for.
pub(super) fn issue(
    world: &World,
    exchange: &Exchange,
    tenant: Guid,
    app: &Principal,
    resource: Resource,
    proof: Proof,
) -> Issued {
    let lifetime = world.tenant.registration.token_lifetime;
    let begins = exchange.wall.as_second();
    let ends = begins.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
    let roles: Arc<[String]> = match resource.audience {
        Audience::Graph => Arc::clone(&app.permissions),
        Audience::Connector | Audience::Exchange => Arc::default(),
    };
    let issuer = match resource.audience {
        Audience::Graph | Audience::Connector => token_issuer(tenant),
        Audience::Exchange => directory_issuer(tenant),
    };
    let mut claims = json!({
        "aud": resource.name,
        "iss": issuer,
        "iat": begins,
        "nbf": begins,
        "exp": ends,
        "appid": app.client.to_string(),
        "appidacr": match proof { Proof::Secret => "1", Proof::Signed => "2" },
        "idp": token_issuer(tenant),
        "idtyp": "app",
        "oid": app.object.to_string(),
        "sub": app.object.to_string(),
        "tid": tenant.to_string(),
        "uti": exchange.number.to_string(),
        "ver": "1.0",
    });
    if let (false, Some(claims)) = (roles.is_empty(), claims.as_object_mut()) {
        claims.insert("roles".to_owned(), json!(&*roles));
    }
    let token = world.keys.entra.sign(&claims);
    let grant = Grant {
        audience: resource.audience,
        app: app.client,
        roles,
        expires: exchange.now + exchange.twist.token_life.unwrap_or(lifetime),
        standing: GrantStanding::Good,
    };
    let mut state = world.state();
    state.grants.retain(|_, grant| exchange.now < grant.expires);
    state.grants.insert(token.clone(), grant);
    drop(state);
    Issued {
        token,
        lifetime: lifetime.as_secs(),
        begins,
        ends,
    }
}

/// Returns who issues tokens with which an identity of `tenant` vouches for an app.
pub(super) fn directory_issuer(tenant: Guid) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}
