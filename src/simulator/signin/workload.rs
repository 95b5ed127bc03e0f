//! Tokens with which the platform a program runs on vouches for it: GitHub
//! Actions, Azure Pipelines, a Kubernetes cluster.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::simulator::{
    reply::{self, Reply},
    request::Exchange,
    tenant::application::FederatedCredential,
    world::World,
};

/// How long a token of GitHub is good, in seconds.
const GITHUB_LIFETIME: i64 = 300;
/// How long a token of Azure Pipelines is good, in seconds.
const PIPELINES_LIFETIME: i64 = 600;
/// How long a token in a cluster's file is good, in seconds.
const CLUSTER_LIFETIME: i64 = 3600;

/// Gives the token of a GitHub Actions workflow, for the audience it asks for.
pub(super) fn of_github(world: &World, exchange: &Exchange) -> Reply {
    if !bears(exchange, &world.facts().surroundings.github_request_token) {
        return reply::json(
            StatusCode::UNAUTHORIZED,
            &json!({ "message": "The token is invalid." }),
        );
    }
    let query = exchange.query.as_ref().ok();
    let audience = query.and_then(|query| query.get("audience"));
    let mut claims = claims(&FederatedCredential::github(), exchange, GITHUB_LIFETIME);
    if let Some(fields) = claims.as_object_mut() {
        let audience = audience.unwrap_or("https://github.com/contoso");
        fields.insert("aud".to_owned(), audience.into());
        for (name, value) in [
            ("repository", "contoso/campaigns"),
            ("repository_owner", "contoso"),
            ("ref", "refs/heads/main"),
            ("ref_type", "branch"),
            ("event_name", "schedule"),
            ("workflow", "campaigns"),
        ] {
            fields.insert(name.to_owned(), value.into());
        }
    }
    let token = world.keys.external.sign(&claims);
    reply::json(StatusCode::OK, &json!({ "count": 1, "value": token }))
}

/// Gives the token of a service connection of Azure Pipelines.
///
/// Who does not ask to be told is sent to the sign-in page instead of being refused.
pub(super) fn of_azure_pipelines(world: &World, exchange: &Exchange) -> Reply {
    let surroundings = &world.facts().surroundings;
    if exchange.method != Method::POST {
        return reply::empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    if !bears(exchange, &surroundings.pipelines_access_token) {
        if exchange.header("x-tfs-fedauthredirect") == Some("Suppress") {
            return reply::empty(StatusCode::UNAUTHORIZED);
        }
        let mut reply = reply::empty(StatusCode::FOUND);
        let page = format!("{}/_signin", exchange.origin());
        reply::header(&mut reply, "location", &page);
        return reply;
    }
    let query = exchange.query.as_ref().ok();
    let asked = |name| query.and_then(|query| query.get(name));
    if asked("api-version").is_none_or(|version| !version.starts_with("7.")) {
        let body = json!({ "message": "No api-version was supplied for the request." });
        return reply::json(StatusCode::BAD_REQUEST, &body);
    }
    if asked("serviceConnectionId") != Some(&surroundings.service_connection_id) {
        let body = json!({ "message": "The service connection could not be found." });
        return reply::json(StatusCode::NOT_FOUND, &body);
    }
    let credential = FederatedCredential::azure_pipelines();
    let claims = claims(&credential, exchange, PIPELINES_LIFETIME);
    let token = world.keys.external.sign(&claims);
    reply::json(StatusCode::OK, &json!({ "oidcToken": token }))
}

/// Returns a token that `credential` trusts, issued at `second` of the calendar.
///
/// That is what a cluster keeps in the file that `AZURE_FEDERATED_TOKEN_FILE` names.
pub(crate) fn of_cluster(world: &World, credential: &FederatedCredential, second: i64) -> String {
    let claims = stamped(credential, second, CLUSTER_LIFETIME, 0);
    world.keys.external.sign(&claims)
}

fn claims(credential: &FederatedCredential, exchange: &Exchange, lifetime: i64) -> Value {
    let now = exchange.wall.as_second();
    stamped(credential, now, lifetime, exchange.number)
}

fn stamped(credential: &FederatedCredential, now: i64, lifetime: i64, number: u64) -> Value {
    let (issuer, subject, audience) = match credential {
        FederatedCredential::External {
            issuer,
            subject,
            audience,
        } => (issuer.as_str(), subject.as_str(), audience.as_str()),
        FederatedCredential::ManagedIdentity => ("", "", ""),
    };
    json!({
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now.saturating_add(lifetime),
        "jti": format!("{now}-{number}"),
    })
}

fn bears(exchange: &Exchange, token: &str) -> bool {
    let header = exchange.header("authorization").unwrap_or_default();
    header
        .split_once(' ')
        .is_some_and(|(scheme, found)| scheme.eq_ignore_ascii_case("bearer") && found == token)
}
