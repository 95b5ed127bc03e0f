//! What a token says of itself.
//!
//! The service checks signatures; this only reads, so that a fault is found
//! before the service finds it. A token may have any form, so nothing that is
//! missing here proves anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::Deserialize;

use super::Token;

/// The longest token that is looked into, in bytes.
const LONGEST: usize = 64 * 1024;

/// What a token says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The app it was given to (`appid`, or `azp` in newer tokens).
    #[serde(alias = "azp")]
    pub appid: Option<String>,
    /// The tenant that gave it.
    pub tid: Option<String>,
    /// The service it is for.
    pub aud: Option<String>,
    /// Application permissions.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Delegated permissions: somebody is signed in.
    pub scp: Option<String>,
    /// When it ends, in seconds of the calendar.
    pub exp: Option<i64>,
}

impl Claims {
    /// Reads `token`; nothing where it is no JWT.
    pub fn of(token: &Token) -> Option<Self> {
        let text = token.expose();
        if LONGEST < text.len() {
            return None;
        }
        let mut parts = text.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &str) -> Option<Claims> {
        let token = format!("e30.{}.c2ln", BASE64.encode(payload));
        Claims::of(&Token::new(token))
    }

    #[test]
    fn app_tenant_and_roles_are_read() {
        let read = claims(r#"{"appid":"a","tid":"t","roles":["User.Read.All"],"exp":7}"#).unwrap();

        assert_eq!(read.appid.as_deref(), Some("a"));
        assert_eq!(read.roles, ["User.Read.All"]);
    }

    #[test]
    fn what_is_no_jwt_says_nothing() {
        for text in ["", "opaque", "a.b", "..", "a.!!!.c", "a.bnVsbA.c"] {
            assert_eq!(Claims::of(&Token::new(text.to_owned())), None, "{text}");
        }
        assert_eq!(claims("[]").map(|read| read.roles), None);
        assert_eq!(claims(&"[".repeat(10_000)), None);
    }
}
