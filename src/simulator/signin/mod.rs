//! Sign-in: tokens for applications, and what clients look up on the way.

mod assertion;
mod issue;
mod machine;
mod metadata;
mod refusal;
#[cfg(test)]
mod tests;
mod token;
mod workload;

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    crypto::jwt::Jwt,
    hardship::Endpoint,
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    state::{Audience, Grant, GrantStanding},
    world::World,
};

use self::metadata::Version;
pub(crate) use self::{metadata::BOT_ISSUER, workload::of_cluster};

/// What is asked of sign-in, or of what vouches for a program.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SignInCall<'a> {
    /// A token, from the tenant named in the path.
    Token(&'a str),
    /// What a tenant says about its sign-in.
    Metadata(&'a str, Version),
    /// Its keys.
    Keys(&'a str, Version),
    /// What Teams says about the signatures of its events.
    BotMetadata,
    /// Its keys.
    BotKeys,
    /// Which sign-in hosts there are.
    Instances,
    /// The token of a managed identity, from a virtual machine.
    VirtualMachine,
    /// The token of a managed identity, from App Service.
    AppService,
    /// The token of a workflow.
    GitHub,
    /// The token of a service connection.
    AzurePipelines,
}

impl<'a> SignInCall<'a> {
    /// Reads method and path.
    pub(crate) fn of(method: &Method, path: &[&'a str]) -> Option<Self> {
        let is_get = *method == Method::GET;
        Some(match path {
            ["common", "discovery", "instance"] => Self::Instances,
            ["v1", ".well-known", "openidconfiguration"] if is_get => Self::BotMetadata,
            ["v1", ".well-known", "keys"] if is_get => Self::BotKeys,
            ["metadata", "identity", "oauth2", "token"] if is_get => Self::VirtualMachine,
            ["msi", "token"] if is_get => Self::AppService,
            ["github", "idtoken"] if is_get => Self::GitHub,
            ["azure-pipelines", "oidctoken"] => Self::AzurePipelines,
            [tenant, "oauth2", "v2.0", "token"] if *method == Method::POST => Self::Token(tenant),
            [tenant, "v2.0", ".well-known", "openid-configuration"] => {
                Self::Metadata(tenant, Version::Two)
            }
            [tenant, ".well-known", "openid-configuration"] => Self::Metadata(tenant, Version::One),
            [tenant, "discovery", "v2.0", "keys"] => Self::Keys(tenant, Version::Two),
            [tenant, "discovery", "keys"] => Self::Keys(tenant, Version::One),
            _ => return None,
        })
    }

    /// Returns the kind of request, unless no hardship can befall it.
    pub(crate) fn endpoint(self) -> Option<Endpoint> {
        match self {
            Self::Token(_) | Self::VirtualMachine | Self::AppService => Some(Endpoint::Token),
            Self::Metadata(..) | Self::Keys(..) | Self::Instances => None,
            Self::BotMetadata | Self::BotKeys | Self::GitHub | Self::AzurePipelines => None,
        }
    }

    /// Does what was asked.
    pub(crate) fn serve(self, world: &World, exchange: &Exchange) -> Reply {
        match self {
            Self::Token(tenant) => token::token(world, exchange, tenant),
            Self::Metadata(tenant, version) => {
                metadata::of_tenant(world, exchange, tenant, version)
            }
            Self::Keys(tenant, version) => {
                metadata::keys_of_tenant(world, exchange, tenant, version)
            }
            Self::BotMetadata => metadata::of_bots(exchange),
            Self::BotKeys => metadata::keys_of_bots(world),
            Self::Instances => metadata::instances(world, exchange),
            Self::VirtualMachine => machine::of_virtual_machine(world, exchange),
            Self::AppService => machine::of_app_service(world, exchange),
            Self::GitHub => workload::of_github(world, exchange),
            Self::AzurePipelines => workload::of_azure_pipelines(world, exchange),
        }
    }
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// There is none.
    Absent,
    /// It is none of ours.
    Unreadable,
    /// Its time is over.
    Expired,
    /// It was revoked before its time was over.
    Revoked,
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
    let known = world.state().grants.get(token).cloned();
    let grant = known.ok_or_else(|| forgotten(world, exchange, token))?;
    if grant.audience != audience {
        Err(TokenFault::Audience)
    } else if grant.expires <= exchange.now {
        Err(TokenFault::Expired)
    } else if grant.standing == GrantStanding::Revoked {
        Err(TokenFault::Revoked)
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

/// Tells a token that was good once from one that never was.
fn forgotten(world: &World, exchange: &Exchange, token: &str) -> TokenFault {
    let ended = Jwt::read(token)
        .filter(|jwt| world.keys.entra.signed(jwt))
        .and_then(|jwt| jwt.instant("exp"))
        .is_some_and(|end| end <= exchange.wall.as_second());
    if ended {
        TokenFault::Expired
    } else {
        TokenFault::Unreadable
    }
}
