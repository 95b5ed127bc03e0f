//! Removing what a ledger knows of people, and keeping the counts.
//!
//! Deleted lines leave their bytes behind in the file, in its free pages and
//! in the journal. So deleting is `secure_delete`, the file is written anew
//! (`vacuum`) and the journal is emptied.

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::super::book::written;
use super::lock::{CampaignLock, OpeningLock};
use super::{OpenError, open};
use crate::ledger::CommitError;

/// Campaigns of which nothing happened since, and how much is known of them.
const PAST: &str = "
    select name, active, (select count(*) from row where row.campaign = name),
           (select count(*) from recipient where recipient.campaign = name)
    from (select name, max(
              coalesce((select max(coalesce(ended_at, started_at))
                        from run where run.campaign = name), created_at),
              coalesce((select at from event where event.number = last_event), '')) as active
          from campaign where forgotten_at is null)
    where active < ? order by active, name";

/// What becomes of a row is from now on its own, since its person goes.
const ROWS: &str = "
    update row set
        outcome = coalesce(outcome, (
            select case state when 'sending' then 'in-doubt' else state end from recipient
            where recipient.number = row.recipient
              and state in ('delivered', 'skipped', 'failed', 'in-doubt', 'sending'))),
        cause = case when outcome is not null then cause else (
            select cause from recipient
            where recipient.number = row.recipient) end,
        label = '', user = '', recipient = null, http_status = null, code = null,
        request_id = null, attempts = 0, detail = null
    where campaign in (select value from json_each(?))";

const EVENTS: &str = "
    delete from event where recipient in (
        select number from recipient where campaign in (select value from json_each(?)))";

const PEOPLE: &str = "delete from recipient where campaign in (select value from json_each(?))";

const CHANGES: &str = "delete from changes where campaign in (select value from json_each(?))";

const CAMPAIGNS: &str = "
    update campaign set forgotten_at = ?2 where name in (select value from json_each(?1))";

/// A campaign whose people are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastCampaign {
    /// Its name.
    pub name: String,
    /// When something last happened in it, RFC 3339 UTC.
    pub active: String,
    /// Rows of its list; their number and outcomes stay.
    pub rows: u64,
    /// People known of it; they go.
    pub people: u64,
}

/// A ledger that is about to forget; no run can begin while this lives.
#[derive(Debug)]
pub struct Forgetting {
    connection: SqliteConnection,
    campaigns: Vec<PastCampaign>,
    addresses: u64,
    before: String,
    // Last, so that others get in only once the connection is gone.
    _locks: Vec<CampaignLock>,
    _opening: OpeningLock,
}

impl Forgetting {
    /// Finds what the ledger at `path` knows of people that was last of use
    /// before `before`. Nothing is changed yet.
    ///
    /// # Errors
    ///
    /// [`OpenError`], among them that a run of any campaign is alive.
    pub async fn begin(path: &Path, before: Timestamp) -> Result<Self, OpenError> {
        if !path.exists() {
            let path = path.to_owned();
            return Err(OpenError::Missing { path });
        }
        let path = &path.canonicalize().map_err(OpenError::file)?;
        let opening = OpeningLock::take(path).await.map_err(OpenError::file)?;
        let mut connection = open::connect(path).await?;
        let names: Vec<String> = sqlx::query_scalar("select name from campaign")
            .fetch_all(&mut connection)
            .await?;
        let mut locks = Vec::with_capacity(names.len());
        for name in &names {
            locks.push(open::claim(path, name).await?);
        }
        let before = written(before);
        let campaigns: Vec<(String, String, i64, i64)> = sqlx::query_as(PAST)
            .bind(&before)
            .fetch_all(&mut connection)
            .await?;
        let addresses: i64 = sqlx::query_scalar("select count(*) from address where used_at < ?")
            .bind(&before)
            .fetch_one(&mut connection)
            .await?;
        let past = campaigns.into_iter();
        Ok(Self {
            connection,
            campaigns: past
                .map(|(name, active, rows, people)| PastCampaign {
                    name,
                    active,
                    rows: rows.cast_unsigned(),
                    people: people.cast_unsigned(),
                })
                .collect(),
            addresses: addresses.cast_unsigned(),
            before,
            _locks: locks,
            _opening: opening,
        })
    }

    /// The campaigns whose people would be forgotten, oldest first.
    pub fn campaigns(&self) -> &[PastCampaign] {
        &self.campaigns
    }

    /// How many entries of the address book would be forgotten.
    pub fn addresses(&self) -> u64 {
        self.addresses
    }

    /// Forgets them, so that not a byte is left in the ledger's files.
    ///
    /// Outcomes and causes stay with their rows, so that the account of each
    /// campaign is as it was. The campaigns cannot be run again.
    ///
    /// # Errors
    ///
    /// [`CommitError`]; then some of it may still be there, and forgetting
    /// again removes it.
    pub async fn forget(mut self, now: Timestamp) -> Result<(), CommitError> {
        let names: Vec<&str> = self.campaigns.iter().map(|past| &*past.name).collect();
        let names = json!(names).to_string();
        let connection = &mut self.connection;
        // Of each person who goes, all rows would be asked whether they refer
        // to them; none does by then.
        for setting in ["pragma secure_delete = on", "pragma foreign_keys = off"] {
            sqlx::query(setting).execute(&mut *connection).await?;
        }
        let mut transaction = connection.begin_with("begin immediate").await?;
        for statement in [ROWS, EVENTS, PEOPLE, CHANGES] {
            sqlx::query(statement)
                .bind(&names)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(CAMPAIGNS)
            .bind(&names)
            .bind(written(now))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("delete from address where used_at < ?")
            .bind(&self.before)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        sweep(connection).await?;
        self.connection.close().await?;
        Ok(())
    }
}

/// Leaves nothing in the files but what the tables hold.
async fn sweep(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("vacuum").execute(&mut *connection).await?;
    let (busy, ..): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(truncate)")
        .fetch_one(connection)
        .await?;
    if busy == 0 {
        Ok(())
    } else {
        // Somebody is reading it for longer than a commit waits.
        Err(sqlx::Error::Io(std::io::ErrorKind::ResourceBusy.into()))
    }
}
