//! The door on a socket.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum_server::{
    Handle, Server,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::Door;

/// How long a handshake, or a request's head, may take to come; an idle
/// connection is closed after the latter too.
const SLOWEST_HEAD: Duration = Duration::from_secs(30);
/// How long the first request of a connection may take to come.
const SLOWEST_START: Duration = Duration::from_secs(10);
/// Header lines of a request.
const MOST_HEADERS: usize = 64;
/// Bytes of a request's head.
const LARGEST_HEAD: usize = 32 * 1024;
/// How long requests under way may take once it is to stop.
const PARTING: Duration = Duration::from_secs(10);

/// Why nothing is listened to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be listened on.
    #[error("`{address}` cannot be listened on")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// The certificate is none.
    #[error("the certificate file has no certificate in PEM")]
    Certificate,
    /// The key is none.
    #[error("the key file has no private key in PEM")]
    Key,
    /// TLS cannot use them.
    #[error("certificate and key cannot be used together")]
    Pair(#[source] rustls::Error),
}

/// A door that is open.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<io::Result<()>>,
}

/// Certificate and key of the listener, which may be renewed while it is open.
#[derive(Debug, Clone)]
pub struct Tls(RustlsConfig);

impl Tls {
    /// Reads certificate and key, both PEM.
    ///
    /// # Errors
    ///
    /// [`ListenError`].
    pub fn new(certificate: &[u8], key: &[u8]) -> Result<Self, ListenError> {
        let config = tls_config(certificate, key)?;
        Ok(Self(RustlsConfig::from_config(config)))
    }

    /// Uses another certificate and key from now on.
    ///
    /// # Errors
    ///
    /// [`ListenError`]; then nothing has changed.
    pub fn renew(&self, certificate: &[u8], key: &[u8]) -> Result<(), ListenError> {
        self.0.reload_from_config(tls_config(certificate, key)?);
        Ok(())
    }
}

fn tls_config(certificate: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, ListenError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| ListenError::Certificate)?;
    if chain.is_empty() {
        return Err(ListenError::Certificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| ListenError::Key)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(ListenError::Pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(ListenError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

impl Listener {
    /// Opens `door` at `address`, behind TLS or, where there is none, in the
    /// clear.
    ///
    /// # Errors
    ///
    /// [`ListenError::Address`].
    pub async fn open(
        door: Door,
        address: SocketAddr,
        tls: Option<Tls>,
    ) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Address { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let listener = listener.into_std().map_err(failed)?;
        let server = axum_server::from_tcp(listener).map_err(failed)?;
        let handle = Handle::new();
        let plain = NoDelayAcceptor::new();
        let service = door.router().into_make_service();
        let serving = if let Some(Tls(config)) = tls {
            let tls = RustlsAcceptor::new(config).handshake_timeout(SLOWEST_START);
            let server = bounded(server.acceptor(tls.acceptor(plain)));
            tokio::spawn(server.handle(handle.clone()).serve(service))
        } else {
            let server = bounded(server.acceptor(plain));
            tokio::spawn(server.handle(handle.clone()).serve(service))
        };
        Ok(Self {
            address: bound,
            handle,
            serving,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new connection and finishes what is under way; its part of the
    /// door's clerk is dropped then.
    pub async fn close(self) {
        self.handle.graceful_shutdown(Some(PARTING));
        if let Ok(Err(error)) = self.serving.await {
            tracing::warn!(%error, "the listener ended with an error");
        }
    }
}

/// Bounds what a client may send and how long that may take.
fn bounded<A>(server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    let mut server = server.http1_only().first_request_timeout(SLOWEST_START);
    server
        .http_builder()
        .http1()
        .header_read_timeout(SLOWEST_HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD);
    server
}
