//! A certificate, and assertions signed with its key.
//!
//! # Why not `azure_identity`?
//!
//! Its certificate credential needs OpenSSL, which a build from Rust and a C
//! compiler alone does not have, and it signs in the older way (RS256, SHA-1
//! thumbprint). The page "Microsoft identity platform application
//! authentication certificate credentials" asks for PS256 and `x5t#S256`, which
//! `ring` does and TLS brings anyway.

use std::{fmt, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::Timestamp;
use p12_keystore::Pkcs12Archive;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::{Value, json};

use super::{Secret, SecretError, place::read_private};

/// How long an assertion is good, in seconds; the page says 5 to 10 minutes.
const LIFETIME: i64 = 600;
/// How far our clock may be ahead of Entra's, in seconds.
const SKEW: i64 = 60;

/// A certificate whose key is at hand; prints as `…`.
#[derive(Clone)]
pub struct Certificate {
    thumbprint: String,
    key: Arc<RsaKeyPair>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file cannot be read, or others could have read it.
    #[error("the certificate's file cannot be used")]
    File(#[source] SecretError),
    /// The file is neither.
    #[error("the certificate's file is neither PEM nor PFX: {detail}")]
    Format {
        /// What the parser said.
        detail: String,
    },
    /// A PFX with another password.
    #[error(
        "the password does not open the certificate; set AZURE_CLIENT_CERTIFICATE_PASSWORD or \
         identity.client_certificate_password_file"
    )]
    Password,
    /// A key that Entra does not take.
    #[error("the certificate's key is no RSA key of 2048 bits or more ({detail})")]
    Key {
        /// What was wrong.
        detail: String,
    },
    /// The file lacks a part.
    #[error("the certificate's file has no {what}; it needs the certificate and its private key")]
    Missing {
        /// The part.
        what: &'static str,
    },
    /// It could not sign.
    #[error("the certificate's key cannot sign")]
    Sign,
}

impl Certificate {
    /// Reads PEM or PFX from a file that only its owner can read; `password`
    /// opens a PFX.
    pub fn load(path: &Path, password: Option<&Secret>) -> Result<Self, CertificateError> {
        let bytes = read_private(path).map_err(CertificateError::File)?;
        Self::read(&bytes, password)
    }

    /// Reads PEM or PFX; `password` opens a PFX.
    pub fn read(bytes: &[u8], password: Option<&Secret>) -> Result<Self, CertificateError> {
        const MARK: &[u8] = b"-----BEGIN";
        if bytes.windows(MARK.len()).any(|start| start == MARK) {
            Self::from_pem(bytes)
        } else {
            Self::from_pfx(bytes, password)
        }
    }

    fn from_pem(bytes: &[u8]) -> Result<Self, CertificateError> {
        let key = PrivateKeyDer::from_pem_slice(bytes).map_err(|_| CertificateError::Missing {
            what: "private key (an encrypted one belongs in a PFX)",
        })?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Sec1(_) | _ => return Err(not_rsa("of another kind")),
        };
        let certificates = CertificateDer::pem_slice_iter(bytes)
            .filter_map(Result::ok)
            .map(|der| der.to_vec())
            .collect();
        Self::of(
            key.map_err(|error| not_rsa(error.to_string()))?,
            certificates,
        )
    }

    fn from_pfx(bytes: &[u8], password: Option<&Secret>) -> Result<Self, CertificateError> {
        let opened = Pkcs12Archive::from_pkcs12(bytes, password.map_or("", Secret::expose));
        let archive = opened.map_err(|error| {
            if matches!(error, p12_keystore::error::Error::MacError(_)) {
                return CertificateError::Password;
            }
            let detail = error.to_string();
            CertificateError::Format { detail }
        })?;
        let key = archive.keys.first();
        let key = key.ok_or(CertificateError::Missing {
            what: "private key",
        })?;
        let key = RsaKeyPair::from_pkcs8(key.key.as_der());
        let certificates = archive.certs.iter();
        let certificates = certificates.map(|found| found.cert.as_der().to_vec());
        Self::of(
            key.map_err(|error| not_rsa(error.to_string()))?,
            certificates.collect(),
        )
    }

    /// The one of `certificates` that `key` belongs to: a chain may come with it.
    fn of(key: RsaKeyPair, certificates: Vec<Vec<u8>>) -> Result<Self, CertificateError> {
        let public = key.public_key().as_ref();
        let own = certificates
            .iter()
            .find(|der| der.windows(public.len()).any(|part| part == public));
        let own = own.ok_or(CertificateError::Missing {
            what: "certificate that its private key belongs to",
        })?;
        Ok(Self {
            thumbprint: BASE64.encode(digest(&SHA256, own)),
            key: Arc::new(key),
        })
    }

    /// An assertion that `client_id` is asking `audience`, which has the name
    /// `id` and is made `now`.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        id: u128,
        now: Timestamp,
    ) -> Result<String, CertificateError> {
        let second = now.as_second();
        let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": format!("{id:032x}"),
            "nbf": second.saturating_sub(SKEW),
            "iat": second,
            "exp": second.saturating_add(LIFETIME),
        });
        let part = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| CertificateError::Sign)?;
        Ok(format!("{signed}.{}", BASE64.encode(signature)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn not_rsa(detail: impl Into<String>) -> CertificateError {
    let detail = detail.into();
    CertificateError::Key { detail }
}
