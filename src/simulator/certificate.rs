//! A certificate for loopback, and the authority that vouches for it.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    /// It could not be made.
    #[error("it could not be made")]
    Make(#[from] rcgen::Error),
    /// TLS does not accept it.
    #[error("tls does not accept it")]
    Accept(#[from] rustls::Error),
}

/// What a server needs to speak TLS.
pub(crate) struct Identity {
    /// Keys and protocols.
    pub(crate) tls: Arc<ServerConfig>,
    /// The authority's certificate, for clients to trust.
    pub(crate) ca_pem: String,
}

/// Makes an authority and a certificate for this machine.
pub(crate) fn identity() -> Result<Identity, CertificateError> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name = name("Teamcast simulator authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate()?;
    let ca_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);

    let mut leaf = CertificateParams::new(
        ["127.0.0.1", "localhost", "::1"]
            .map(str::to_owned)
            .to_vec(),
    )?;
    leaf.distinguished_name = name("Teamcast simulator");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let leaf_key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&leaf_key, &issuer)?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let mut tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Identity {
        tls: Arc::new(tls),
        ca_pem,
    })
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
