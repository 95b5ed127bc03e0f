//! Keys that sign tokens, and how they are published.

use std::sync::OnceLock;

use base64::{
    Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD,
};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, SerialNumber};
use ring::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{RsaKeyPair, UnparsedPublicKey},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};

use super::jwt::{Algorithm, Jwt};

/// The keys of one world; each is read when it is first needed.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Signs what the directory issues.
    pub(crate) entra: Signer,
    /// Signs what Teams sends to bots.
    pub(crate) bot_framework: Signer,
    /// Signs what issuers outside the directory issue: GitHub, Azure Pipelines, clusters.
    pub(crate) external: Signer,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            entra: Signer::new(
                "accounts.accesscontrol.windows.net",
                include_str!("keys/entra.pem"),
            ),
            bot_framework: Signer::new(
                "api.botframework.com",
                include_str!("keys/bot-framework.pem"),
            ),
            external: Signer::new("external issuers", include_str!("keys/external.pem")),
        }
    }
}

/// An RSA key and the certificate that names it.
#[derive(Debug)]
pub(crate) struct Signer {
    name: &'static str,
    pem: &'static str,
    loaded: OnceLock<Option<Loaded>>,
}

/// A key that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    key: RsaKeyPair,
    certificate: Vec<u8>,
    id: String,
}

impl Signer {
    pub(crate) fn new(name: &'static str, pem: &'static str) -> Self {
        Self {
            name,
            pem,
            loaded: OnceLock::new(),
        }
    }

    /// Returns a signed token with `claims`, or an empty text if the key cannot be read.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let Some(loaded) = self.loaded() else {
            return String::new();
        };
        let head = json!({ "typ": "JWT", "alg": "RS256", "kid": loaded.id, "x5t": loaded.id });
        compose(&loaded.key, Algorithm::Rs256, &head, claims)
    }

    /// Whether this key signed `jwt`, as it says.
    pub(crate) fn signed(&self, jwt: &Jwt<'_>) -> bool {
        let named = jwt.head("kid");
        self.loaded().is_some_and(|loaded| {
            jwt.algorithm() == Some(Algorithm::Rs256)
                && named == Some(&loaded.id)
                && UnparsedPublicKey::new(Algorithm::Rs256.verification(), loaded.key.public())
                    .verify(jwt.signed.as_bytes(), &jwt.signature)
                    .is_ok()
        })
    }

    /// Returns the public key as an entry of a key set.
    pub(crate) fn published(&self) -> Value {
        let Some(loaded) = self.loaded() else {
            return Value::Null;
        };
        let public = PublicKeyComponents::<Vec<u8>>::from(loaded.key.public());
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": loaded.id,
            "x5t": loaded.id,
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "e": URL_SAFE_NO_PAD.encode(public.e),
            "x5c": [STANDARD.encode(&loaded.certificate)],
        })
    }

    fn loaded(&self) -> Option<&Loaded> {
        self.loaded
            .get_or_init(|| Loaded::read(self.name, self.pem))
            .as_ref()
    }
}

impl Loaded {
    fn read(name: &str, pem: &str) -> Option<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?;
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
        let certificate = certificate(name, &der)?;
        let id = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate));
        Some(Self {
            key,
            certificate,
            id,
        })
    }
}

/// Makes the certificate of a key: always the same one for the same key and name.
pub(crate) fn certificate(name: &str, key: &PrivatePkcs8KeyDer<'_>) -> Option<Vec<u8>> {
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(key, &PKCS_RSA_SHA256).ok()?;
    let mut params = CertificateParams::new(Vec::new()).ok()?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(1));
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2099, 1, 1);
    Some(params.self_signed(&pair).ok()?.der().to_vec())
}

/// Returns head and claims with a signature over both; none if signing fails.
pub(crate) fn compose(
    key: &RsaKeyPair,
    algorithm: Algorithm,
    head: &Value,
    claims: &Value,
) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(head), encode(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    match key.sign(
        algorithm.padding(),
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    ) {
        Ok(()) => format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_signs_what_only_it_verifies() {
        let keys = Keys::default();
        let all = [&keys.entra, &keys.bot_framework, &keys.external];
        for (place, signer) in all.iter().enumerate() {
            let token = signer.sign(&json!({ "aud": "somebody" }));
            let jwt = Jwt::read(&token).unwrap();

            for (other, judge) in all.iter().enumerate() {
                assert_eq!(place == other, judge.signed(&jwt), "{place} {other}");
            }
        }
    }

    #[test]
    fn a_token_whose_claims_were_changed_is_not_signed() {
        let keys = Keys::default();
        let token = keys.entra.sign(&json!({ "aud": "somebody" }));
        let claims = URL_SAFE_NO_PAD.encode(r#"{"aud":"nobody"}"#);
        let parts: Vec<&str> = token.split('.').collect();
        let forged = format!("{}.{claims}.{}", parts[0], parts[2]);

        assert!(!keys.entra.signed(&Jwt::read(&forged).unwrap()));
    }

    #[test]
    fn a_published_key_is_the_one_that_signs() {
        let keys = Keys::default();
        let token = keys.entra.sign(&json!({ "aud": "somebody" }));
        let jwt = Jwt::read(&token).unwrap();
        let published = keys.entra.published();
        let part = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(published[name].as_str().unwrap())
                .unwrap()
        };

        let public = PublicKeyComponents {
            n: part("n"),
            e: part("e"),
        };

        assert_eq!(jwt.head("kid"), published["kid"].as_str());
        assert!(
            public
                .verify(
                    Algorithm::Rs256.parameters(),
                    jwt.signed.as_bytes(),
                    &jwt.signature
                )
                .is_ok()
        );
    }
}
