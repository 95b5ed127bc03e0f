//! The seam between the program and the network.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// Why a round trip gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoundTrip {
    /// The request was not written: no connection, no name, no TLS.
    #[error("could not connect: {detail}")]
    NotSent {
        /// What the network said.
        detail: String,
    },
    /// The request may have been written, and no whole answer came.
    #[error("no answer: {detail}")]
    NoAnswer {
        /// What the network said.
        detail: String,
    },
}

/// One round trip to a service.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// The service's answer to `request`, whatever its status.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves it unknown whether the request was written.
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip>;
}
