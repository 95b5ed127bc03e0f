//! Puts a world on loopback, over HTTPS or plain HTTP.

use std::{
    convert::Infallible,
    future::{self, Future, Ready},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{self, Body};
use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsConfig, from_tcp_rustls},
};
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, Request, Response, header::CONTENT_LENGTH, uri::Scheme};
use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{self, Instant},
};
use tower_service::Service;

use super::{
    certificate::{self, CertificateError},
    events::courier::Courier,
    reply::Answer,
    request::LARGEST_BODY,
    world::World,
};

/// How long requests under way may take once the server is stopped.
const PARTING: Duration = Duration::from_millis(200);

/// How long the first part of a body has to leave before the connection is cut.
const HEAD_START: Duration = Duration::from_millis(20);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// There is no certificate.
    #[error("no certificate for the simulated services")]
    Certificate {
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StartError {
    fn listen(address: SocketAddr, source: io::Error) -> Self {
        Self::Listen { address, source }
    }
}

impl From<CertificateError> for StartError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate {
            source: Box::new(error),
        }
    }
}

/// A world that can be reached by HTTP/1.1 and HTTP/2.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    door: Door,
    ca_pem: String,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<io::Result<()>>,
    posting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `world` over HTTPS on `listen`; port 0 takes any free one.
    ///
    /// The world's clock starts now.
    pub async fn start(world: Arc<World>, listen: SocketAddr) -> Result<Self, StartError> {
        let identity = certificate::identity()?;
        let (address, listener) = bind(listen).await?;
        let handle = Handle::new();
        let mut server = from_tcp_rustls(listener, RustlsConfig::from_config(identity.tls))
            .map_err(|source| StartError::listen(listen, source))?
            .map(|tls| tls.acceptor(NoDelayAcceptor::new()))
            .handle(handle.clone());
        server.http_builder().http1().pipeline_flush(true);
        let door = Door {
            world,
            scheme: Scheme::HTTPS,
            opened: Instant::now(),
        };
        let posting = posting(&door, &format!("https://{address}"));
        Ok(Self {
            address,
            ca_pem: identity.ca_pem,
            handle,
            serving: tokio::spawn(server.serve(MakeDoor(door.clone()))),
            posting,
            door,
        })
    }

    /// Serves the same world by the same clock over plain HTTP as well, on
    /// another `listen`; HTTP/2 by prior knowledge.
    ///
    /// What the bot is told is posted by the first server only.
    pub async fn start_plain(&self, listen: SocketAddr) -> Result<Self, StartError> {
        let (address, listener) = bind(listen).await?;
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(listener)
            .map_err(|source| StartError::listen(listen, source))?
            .acceptor(NoDelayAcceptor::new())
            .handle(handle.clone());
        server.http_builder().http1().pipeline_flush(true);
        let door = Door {
            scheme: Scheme::HTTP,
            ..self.door.clone()
        };
        Ok(Self {
            address,
            ca_pem: String::new(),
            handle,
            serving: tokio::spawn(server.serve(MakeDoor(door.clone()))),
            posting: None,
            door,
        })
    }

    /// Returns where sign-in and Graph are; the connector is at `/teams` below it.
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.door.scheme, self.address)
    }

    /// Returns the certificate that clients have to trust, as PEM; empty over plain HTTP.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Stops serving.
    pub async fn stop(self) {
        if let Some(posting) = self.posting {
            posting.abort();
            posting.await.ok();
        }
        self.handle.graceful_shutdown(Some(PARTING));
        if let Ok(Err(error)) = self.serving.await {
            tracing::warn!(%error, "The simulated services ended with an error.");
        }
    }
}

async fn bind(listen: SocketAddr) -> Result<(SocketAddr, std::net::TcpListener), StartError> {
    let failed = |source| StartError::listen(listen, source);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((address, listener.into_std().map_err(failed)?))
}

/// Starts to post what the bot is told, if there is somebody to tell.
fn posting(door: &Door, base_url: &str) -> Option<JoinHandle<()>> {
    let endpoint = door.world.bot_endpoint.as_ref()?.to_string();
    // A provider that is already installed serves as well.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let courier = Courier {
        world: Arc::clone(&door.world),
        opened: door.opened,
        base_url: base_url.to_owned(),
        endpoint,
        post: reqwest::Client::builder().no_proxy().build().ok()?,
    };
    Some(tokio::spawn(courier.run()))
}

/// The way into a world, shared by all connections.
#[derive(Debug, Clone)]
struct Door {
    world: Arc<World>,
    scheme: Scheme,
    opened: Instant,
}

/// Opens the door to every connection.
#[derive(Debug, Clone)]
struct MakeDoor(Door);

/// The world decided not to answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the answer is lost on purpose")]
struct Lost;

impl Service<SocketAddr> for MakeDoor {
    type Response = Door;
    type Error = Infallible;
    type Future = Ready<Result<Door, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: SocketAddr) -> Self::Future {
        future::ready(Ok(self.0.clone()))
    }
}

impl<B> Service<Request<B>> for Door
where
    B: body::HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Lost;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Lost>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let door = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // A body that is larger than any service reads is refused by the
            // service that would have read it, so the world gets one as well.
            let body = match body::to_bytes(Body::new(body), LARGEST_BODY).await {
                Ok(body) => body,
                Err(_) => Bytes::from(vec![0; LARGEST_BODY + 1]),
            };
            let request = Request::from_parts(parts, body);
            let now = door.opened.elapsed();
            match door.world.answer_over(&door.scheme, now, request) {
                Answer::Respond { response, delay } => {
                    wait(delay).await;
                    Ok(response.map(Body::from))
                }
                Answer::Cut {
                    response,
                    sent,
                    delay,
                } => {
                    wait(delay).await;
                    Ok(cut(response, sent))
                }
                Answer::Drop => Err(Lost),
            }
        })
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        time::sleep(delay).await;
    }
}

/// Announces all of the body, sends the beginning, then ends the connection.
fn cut(response: Response<Bytes>, sent: usize) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let beginning = body.slice(..sent.min(body.len()));
    let body = stream::unfold(Some(beginning), |beginning| async move {
        if let Some(beginning) = beginning {
            return Some((Ok(beginning), None));
        }
        time::sleep(HEAD_START).await;
        Some((Err(Lost), None))
    });
    Response::from_parts(parts, Body::from_stream(body))
}
