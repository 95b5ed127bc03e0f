//! How sign-in refuses.

use http::StatusCode;
use serde_json::json;

use crate::simulator::{
    guid::Guid,
    reply::{self, Reply},
    request::Exchange,
};

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The tenant does not exist.
    Tenant(String),
    /// The app does not exist in the tenant.
    App(String),
    /// The secret is another one.
    Secret(String),
    /// The assertion cannot be verified.
    Assertion,
    /// The scope is malformed or names no known resource.
    Scope(String),
    /// A parameter is missing.
    Missing(&'static str),
    /// The grant type is not one for applications.
    GrantType(String),
}

impl Refusal {
    /// Returns the reply.
    pub(crate) fn reply(&self, exchange: &Exchange) -> Reply {
        let (status, error, code) = self.kind();
        let trace = Guid(u128::from(exchange.number) << 64 | 0x8000_0000_0000_0000);
        let time = exchange.wall.strftime("%Y-%m-%d %H:%M:%SZ");
        let description = format!(
            "AADSTS{code}: {} Trace ID: {trace} Correlation ID: {trace} Timestamp: {time}",
            self.text()
        );
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": time.to_string(),
            "trace_id": trace.to_string(),
            "correlation_id": trace.to_string(),
        });
        reply::json(status, &body)
    }

    fn kind(&self) -> (StatusCode, &'static str, u32) {
        match self {
            Self::Tenant(_) => (StatusCode::BAD_REQUEST, "invalid_request", 90002),
            Self::App(_) => (StatusCode::BAD_REQUEST, "unauthorized_client", 700_016),
            Self::Secret(_) => (StatusCode::UNAUTHORIZED, "invalid_client", 7_000_215),
            Self::Assertion => (StatusCode::UNAUTHORIZED, "invalid_client", 700_027),
            Self::Scope(_) => (StatusCode::BAD_REQUEST, "invalid_scope", 70011),
            Self::Missing(_) => (StatusCode::BAD_REQUEST, "invalid_request", 900_144),
            Self::GrantType(_) => (StatusCode::BAD_REQUEST, "unsupported_grant_type", 70003),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Tenant(tenant) => format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing \
                 into the correct cloud."
            ),
            Self::App(app) => {
                format!("Application with identifier '{app}' was not found in the directory.")
            }
            Self::Secret(app) => format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{app}'."
            ),
            Self::Assertion => "Client assertion failed signature validation.".to_owned(),
            Self::Scope(scope) => {
                format!(
                    "The provided request must include a 'scope' input parameter. The scope {scope} is not valid."
                )
            }
            Self::Missing(name) => {
                format!("The request body must contain the following parameter: '{name}'.")
            }
            Self::GrantType(grant) => {
                format!("The app requested an unsupported grant type '{grant}'.")
            }
        }
    }
}
