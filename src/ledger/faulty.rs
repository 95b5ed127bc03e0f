//! A store that fails when told to, for tests of crashes.

use super::{Answer, CommitError, Extent, Request, Store};

/// What becomes of what the commit that fails was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is not stored.
    Lost,
    /// It is stored, but nobody hears of it.
    Kept,
}

/// A store that commits so many times and then fails once.
#[derive(Debug)]
pub struct Faulty<S> {
    store: S,
    commits: usize,
    fate: Fate,
}

impl<S: Store> Faulty<S> {
    /// Lets `commits` commits through; the next one fails, and what it
    /// was about meets `fate`.
    pub fn after(commits: usize, fate: Fate, store: S) -> Self {
        Self {
            store,
            commits,
            fate,
        }
    }
}

impl<S: Store> Store for Faulty<S> {
    async fn apply(&mut self, batch: Vec<Request>) -> Result<Vec<Answer>, CommitError> {
        self.store.apply(batch).await
    }

    async fn commit(&mut self, extent: Extent) -> Result<(), CommitError> {
        if let Some(left) = self.commits.checked_sub(1) {
            self.commits = left;
            return self.store.commit(extent).await;
        }
        match self.fate {
            Fate::Lost => {}
            Fate::Kept => self.store.commit(extent).await?,
        }
        Err(CommitError::Interrupted)
    }

    async fn close(self) {
        self.store.close().await;
    }
}
