//! A certificate for a client to sign in with.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
    signature::RsaKeyPair,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use webpki::{
    EndEntityCert,
    ring::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256_LEGACY_KEY},
};

use super::{
    jwt::{Algorithm, Jwt},
    signer,
};

const KEY: &str = include_str!("keys/client.pem");

/// Whether a credential can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validity {
    /// It can.
    #[default]
    Good,
    /// Its time is over.
    Expired,
}

/// The certificate that an app registration has been given for its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    der: Vec<u8>,
    /// Whether the registration still accepts it.
    pub validity: Validity,
}

impl ClientCertificate {
    /// Takes a certificate as PEM; nothing is returned if there is none in it.
    pub fn from_pem(pem: &str) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .ok()?
            .to_vec();
        EndEntityCert::try_from(&CertificateDer::from(der.as_slice())).ok()?;
        Some(Self {
            der,
            validity: Validity::Good,
        })
    }

    /// Returns a certificate whose private key is at hand, for tests and rehearsals.
    ///
    /// The same `name` gives the same certificate.
    pub fn sample(name: &str) -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).ok();
        let der = key.and_then(|key| signer::certificate(name, &key));
        Self {
            der: der.unwrap_or_default(),
            validity: Validity::Good,
        }
    }

    /// Returns the private key and the certificate of [`Self::sample`] as PEM, as a client loads them.
    pub fn pem(&self) -> String {
        let mut pem = format!("{}\n-----BEGIN CERTIFICATE-----\n", KEY.trim_end());
        for line in STANDARD.encode(&self.der).as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// Signs `claims` as a client does: by PSS, or in the older way.
    pub fn sign(&self, signature: ClientSignature, claims: &Value) -> String {
        let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).ok();
        let Some(key) = key.and_then(|der| RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok())
        else {
            return String::new();
        };
        let (algorithm, name, thumbprint) = match signature {
            ClientSignature::Pss => (Algorithm::Ps256, "x5t#S256", self.sha256()),
            ClientSignature::Pkcs1 => (Algorithm::Rs256, "x5t", self.sha1()),
        };
        let head = json!({ "typ": "JWT", "alg": algorithm.name(), name: thumbprint });
        signer::compose(&key, algorithm, &head, claims)
    }

    /// Whether `jwt` names this certificate.
    pub(crate) fn is_named_by(&self, jwt: &Jwt<'_>) -> bool {
        match (jwt.head("x5t#S256"), jwt.head("x5t")) {
            (Some(thumbprint), _) => thumbprint == self.sha256(),
            (None, Some(thumbprint)) => thumbprint == self.sha1(),
            (None, None) => false,
        }
    }

    /// Whether the key of this certificate signed `jwt`, as it says.
    pub(crate) fn signed(&self, jwt: &Jwt<'_>) -> bool {
        let algorithm = match jwt.algorithm() {
            Some(Algorithm::Rs256) => RSA_PKCS1_2048_8192_SHA256,
            Some(Algorithm::Ps256) => RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
            None => return false,
        };
        let der = CertificateDer::from(self.der.as_slice());
        EndEntityCert::try_from(&der).is_ok_and(|it| {
            it.verify_signature(algorithm, jwt.signed.as_bytes(), &jwt.signature)
                .is_ok()
        })
    }

    fn sha256(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.der))
    }

    fn sha1(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der))
    }
}

/// How a client signs with its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSignature {
    /// PS256, naming the certificate by SHA-256 (`x5t#S256`).
    Pss,
    /// RS256, naming it by SHA-1 (`x5t`), as older clients do.
    Pkcs1,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_verifies_what_it_signed_in_either_way() {
        let certificate = ClientCertificate::sample("client");
        let other = ClientCertificate::sample("another");
        for way in [ClientSignature::Pss, ClientSignature::Pkcs1] {
            let token = certificate.sign(way, &json!({ "iss": "me" }));
            let jwt = Jwt::read(&token).unwrap();

            assert!(
                certificate.is_named_by(&jwt) && certificate.signed(&jwt),
                "{way:?}"
            );
            assert!(!other.is_named_by(&jwt), "{way:?}");
        }
    }

    #[test]
    fn a_certificate_is_read_back_from_its_pem() {
        let certificate = ClientCertificate::sample("client");

        assert_eq!(
            Some(certificate.clone()),
            ClientCertificate::from_pem(&certificate.pem())
        );
        assert_eq!(None, ClientCertificate::from_pem("nothing"));
    }
}
