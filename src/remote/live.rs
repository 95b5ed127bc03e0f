//! The real network, through reqwest.

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};

use super::{Extent, NoRoundTrip, Transport, budget::ON_THE_WIRE};

/// Time for name, connection and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Time to connect to a service of this machine or its host.
const MACHINE_TIMEOUT: Duration = Duration::from_secs(3);
/// Time for one whole round trip; Graph itself gives up after 60 s or less.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(100);
/// How often an idle connection is tried, so that one that died without a
/// word is found before a message is lost in it.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// What one HTTP/2 connection may have sent us that nobody has read yet, in
/// bytes. It is much more than all answers on their way take, since the library
/// takes half of it for small frames that are not read yet, by some 250 bytes
/// each, and ends the connection beyond that. With the protocol's own 64 KB,
/// a hundred answers to a busy machine ended it, and left everybody in doubt
/// whose message was on its way.
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// The same for one answer: a page of 999 users is about 2 MB.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// Connections kept open to one host where HTTP/2 is not spoken: as many as the
/// budgets of Graph have requests on the wire. With fewer, connections would be
/// closed and opened again all the time.
const IDLE_CONNECTIONS: usize = 4 * ON_THE_WIRE;
/// What is read of a refusal, in bytes; what comes after it is left unread, so
/// that its status still counts.
const MAX_REFUSAL: usize = 64 * 1024;

/// Why the HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The extra root certificate cannot be used.
    #[error("the certificates in ca_file cannot be used")]
    Certificate(#[source] reqwest::Error),
    /// TLS or the proxy settings of the environment cannot be used.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// HTTPS through system roots, proxies from the environment, no redirects.
#[derive(Debug, Clone)]
pub struct LiveTransport {
    client: reqwest::Client,
}

impl LiveTransport {
    /// A client that trusts the system's roots and those in `ca_pem`.
    pub fn new(ca_pem: Option<&[u8]>) -> Result<Self, BuildError> {
        Self::built(ca_pem, |builder| builder)
    }

    /// The same, giving up a round trip after `limit`.
    pub fn within(ca_pem: Option<&[u8]>, limit: Duration) -> Result<Self, BuildError> {
        Self::built(ca_pem, |builder| builder.timeout(limit))
    }

    /// The same for services of this machine: without a proxy, and quick to
    /// find that there are none.
    pub fn to_machine(ca_pem: Option<&[u8]>) -> Result<Self, BuildError> {
        Self::built(ca_pem, |builder| {
            builder.no_proxy().connect_timeout(MACHINE_TIMEOUT)
        })
    }

    fn built(
        ca_pem: Option<&[u8]>,
        adapted: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, BuildError> {
        // A provider that is already installed serves as well.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("teamcast/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .tcp_nodelay(true)
            .tcp_keepalive(KEEP_ALIVE)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .referer(false);
        if let Some(pem) = ca_pem {
            let roots =
                reqwest::Certificate::from_pem_bundle(pem).map_err(BuildError::Certificate)?;
            builder = builder.tls_certs_merge(roots);
        }
        Ok(Self {
            client: adapted(builder).build().map_err(BuildError::Client)?,
        })
    }
}

#[async_trait]
impl Transport for LiveTransport {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let extent = request.extensions().get().copied();
        let most = Extent::most(extent.unwrap_or_default());
        let request = request.map(reqwest::Body::from);
        let request =
            reqwest::Request::try_from(request).map_err(|fault| NoRoundTrip::NotSent {
                detail: chain(&fault),
            })?;
        let mut answer = self.client.execute(request).await.map_err(|fault| {
            if fault.is_connect() || fault.is_builder() {
                NoRoundTrip::NotSent {
                    detail: chain(&fault),
                }
            } else {
                NoRoundTrip::NoAnswer {
                    detail: chain(&fault),
                }
            }
        })?;
        let is_refusal = !answer.status().is_success();
        let too_large = || NoRoundTrip::NoAnswer {
            detail: format!("the answer is larger than {most} bytes"),
        };
        let declared = answer.content_length().unwrap_or_default();
        if !is_refusal && (most as u64) < declared {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|fault| NoRoundTrip::NoAnswer {
                detail: chain(&fault),
            })?
        {
            if is_refusal {
                let room = MAX_REFUSAL - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if body.len() == MAX_REFUSAL {
                    break;
                }
            } else if most < body.len() + chunk.len() {
                return Err(too_large());
            } else {
                body.extend_from_slice(&chunk);
            }
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

/// The error and its causes, without the URL: it may name people.
fn chain(fault: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut source = fault.source();
    while let Some(cause) = source {
        parts.push(cause.to_string());
        source = cause.source();
    }
    match parts.is_empty() {
        true if fault.is_timeout() => "timed out".to_owned(),
        true => "the connection failed".to_owned(),
        false => parts.join(": "),
    }
}
