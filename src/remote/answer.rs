//! One answer of a service, success or refusal.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::model::Evidence;

/// Headers under which the services name a request, best first (Graph, Bot
/// Connector, Teams).
const REQUEST_IDS: [&str; 4] = [
    "request-id",
    "x-correlating-operationid",
    "ms-cv",
    "contextid",
];

/// The most characters that are kept of what a service says, for every person
/// it says it of.
const LONGEST: usize = 1_000;

/// The beginning of what a service says.
pub fn brief(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// One answer of a service.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Response headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Requests written to get it.
    pub attempts: u32,
}

impl Answer {
    /// The request id to quote to Microsoft.
    pub fn request_id(&self) -> Option<String> {
        REQUEST_IDS
            .iter()
            .find_map(|name| self.headers.get(*name)?.to_str().ok())
            .map(brief)
    }

    /// What of the answer is kept as proof.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            http_status: Some(self.status.as_u16()),
            code: None,
            request_id: self.request_id(),
            attempts: self.attempts,
            detail: None,
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// The parser's words, which hold no value of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| {
            format!(
                "the answer is not what the documentation says ({:?} at column {})",
                error.classify(),
                error.column()
            )
        })
    }
}
