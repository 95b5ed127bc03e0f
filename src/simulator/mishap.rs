//! Errors that befall a request without a reason of its own.

use std::time::Duration;

use http::StatusCode;

/// An error that befalls a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Too many requests; come back after this long, if that is said.
    Throttled(Option<Duration>),
    /// This status, with the body that the service gives it.
    Failed(StatusCode),
    /// The settings store behind an installation failed.
    Entitlement,
}

impl Mishap {
    /// Returns the failure with `status`.
    pub(crate) fn failed(status: u16) -> Self {
        Self::Failed(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
