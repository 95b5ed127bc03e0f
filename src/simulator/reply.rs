//! What comes back, and how a reply is put together.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use jiff::Timestamp;
use serde::Serialize;

use super::tenant::registration::RetryAfter;

/// What the world answers to a request.
#[derive(Debug)]
pub enum Answer {
    /// A response, after a while.
    Respond {
        /// The response.
        response: Response<Bytes>,
        /// How long it takes.
        delay: Duration,
    },
    /// The beginning of a response, then the connection ends.
    Cut {
        /// The whole response.
        response: Response<Bytes>,
        /// How many bytes of its body arrive.
        sent: usize,
        /// How long it takes.
        delay: Duration,
    },
    /// None: the connection ends without a response.
    Drop,
}

impl Answer {
    /// Returns an answer that takes longer.
    pub(crate) fn later(mut self, by: Duration) -> Self {
        match &mut self {
            Self::Respond { delay, .. } | Self::Cut { delay, .. } => *delay += by,
            Self::Drop => {}
        }
        self
    }
}

/// A response in the making.
pub(crate) type Reply = Response<Bytes>;

/// How much longer a reply takes than the request by itself would; an extension of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slowness(pub(crate) Duration);

/// Returns a reply without a body.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    reply
}

/// Returns a reply with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Reply {
    let mut reply = Response::new(Bytes::from(serde_json::to_vec(body).unwrap_or_default()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    reply
}

/// Adds a header; a value that no header can have is left out.
pub(crate) fn header(reply: &mut Reply, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

/// Says when to come back, in the form this world uses.
pub(crate) fn retry_after(reply: &mut Reply, form: RetryAfter, wait: Duration, wall: Timestamp) {
    let seconds = wait.as_secs() + u64::from(0 < wait.subsec_nanos());
    let seconds = seconds.max(1);
    let text = match form {
        RetryAfter::Seconds => seconds.to_string(),
        RetryAfter::Fractional => format!("{:.3}", wait.as_secs_f64().max(0.001)),
        RetryAfter::Date => http_date(wall, Duration::from_secs(seconds + 1)),
        RetryAfter::Absent => return,
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        reply.headers_mut().insert(RETRY_AFTER, value);
    }
}

/// Dates have whole seconds, so `wall` is rounded down after adding `wait`.
fn http_date(wall: Timestamp, wait: Duration) -> String {
    let when = wall.checked_add(wait).unwrap_or(wall);
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&when)
        .unwrap_or_default()
}
