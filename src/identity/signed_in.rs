//! A token kept for everybody, and fetched by one of them.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use tokio::{sync::Mutex, time::Instant};
use tracing::warn;

use super::{Applicant, SignInError, Token, Tokens, redact};

/// How long before its end a token is replaced, as in the Azure SDK; a
/// short-lived one after nine tenths of its life.
const MARGIN: Duration = Duration::from_mins(5);
/// How long a token that still is good serves on when there is no new one yet.
const PAUSE: Duration = Duration::from_secs(30);
/// How long a token is taken to be good whose end has passed by our clock: the
/// clock is wrong, and the service says so when the token is.
const UNCLEAR: Duration = Duration::from_mins(1);

/// Tokens for one scope, for an app that signs in.
pub struct SignedIn {
    applicant: Applicant,
    scope: String,
    held: RwLock<Option<Held>>,
    // Held while fetching, so that a thousand who wait cost one request.
    source: Mutex<Option<Arc<dyn TokenCredential>>>,
}

/// A token and how long it serves.
#[derive(Debug, Clone)]
struct Held {
    token: Token,
    fresh_until: Instant,
    good_until: Instant,
}

impl SignedIn {
    /// Tokens for `scope`, asked for by `applicant`.
    ///
    /// # Errors
    ///
    /// When the SDK refuses the tenant, an authority that is not https, or
    /// what the surroundings lack.
    pub fn new(applicant: Applicant, scope: &str) -> Result<Self, SignInError> {
        Ok(Self {
            source: Mutex::new(Some(applicant.credential()?)),
            applicant,
            scope: scope.to_owned(),
            held: RwLock::new(None),
        })
    }

    fn held(&self) -> Option<Held> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    fn hold(&self, held: Option<Held>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// A token that needs no fetching yet.
    fn fresh(&self) -> Option<Token> {
        self.held()
            .filter(|held| Instant::now() < held.fresh_until)
            .map(|held| held.token)
    }

    async fn fetch(&self, credential: &dyn TokenCredential) -> Result<Held, SignInError> {
        let fetched = credential.get_token(&[&self.scope], None).await;
        let fetched = fetched.map_err(|fault| self.applicant.failed(&fault))?;
        let left = fetched.expires_on.unix_timestamp() - (self.applicant.now)().as_second();
        let left = u64::try_from(left)
            .map(Duration::from_secs)
            .ok()
            .filter(|left| !left.is_zero())
            .unwrap_or(UNCLEAR);
        let now = Instant::now();
        Ok(Held {
            token: Token::new(fetched.token.secret().to_owned()),
            fresh_until: now + (left.saturating_sub(MARGIN.min(left / 10))),
            good_until: now + left,
        })
    }
}

#[async_trait]
impl Tokens for SignedIn {
    async fn token(&self) -> Result<Token, SignInError> {
        if let Some(token) = self.fresh() {
            return Ok(token);
        }
        let mut source = self.source.lock().await;
        if let Some(token) = self.fresh() {
            return Ok(token);
        }
        // A new credential has no cache of its own to answer from.
        let credential = match source.take() {
            Some(credential) => credential,
            None => self.applicant.credential()?,
        };
        let held = match (self.fetch(credential.as_ref()).await, self.held()) {
            (Ok(held), _) => held,
            (Err(error), Some(held)) if Instant::now() < held.good_until => {
                warn!(%error, "no new token yet; the present one serves on");
                Held {
                    fresh_until: held.good_until.min(Instant::now() + PAUSE),
                    ..held
                }
            }
            (Err(error), _) => return Err(error),
        };
        let token = held.token.clone();
        self.hold(Some(held));
        Ok(token)
    }

    async fn renew(&self, refused: &Token) {
        // A thousand callers may be refused with one token; the first renews.
        let _fetching = self.source.lock().await;
        if self.held().is_some_and(|held| held.token == *refused) {
            self.hold(None);
        }
    }

    fn hide(&self, text: &str) -> String {
        redact(text, &[self.applicant.secret()])
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
