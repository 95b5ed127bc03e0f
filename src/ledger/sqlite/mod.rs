//! The ledger in an `SQLite` database that people can look into.

mod addresses;
mod columns;
mod doubts;
mod forget;
mod lines;
mod load;
mod lock;
mod notices;
mod open;
mod open_error;
mod place;
mod prior;
mod reader;
mod rescue;
mod save;
mod schema;
mod watch;

pub use addresses::{AddressBook, KnownAddress};
pub use doubts::Doubtful;
pub use forget::{Forgetting, PastCampaign};
pub use notices::{Notice, Presence};
pub use open::{Fingerprints, Purpose, open_sqlite};
pub use open_error::OpenError;
pub use prior::{Prior, Whereabouts};
pub use reader::{ReadError, Reader, RunFacts};
pub use watch::{AddressWatch, Heard};

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{Connection, SqliteConnection};

use super::book::{Book, Moment};
use super::needs::Needs;
use super::request;
use super::{Answer, CampaignKey, Change, CommitError, Extent, Request, Store};
use crate::model::ObjectId;
use lock::CampaignLock;
use place::Place;

/// Rows and people kept in memory at most, before those that are settled are
/// let go; a few kilobytes each. More than may be under way at once.
const ROOM: usize = 25_000;

/// One campaign's ledger in an `SQLite` database, for one run.
///
/// No other run of the campaign can open it while this one lives.
#[derive(Debug)]
pub struct SqliteStore {
    connection: SqliteConnection,
    scope: Scope,
    place: Place,
    now: fn() -> Timestamp,
    desk: Desk,
    // Last, so that the campaign is free only once the connection is gone.
    lock: CampaignLock,
}

/// Which lines of the database are this run's.
#[derive(Debug, Clone)]
struct Scope {
    key: CampaignKey,
    run: i64,
}

/// What was applied, whether it is stored or not.
#[derive(Debug, Default)]
struct Desk {
    book: Book,
    /// Under which number people are stored.
    numbers: HashMap<ObjectId, i64>,
    /// The highest number of a row that is stored.
    last_row: u64,
    /// What is no change of rows or people, and not stored yet.
    apart: Option<Request>,
}

impl SqliteStore {
    /// The number of this run, counted from 1 within the campaign.
    pub fn run_number(&self) -> i64 {
        self.scope.run
    }

    /// Puts what `changes` are about into the book.
    async fn load(&mut self, changes: &[Change]) -> sqlx::Result<()> {
        let mut needs = Needs::of(changes, &self.desk.book);
        // What comes after the last row cannot be there.
        needs.rows.split_off(&(self.desk.last_row + 1));
        load::needs(&mut self.connection, &self.scope, needs, &mut self.desk).await
    }

    /// Makes sure that what is written now is found again.
    async fn check_place(&mut self) -> Result<(), CommitError> {
        if !self.place.holds() {
            return Err(rescue::rescue(&mut self.connection, &self.place.path).await);
        }
        if !self.lock.is_in_place() {
            return Err(CommitError::LockGone {
                lock: self.lock.path().to_owned(),
            });
        }
        Ok(())
    }
}

impl Store for SqliteStore {
    async fn apply(&mut self, batch: Vec<Request>) -> Result<Vec<Answer>, CommitError> {
        if ROOM < self.desk.book.len() {
            self.commit(Extent::Everything).await?;
        }
        let at = Moment::new(&self.scope.key.name, self.scope.run, (self.now)());
        let (changes, apart) = request::split(batch);
        self.desk.apart = apart;
        self.load(&changes).await?;
        let mut answers = Vec::with_capacity(changes.len() + 1);
        for change in changes {
            answers.push(self.desk.book.apply(&at, change)?);
        }
        answers.extend(self.desk.apart.as_ref().map(|_| Answer::Done));
        Ok(answers)
    }

    async fn commit(&mut self, extent: Extent) -> Result<(), CommitError> {
        self.check_place().await?;
        let due = self.desk.book.take_due(extent);
        let apart = self.desk.apart.take();
        let mut last_event = None;
        if !due.is_empty() || apart.is_some() {
            let at = Moment::new(&self.scope.key.name, self.scope.run, (self.now)());
            // Immediate, since a transaction that turns from reading to writing
            // cannot wait for another campaign's commit.
            let mut transaction = self.connection.begin_with("begin immediate").await?;
            last_event = save::due(&mut transaction, &self.scope, &mut self.desk, due).await?;
            if let Some(request) = &apart {
                save::apart(&mut transaction, &self.scope, &at, request).await?;
            }
            transaction.commit().await?;
        }
        if extent == Extent::Everything {
            self.desk.tidy();
        }
        if apart.is_some() {
            self.desk.clear();
        }
        if let Some(last_event) = last_event {
            self.lock.mark(last_event).map_err(sqlx::Error::Io)?;
        }
        Ok(())
    }

    async fn close(self) {
        // Everything is durable already; closing only folds the journal away.
        self.connection.close().await.ok();
    }
}

impl Desk {
    /// Lets go of whatever is stored and settled.
    fn tidy(&mut self) {
        self.book.tidy();
        let people = &self.book.people;
        self.numbers.retain(|id, _| people.get(id).is_some());
    }

    /// Keeps nothing but what is not stored in the database.
    fn clear(&mut self) {
        self.book.clear();
        self.numbers.clear();
    }
}
