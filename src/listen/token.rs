//! Whether a posting is from a channel of the bot.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use serde::Deserialize;

use super::{Key, Refusal, signature};

/// How far the clocks of Teams and of this machine may be apart, in seconds
/// (page "Bot Connector authentication").
const SKEW: i64 = 300;

/// What every token has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Who issued it.
    pub issuer: String,
    /// For which bot.
    pub audience: String,
}

/// Somebody whose token is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// Where they say that answers are taken.
    service_url: Option<String>,
    /// The channels they may speak for.
    channels: Vec<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    #[serde(rename = "serviceurl")]
    service_url: Option<String>,
}

/// The id of the key that is said to have signed `token`.
pub(super) fn key_id(token: &str) -> Result<String, Refusal> {
    let header = decode_header(token).map_err(|_| Refusal::Unreadable)?;
    if header.alg != Algorithm::RS256 {
        return Err(Refusal::Algorithm);
    }
    header.kid.ok_or(Refusal::UnknownKey)
}

/// Who posts with `token`, which is said to be signed with `key`.
///
/// # Errors
///
/// [`Refusal`], the first that applies.
pub fn verify(
    token: &str,
    key: &Key,
    expected: &Expected,
    now: Timestamp,
) -> Result<Speaker, Refusal> {
    signature::install();
    let mut signed = Validation::new(Algorithm::RS256);
    // The claims are judged below: all of them, by type and to the letter.
    signed.required_spec_claims.clear();
    signed.validate_exp = false;
    signed.validate_aud = false;
    let claims: Claims = match decode(token, &key.key, &signed) {
        Ok(token) => token.claims,
        Err(error) => return Err(refused(error.kind())),
    };
    let now = now.as_second();
    if claims.iss != expected.issuer {
        Err(Refusal::Issuer)
    } else if claims.aud != expected.audience {
        Err(Refusal::Audience)
    } else if claims.exp.saturating_add(SKEW) <= now {
        Err(Refusal::Expired)
    } else if claims.nbf.is_some_and(|nbf| now < nbf.saturating_sub(SKEW)) {
        Err(Refusal::NotYet)
    } else {
        Ok(Speaker {
            service_url: claims.service_url,
            channels: key.endorsements.clone(),
        })
    }
}

fn refused(kind: &ErrorKind) -> Refusal {
    // The crate may name more kinds at any time.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the crate's list of kinds is open"
    )]
    match kind {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Refusal::Algorithm,
        _ => Refusal::Unreadable,
    }
}

impl Speaker {
    /// Whether they may say something from `channel` at `service_url`.
    ///
    /// # Errors
    ///
    /// [`Refusal`] where the token is not about that.
    pub(super) fn may_say(
        &self,
        channel: Option<&str>,
        service_url: Option<&str>,
    ) -> Result<(), Refusal> {
        let Some(channel) = channel else {
            return Err(Refusal::Channel);
        };
        if !self.channels.iter().any(|endorsed| endorsed == channel) {
            Err(Refusal::Endorsement)
        } else if channel != "msteams" {
            Err(Refusal::Channel)
        } else if service_url.is_none() || self.service_url.as_deref() != service_url {
            Err(Refusal::ServiceUrl)
        } else {
            Ok(())
        }
    }
}
