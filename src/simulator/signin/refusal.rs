//! How sign-in refuses.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use crate::simulator::{
    guid::Guid,
    reply::{self, Reply},
    request::Exchange,
};

/// Why there is no token.
///
/// Codes and texts are those of "Microsoft Entra authentication and
/// authorization error codes" and of public reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The tenant does not exist.
    Tenant(String),
    /// The app does not exist in the tenant.
    App(String),
    /// The secret is another one.
    Secret(Guid),
    /// The secret was right once.
    SecretExpired(Guid),
    /// There is neither a secret nor an assertion.
    NoCredential,
    /// The assertion is no signed token, or lacks what each has.
    Malformed,
    /// The assertion does not say which certificate signed it.
    NoThumbprint,
    /// The assertion is of another app.
    Applicant,
    /// The assertion is for another tenant or service.
    Audience,
    /// The assertion's time is over, or has not come.
    Lifetime {
        /// When it begins, in seconds of the calendar.
        from: i64,
        /// When it ends, in seconds of the calendar.
        until: i64,
    },
    /// The assertion is not signed by a key the app is known for.
    Signature {
        /// The app.
        app: Guid,
        /// The key that was named.
        thumbprint: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The app trusts nobody else to vouch for it.
    NotFederated(Guid),
    /// The app does not trust this issuer.
    FederatedIssuer(String),
    /// The app trusts the issuer, but not for this subject.
    FederatedSubject(String),
    /// The app trusts issuer and subject, but not for this audience.
    FederatedAudience(String),
    /// The scope names no known resource.
    Scope(String),
    /// The scope does not ask for the default permissions.
    NotDefault(String),
    /// A parameter is missing.
    Missing(&'static str),
    /// The grant type is not one for applications.
    GrantType(String),
}

impl Refusal {
    /// Returns the reply.
    pub(super) fn reply(&self, exchange: &Exchange) -> Reply {
        let (status, error, code) = self.kind();
        let trace = Guid(u128::from(exchange.number) << 64 | 0x8000_0000_0000_0000);
        let time = exchange.wall.strftime("%Y-%m-%d %H:%M:%SZ");
        let description = format!(
            "AADSTS{code}: {} Trace ID: {trace} Correlation ID: {trace} Timestamp: {time}",
            self.text(exchange.wall)
        );
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": time.to_string(),
            "trace_id": trace.to_string(),
            "correlation_id": trace.to_string(),
            "error_uri": format!("{}/error?code={code}", exchange.origin()),
        });
        reply::json(status, &body)
    }

    fn kind(&self) -> (StatusCode, &'static str, u32) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        let client = |code| (StatusCode::UNAUTHORIZED, "invalid_client", code);
        match self {
            Self::Tenant(_) => (BAD, "invalid_request", 90002),
            Self::App(_) => (BAD, "unauthorized_client", 700_016),
            Self::Secret(_) => client(7_000_215),
            Self::SecretExpired(_) => client(7_000_222),
            Self::NoCredential => client(7_000_216),
            Self::Malformed | Self::NoThumbprint => (BAD, "invalid_request", 50027),
            Self::Applicant => client(700_021),
            Self::Audience => client(700_023),
            Self::Lifetime { .. } => client(700_024),
            Self::Signature { .. } => client(700_027),
            Self::NotFederated(_) => client(70025),
            Self::FederatedIssuer(_) => client(700_211),
            Self::FederatedAudience(_) => client(700_212),
            Self::FederatedSubject(_) => client(700_213),
            Self::Scope(_) => (BAD, "invalid_scope", 70011),
            Self::NotDefault(_) => (BAD, "invalid_scope", 1_002_012),
            Self::Missing(_) => (BAD, "invalid_request", 900_144),
            Self::GrantType(_) => (BAD, "unsupported_grant_type", 70003),
        }
    }

    fn text(&self, now: Timestamp) -> String {
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
            Self::SecretExpired(app) => {
                format!("The provided client secret keys for app '{app}' are expired.")
            }
            Self::NoCredential => {
                "'client_assertion', 'client_secret' or 'request' is required for the \
                 'client_credentials' grant type."
                    .to_owned()
            }
            Self::Malformed => "JWT token is invalid or malformed.".to_owned(),
            Self::NoThumbprint => {
                "Invalid JWT token. No certificate thumbprint specified in token header.".to_owned()
            }
            Self::Applicant => {
                "Client assertion application identifier doesn't match 'client_id' parameter."
                    .to_owned()
            }
            Self::Audience => {
                "Client assertion audience claim does not match Realm issuer.".to_owned()
            }
            Self::Lifetime { from, until } => format!(
                "Client assertion is not within its valid time range. Current time: {now}, assertion valid from \
                 {}, expiry time of assertion {}.",
                instant(*from),
                instant(*until)
            ),
            Self::Signature {
                app,
                thumbprint,
                reason,
            } => format!(
                "Client assertion contains an invalid signature. [Reason - {reason}, Thumbprint of key used by \
                 client: '{thumbprint}', configured keys are those of app Id '{app}'.]"
            ),
            Self::NotFederated(app) => {
                format!("The client '{app}' has no configured federated identity credentials.")
            }
            Self::FederatedIssuer(issuer) => unmatched("issuer", issuer),
            Self::FederatedSubject(subject) => unmatched("subject", subject),
            Self::FederatedAudience(audience) => unmatched("audience", audience),
            Self::Scope(scope) => format!(
                "The provided request must include a 'scope' input parameter. The scope {scope} is not valid."
            ),
            Self::NotDefault(scope) => format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope \
                 value with /.default suffixed to the resource identifier (application ID URI)."
            ),
            Self::Missing(name) => {
                format!("The request body must contain the following parameter: '{name}'.")
            }
            Self::GrantType(grant) => {
                format!("The app requested an unsupported grant type '{grant}'.")
            }
        }
    }
}

fn unmatched(part: &str, value: &str) -> String {
    format!(
        "No matching federated identity record found for presented assertion {part} '{value}'. Check your \
         federated identity credential Subject, Audience and Issuer against the presented assertion."
    )
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}
