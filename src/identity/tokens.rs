//! Where tokens come from.

use std::{error::Error, fmt};

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
        let said = redact(&chain(fault), secrets);
        Self::new(said.chars().take(LONGEST).collect::<String>())
    }
}

/// What the fault says, and what its causes say that it does not.
fn chain(fault: &azure_core::Error) -> String {
    let mut said = brief(&fault.to_string()).to_owned();
    let mut source = fault.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        let words = brief(&words);
        if !said.contains(words) {
            said = format!("{said}: {words}");
        }
        source = cause.source();
    }
    said
}

/// The words for people.
fn brief(text: &str) -> &str {
    let end = [" Trace ID:", "\nTo troubleshoot"]
        .iter()
        .filter_map(|words| text.find(words))
        .min()
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim()
}

/// A source of tokens for one service.
#[async_trait]
pub trait Tokens: Send + Sync + fmt::Debug {
    /// A token that is good for some minutes.
    async fn token(&self) -> Result<Token, SignInError>;

    /// Forgets `refused`, so that the next token is a new one.
    async fn renew(&self, refused: &Token);

    /// `text` without what tokens are got by, and without tokens: services
    /// repeat the strangest things.
    fn hide(&self, text: &str) -> String {
        redact(text, &[])
    }
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
