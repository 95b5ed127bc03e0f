//! What a place to keep the ledger must be able to do.

use std::future::{self, Future};
use std::path::PathBuf;

use super::{Answer, Request};
use crate::model::{ObjectId, RowNumber};

/// Keeps one campaign's rows and people for one run.
///
/// A batch is applied first, which answers it, and is durable after a commit.
/// Of each person and each row a commit stores a state they really had, with
/// all that happened to them up to it.
pub trait Store: Send {
    /// Applies `batch` in order and answers each request. Nothing of it needs
    /// to be durable yet. Only the last one may be other than a
    /// [`Change`](super::Change); a commit of everything follows it.
    ///
    /// # Errors
    ///
    /// [`CommitError`] when the batch makes no sense or the place cannot be
    /// read. The store is not used again, except to close it.
    fn apply(
        &mut self,
        batch: Vec<Request>,
    ) -> impl Future<Output = Result<Vec<Answer>, CommitError>> + Send;

    /// Makes durable what was applied since the last commit.
    ///
    /// # Errors
    ///
    /// [`CommitError`] when it may not be durable. The store is not used again,
    /// except to close it.
    fn commit(&mut self, extent: Extent) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Lets go of the place in good order.
    fn close(self) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        future::ready(())
    }
}

/// How much a commit makes durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The people and rows about whom something urgent was said, with all that
    /// is known of them, and the rows that were read since. More may become
    /// durable with them.
    Urgent,
    /// Everything.
    Everything,
}

/// What a campaign is within a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignKey {
    /// Its name: its identity.
    pub name: String,
    /// The tenant it is sent in.
    pub tenant_id: String,
    /// The bot it is sent by.
    pub bot_id: String,
}

/// Why a batch may not be durable.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The database refused it.
    #[error("the ledger could not be written")]
    Storage {
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The file was deleted or replaced under a run; what it knew was saved.
    #[error(
        "it was deleted or replaced while it was in use; what it knew was saved as `{}`: rename \
         that to the ledger's name before the next run", .copy.display()
    )]
    Rescued {
        /// The copy.
        copy: PathBuf,
    },
    /// The file was deleted or replaced under a run, and it could not be saved.
    #[error(
        "it was deleted or replaced while it was in use, and what it knew could not be saved; put \
         back a copy before the next run, or everybody is written to again"
    )]
    Gone {
        /// Why it could not be saved.
        #[source]
        source: sqlx::Error,
    },
    /// The file was deleted or replaced under somebody who keeps nothing of a
    /// run in it.
    #[error(
        "it was deleted or replaced while it was in use; see that it is the right one, then \
             start again"
    )]
    Replaced,
    /// The lock file was deleted or replaced under a run, so that another run
    /// of the campaign may have begun.
    #[error(
        "`{}` was deleted or replaced while it was in use, so another run may have begun; see that \
         none is under way, then run again", .lock.display()
    )]
    LockGone {
        /// The lock file.
        lock: PathBuf,
    },
    /// A row was named that was never enrolled: a bug in the program.
    #[error("row {row} was never enrolled")]
    UnknownRow {
        /// The row.
        row: RowNumber,
    },
    /// A person was named whom no row was bound to: a bug in the program.
    #[error("no row was ever bound to {person}")]
    UnknownPerson {
        /// The person.
        person: ObjectId,
    },
    /// A test asked for it.
    #[error("the ledger was told to fail")]
    Interrupted,
}

impl From<sqlx::Error> for CommitError {
    fn from(source: sqlx::Error) -> Self {
        Self::Storage { source }
    }
}
