//! Where tokens come from.

use std::fmt;

use async_trait::async_trait;

use super::{Token, redact};

/// The longest that is kept of what a service says, in characters.
const LONGEST: usize = 600;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct SignInError {
    detail: String,
}

impl SignInError {
    /// There is none because of `detail`.
    pub fn new(detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { detail }
    }

    /// What the SDK says, without ids of traces, links, and `secrets` that a
    /// service repeats.
    pub(super) fn of(fault: &azure_core::Error, secrets: &[&str]) -> Self {
        let detail = redact(&fault.to_string(), secrets);
        let end = [" Trace ID:", "\nTo troubleshoot"]
            .iter()
            .filter_map(|words| detail.find(words))
            .min()
            .unwrap_or(detail.len());
        let said = detail.get(..end).unwrap_or_default().trim();
        Self::new(said.chars().take(LONGEST).collect::<String>())
    }
}

/// A source of tokens for one service.
#[async_trait]
pub trait Tokens: Send + Sync + fmt::Debug {
    /// A token that is good for some minutes.
    async fn token(&self) -> Result<Token, SignInError>;

    /// Forgets `refused`, so that the next token is a new one.
    async fn renew(&self, refused: &Token);
}

/// A token made elsewhere, for pipelines that have one.
#[derive(Debug, Clone)]
pub struct GivenToken(pub Token);

#[async_trait]
impl Tokens for GivenToken {
    async fn token(&self) -> Result<Token, SignInError> {
        Ok(self.0.clone())
    }

    async fn renew(&self, _: &Token) {}
}
