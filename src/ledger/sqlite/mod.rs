//! The ledger in an `SQLite` database that people can look into.

mod addresses;
mod columns;
mod doubts;
mod forget;
mod load;
mod lock;
mod open;
mod open_error;
mod place;
mod prior;
mod reader;
mod rescue;
mod save;
mod schema;

pub use addresses::{AddressBook, KnownAddress};
pub use doubts::Doubtful;
pub use forget::{Forgetting, PastCampaign};
pub use open::{Fingerprints, Purpose, open_sqlite};
pub use open_error::OpenError;
pub use prior::{Prior, Whereabouts};
pub use reader::{ReadError, Reader, RunFacts};

use std::mem;

use jiff::Timestamp;
use sqlx::{Connection, SqliteConnection};

use super::book::Moment;
use super::{Answer, CampaignKey, Change, CommitError, Request, Store};
use lock::CampaignLock;
use place::Place;

/// One campaign's ledger in an `SQLite` database, for one run.
///
/// No other run of the campaign can open it while this one lives.
#[derive(Debug)]
pub struct SqliteStore {
    connection: SqliteConnection,
    scope: Scope,
    place: Place,
    now: fn() -> Timestamp,
    // Last, so that the campaign is free only once the connection is gone.
    lock: CampaignLock,
}

/// Which lines of the database are this run's.
#[derive(Debug, Clone)]
struct Scope {
    key: CampaignKey,
    run: i64,
}

/// What came of some changes.
#[derive(Debug, Default)]
struct Changed {
    answers: Vec<Answer>,
    /// The number of the last event, if there was one.
    last_event: Option<i64>,
}

impl SqliteStore {
    /// The number of this run, counted from 1 within the campaign.
    pub fn run_number(&self) -> i64 {
        self.scope.run
    }
}

impl Store for SqliteStore {
    async fn commit(&mut self, batch: Vec<Request>) -> Result<Vec<Answer>, CommitError> {
        if !self.place.holds() {
            return Err(rescue::rescue(&mut self.connection, &self.place.path).await);
        }
        if !self.lock.is_in_place() {
            return Err(CommitError::LockGone {
                lock: self.lock.path().to_owned(),
            });
        }
        let at = Moment::new(&self.scope.key.name, self.scope.run, (self.now)());
        // Immediate, since a transaction that turns from reading to writing
        // cannot wait for another campaign's commit.
        let mut transaction = self.connection.begin_with("begin immediate").await?;
        let mut answers = Vec::with_capacity(batch.len());
        let mut changes = Vec::with_capacity(batch.len());
        let mut last_event = None;
        for request in batch {
            if let Request::Change(change) = request {
                changes.push(change);
                continue;
            }
            let before = mem::take(&mut changes);
            let done = self.scope.change(&mut transaction, &at, before).await?;
            answers.extend(done.answers);
            last_event = done.last_event.or(last_event);
            self.scope.apart(&mut transaction, &at, request).await?;
            answers.push(Answer::Done);
        }
        let done = self.scope.change(&mut transaction, &at, changes).await?;
        answers.extend(done.answers);
        last_event = done.last_event.or(last_event);
        transaction.commit().await?;
        if let Some(last_event) = last_event {
            self.lock.mark(last_event).map_err(sqlx::Error::Io)?;
        }
        Ok(answers)
    }

    async fn close(self) {
        // Everything is durable already; closing only folds the journal away.
        self.connection.close().await.ok();
    }
}

impl Scope {
    /// Does what is no change of rows or people.
    async fn apart(
        &self,
        connection: &mut SqliteConnection,
        at: &Moment,
        request: Request,
    ) -> sqlx::Result<()> {
        match request {
            Request::Change(_) => Ok(()),
            Request::CloseAudience(rows) => save::close_audience(connection, self, rows).await,
            Request::KeepChanges(link) => save::keep_changes(connection, self, at, link).await,
            Request::FinishRun(code) => save::finish_run(connection, self, at, code).await,
        }
    }

    /// Reads what `changes` are about, lets the rules change it and writes back
    /// what they touched.
    async fn change(
        &self,
        connection: &mut SqliteConnection,
        at: &Moment,
        changes: Vec<Change>,
    ) -> Result<Changed, CommitError> {
        if changes.is_empty() {
            return Ok(Changed::default());
        }
        let mut book = load::book(connection, self, &changes).await?;
        let answers = changes
            .into_iter()
            .map(|change| book.apply(at, change))
            .collect::<Result<_, _>>()?;
        let last_event = save::book(connection, self, at, &mut book).await?;
        Ok(Changed {
            answers,
            last_event,
        })
    }
}
