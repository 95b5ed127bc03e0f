//! Text that must not be seen.

use std::fmt;

/// A client secret; prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// An access token; prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Token {
    /// Hides `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_are_not_shown_by_debug() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(…)");
        assert_eq!(format!("{:?}", Token::new("hunter2".to_owned())), "…");
    }
}
