//! Lets `azure_identity` ask for tokens through our own seam.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::{
    Error,
    error::ErrorKind,
    http::{
        AsyncRawResponse, Body, HttpClient, Request as AzureRequest, StatusCode,
        headers::{HeaderName, HeaderValue, Headers},
    },
};
use bytes::Bytes;
use http::Request;

use super::{NoRoundTrip, Transport};

/// An `azure_core` HTTP client over a [`Transport`].
#[derive(Debug, Clone)]
pub struct TokenTransport(pub Arc<dyn Transport>);

/// The same for the token services of this machine: where nothing listens,
/// nothing will, so the SDK is kept from asking for another minute.
#[derive(Debug, Clone)]
pub struct MachineTransport(pub Arc<dyn Transport>);

#[async_trait]
impl HttpClient for TokenTransport {
    async fn execute_request(
        &self,
        request: &AzureRequest,
    ) -> azure_core::Result<AsyncRawResponse> {
        let answered = execute(self.0.as_ref(), request).await?;
        answered.map_err(|silence| {
            let kind = match silence {
                NoRoundTrip::NotSent { .. } => ErrorKind::Connection,
                NoRoundTrip::NoAnswer { .. } => ErrorKind::Io,
            };
            Error::with_message(kind, silence.to_string())
        })
    }
}

#[async_trait]
impl HttpClient for MachineTransport {
    async fn execute_request(
        &self,
        request: &AzureRequest,
    ) -> azure_core::Result<AsyncRawResponse> {
        let answered = execute(self.0.as_ref(), request).await?;
        answered.map_err(|silence| match silence {
            NoRoundTrip::NotSent { .. } => Error::with_message(
                ErrorKind::Credential,
                format!("this machine has no managed identity ({silence})"),
            ),
            NoRoundTrip::NoAnswer { .. } => Error::with_message(ErrorKind::Io, silence.to_string()),
        })
    }
}

/// One round trip in the words of `azure_core`.
async fn execute(
    transport: &dyn Transport,
    request: &AzureRequest,
) -> azure_core::Result<Result<AsyncRawResponse, NoRoundTrip>> {
    let mut builder = Request::builder()
        .method(request.method().as_ref())
        .uri(request.url().as_str());
    for (name, value) in request.headers().iter() {
        builder = builder.header(name.as_str(), value.as_str());
    }
    let body = match request.body() {
        Body::Bytes(bytes) => bytes.clone(),
        Body::SeekableStream(_) => Bytes::new(),
    };
    let request = builder
        .body(body)
        .map_err(|fault| Error::with_message(ErrorKind::Other, fault.to_string()))?;
    let response = match transport.round_trip(request).await {
        Ok(response) => response,
        Err(silence) => return Ok(Err(silence)),
    };
    let mut headers = Headers::new();
    for (name, value) in response.headers() {
        if let Ok(value) = value.to_str() {
            headers.insert(
                HeaderName::from(name.as_str().to_owned()),
                HeaderValue::from(value.to_owned()),
            );
        }
    }
    let status = StatusCode::from(response.status().as_u16());
    let answer = AsyncRawResponse::from_bytes(status, headers, response.into_body());
    Ok(Ok(answer))
}
