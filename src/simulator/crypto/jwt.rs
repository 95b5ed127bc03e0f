//! Reading signed tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaParameters, VerificationAlgorithm,
};
use serde_json::Value;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// PKCS #1 v1.5 with SHA-256.
    Rs256,
    /// PSS with SHA-256.
    Ps256,
}

impl Algorithm {
    /// Returns the name in a token's head.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    pub(crate) fn padding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Rs256 => &RSA_PKCS1_SHA256,
            Self::Ps256 => &RSA_PSS_SHA256,
        }
    }

    pub(crate) fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::Ps256 => &RSA_PSS_2048_8192_SHA256,
        }
    }

    pub(crate) fn verification(self) -> &'static dyn VerificationAlgorithm {
        self.parameters()
    }
}

/// A token taken apart; whether its signature is right is for somebody with a key to say.
#[derive(Debug, Clone)]
pub(crate) struct Jwt<'a> {
    head: Value,
    claims: Value,
    /// What the signature is over.
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    /// Takes `token` apart, unless it is no token.
    pub(crate) fn read(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let part = |text: &str| -> Option<Value> {
            let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            value.is_object().then_some(value)
        };
        Some(Self {
            head: part(head)?,
            claims: part(claims)?,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Returns how it says it is signed, if that is known.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        let named = self.head("alg")?;
        [Algorithm::Rs256, Algorithm::Ps256]
            .into_iter()
            .find(|algorithm| algorithm.name() == named)
    }

    /// Returns a text of the head.
    pub(crate) fn head(&self, name: &str) -> Option<&str> {
        self.head.get(name)?.as_str()
    }

    /// Returns a claim that is a text.
    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// Returns a claim that is an instant, in seconds of the calendar.
    pub(crate) fn instant(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_not_read() {
        for text in ["", "a.b", "a.b.c", "e30.W10.", "e30.e30", "e30.e30.?"] {
            assert!(Jwt::read(text).is_none(), "{text}");
        }
        assert!(Jwt::read("e30.e30.").is_some());
    }
}
