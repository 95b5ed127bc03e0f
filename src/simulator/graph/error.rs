//! How Graph refuses: one envelope for everything.

use std::{borrow::Cow, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::json;

use crate::simulator::{
    odata::{filter::FilterError, options::QueryError},
    quota::{ledger::App, limits::Budget},
    reply::{self, Reply},
    request::Exchange,
    signin::TokenFault,
    world::World,
};

/// What is said of a token that was revoked before its end.
const REVOKED: &str = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: \
                       TokenIssuedBeforeRevocationTimestamp";

/// A refusal of Graph.
#[derive(Debug, Clone)]
pub(crate) struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    inner: Option<&'static str>,
    throttled: Option<Throttled>,
}

/// What a refusal for too many requests says beside that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throttled {
    /// When there is room again, if that is said.
    pub(crate) wait: Option<Duration>,
    /// The budget that was spent, if it was one, and the app that spent it.
    pub(crate) spent: Option<(Budget, App)>,
}

impl GraphError {
    /// The person, the app or the installation does not exist.
    pub(crate) const NOT_FOUND: Self = Self::fixed(StatusCode::NOT_FOUND, "NotFound", "Not Found");

    const fn fixed(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message: Cow::Borrowed(message),
            inner: None,
            throttled: None,
        }
    }

    /// Returns a refusal.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            inner: None,
            throttled: None,
        }
    }

    /// Returns the refusal of a request that makes no sense.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// Returns the refusal of something that is not allowed.
    pub(crate) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// Returns the refusal of one request too many.
    pub(crate) fn throttled(throttled: Throttled) -> Self {
        Self {
            inner: Some("429"),
            throttled: Some(throttled),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequests",
                "Too many requests. Please retry later.",
            )
        }
    }

    /// Adds the code of the service behind Graph.
    pub(crate) fn inner(mut self, code: &'static str) -> Self {
        self.inner = Some(code);
        self
    }

    /// Returns the reply.
    pub(crate) fn reply(
        &self,
        world: &World,
        exchange: &Exchange,
        request_id: &str,
        client_request_id: &str,
    ) -> Reply {
        let mut inner = json!({
            "date": exchange.wall.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": request_id,
            "client-request-id": client_request_id,
        });
        if let (Some(code), Some(fields)) = (self.inner, inner.as_object_mut()) {
            fields.insert("code".to_owned(), code.into());
        }
        let body =
            json!({ "error": { "code": self.code, "message": self.message, "innerError": inner } });
        let mut reply = reply::json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let mut challenge = format!(
                "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", \
                 client_id=\"00000003-0000-0000-c000-000000000000\"",
                exchange.origin()
            );
            if self.message == REVOKED {
                challenge.push_str(&claims_challenge(exchange));
            }
            reply::header(&mut reply, "www-authenticate", &challenge);
        }
        if let Some(throttled) = self.throttled {
            if let Some(wait) = throttled.wait {
                let form = world.tenant.registration.retry_after;
                reply::retry_after(&mut reply, form, wait, exchange.wall);
            }
            if let Some((Budget::Directory, app)) = throttled.spent
                && let Some(app) = world.tenant.principals.get(app)
            {
                let tenant = &world.facts().tenant_id;
                let scope = format!("Tenant_Application/ReadWrite/{}/{tenant}", app.client);
                reply::header(&mut reply, "x-ms-throttle-scope", &scope);
                reply::header(
                    &mut reply,
                    "x-ms-throttle-information",
                    "ResourceUnitLimitExceeded",
                );
            }
        }
        reply
    }
}

/// Asks for a token that is younger than the revocation.
fn claims_challenge(exchange: &Exchange) -> String {
    let second = exchange.wall.as_second().to_string();
    let claims =
        json!({ "access_token": { "nbf": { "essential": true, "value": second } } }).to_string();
    let claims = STANDARD.encode(claims);
    format!(", error=\"insufficient_claims\", claims=\"{claims}\"")
}

impl From<TokenFault> for GraphError {
    fn from(fault: TokenFault) -> Self {
        let message = match fault {
            TokenFault::Absent => "Access token is empty.",
            TokenFault::Unreadable => {
                "IDX14100: JWT is not well formed or its signature is not valid."
            }
            TokenFault::Expired => "Lifetime validation failed, the token is expired.",
            TokenFault::Revoked => REVOKED,
            TokenFault::Audience => "Access token validation failure. Invalid audience.",
        };
        Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            message,
        )
    }
}

impl From<QueryError> for GraphError {
    fn from(error: QueryError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<FilterError> for GraphError {
    fn from(error: FilterError) -> Self {
        Self::bad_request(error.to_string())
    }
}
