//! Opening a ledger for a run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use tokio::time::sleep;

use super::super::CampaignKey;
use super::super::book::Moment;
use super::lock::{self, CampaignLock, OpeningLock};
use super::place::{self, Place};
use super::rescue;
use super::schema::{self, Format};
use super::{Desk, OpenError, Scope, SqliteStore};

/// How long a commit waits for those of other campaigns in the same ledger.
pub(super) const BUSY: Duration = Duration::from_mins(1);

/// Kilobytes of the database kept in memory, as `SQLite` counts them: the
/// indices of some fifty thousand people.
const CACHE: &str = "-16000";

/// Longer than a reader holds the lock it only looks at.
const READERS_LOOK: Duration = Duration::from_millis(50);

/// What a campaign would send, and to whom, each in one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprints {
    /// Of the message.
    pub message: String,
    /// Of the audience.
    pub audience: String,
}

/// What a ledger is opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To send a message to an audience.
    Send {
        /// Which message, to whom.
        fingerprints: Fingerprints,
        /// Whether it may be another message than people were sent before.
        accept_changed: bool,
    },
    /// To settle what earlier runs of the campaign left open.
    Settle,
}

/// Opens the ledger at `path` and begins a run of the campaign; to send, it is
/// created if need be.
///
/// # Errors
///
/// [`OpenError`]; nothing was changed then, except that the ledger may exist.
pub async fn open_sqlite(
    path: &Path,
    key: &CampaignKey,
    purpose: &Purpose,
    now: fn() -> Timestamp,
) -> Result<SqliteStore, OpenError> {
    if *purpose == Purpose::Settle && !path.exists() {
        return Err(OpenError::Missing {
            path: path.to_owned(),
        });
    }
    let path = &locate(path)?;
    let mut lock = claim(path, &key.name).await?;
    let opening = OpeningLock::take(path).await.map_err(OpenError::file)?;
    let mut connection = connect(path).await?;
    drop(opening);
    let place = Place::of(path).map_err(OpenError::file)?;

    let known_once = lock.is_marked().map_err(OpenError::file)?;
    if known_once && !is_known(&mut connection, &key.name).await? {
        // In good order, or its journal might meet the ledger that is put back.
        connection.close().await?;
        return Err(OpenError::Lost {
            campaign: key.name.clone(),
            lock: lock.path().to_owned(),
        });
    }
    let mut transaction = connection.begin_with("begin immediate").await?;
    let at = Moment::new(&key.name, 0, now());
    check_campaign(&mut transaction, key, purpose).await?;
    let last_event = last_event(&mut transaction, &key.name).await?;
    let remembered = lock.last_event().map_err(OpenError::file)?;
    if last_event < remembered {
        transaction.rollback().await?;
        connection.close().await?;
        return Err(OpenError::Older {
            campaign: key.name.clone(),
            last_event,
            remembered,
            lock: lock.path().to_owned(),
        });
    }
    if let Purpose::Send { fingerprints, .. } = purpose {
        note_campaign(&mut transaction, key, fingerprints, &at).await?;
    }
    let run = begin_run(&mut transaction, key, purpose, &at).await?;
    let last_row = last_row(&mut transaction, &key.name).await?;
    transaction.commit().await?;
    lock.mark(last_event).map_err(OpenError::file)?;
    Ok(SqliteStore {
        connection,
        scope: Scope {
            key: key.clone(),
            run,
        },
        place,
        now,
        desk: Desk {
            last_row,
            ..Desk::default()
        },
        lock,
    })
}

/// The one spelling of the path to a ledger, which is made if there is none.
pub(super) fn locate(path: &Path) -> Result<PathBuf, OpenError> {
    let rescued = rescue::copy_of(path);
    if !path.exists() && rescued.exists() {
        return Err(OpenError::OnlyRescued { copy: rescued });
    }
    // SQLite would make it readable for everyone; its companions inherit.
    lock::private_file(path).map_err(OpenError::file)?;
    // One ledger has one set of locks, however its path is spelled.
    let path = path.canonicalize().map_err(OpenError::file)?;
    let names = place::names(&path).map_err(OpenError::file)?;
    if 1 < names {
        return Err(OpenError::ManyNames { names });
    }
    Ok(path)
}

/// Takes the campaign's lock, which no run may hold.
pub(super) async fn claim(path: &Path, campaign: &str) -> Result<CampaignLock, OpenError> {
    let take = || CampaignLock::try_take(path, campaign).map_err(OpenError::file);
    let mut lock = take()?;
    if lock.is_none() {
        // Somebody who reads looks at the lock for a moment.
        sleep(READERS_LOOK).await;
        lock = take()?;
    }
    lock.ok_or_else(|| OpenError::InUse {
        campaign: campaign.to_owned(),
    })
}

/// Connects to the ledger at `path` in the newest format.
pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", CACHE)
        .busy_timeout(BUSY);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    match schema::format(&mut connection).await? {
        Format::Foreign => return Err(OpenError::NotALedger),
        Format::Number(found) if schema::newest() < found => {
            let newest = schema::newest();
            return Err(OpenError::TooNew { found, newest });
        }
        Format::Empty | Format::Number(_) => schema::migrate(&mut connection).await?,
    }
    Ok(connection)
}

/// Whether the campaign was ever run into this ledger.
pub(super) async fn is_known(
    connection: &mut SqliteConnection,
    campaign: &str,
) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select 1 from campaign where name = ?)")
        .bind(campaign)
        .fetch_one(connection)
        .await
}

/// The number of the last event on record of the campaign; zero without one.
pub(super) async fn last_event(
    connection: &mut SqliteConnection,
    campaign: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar("select last_event from campaign where name = ?")
        .bind(campaign)
        .fetch_optional(connection)
        .await
        .map(Option::unwrap_or_default)
}

/// The number of the last row on record of the campaign; zero without one.
async fn last_row(connection: &mut SqliteConnection, campaign: &str) -> sqlx::Result<u64> {
    sqlx::query_scalar("select coalesce(max(number), 0) from row where campaign = ?")
        .bind(campaign)
        .fetch_one(connection)
        .await
        .map(i64::cast_unsigned)
}

/// Makes sure that this run continues what the name stands for.
pub(super) async fn check_campaign(
    connection: &mut SqliteConnection,
    key: &CampaignKey,
    purpose: &Purpose,
) -> Result<(), OpenError> {
    let known: Option<(String, String, String, Option<String>)> = sqlx::query_as(
        "select tenant_id, bot_id, message_fingerprint, forgotten_at from campaign where name = ?",
    )
    .bind(&key.name)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((tenant_id, bot_id, message, forgotten_at)) = known else {
        return match purpose {
            Purpose::Send { .. } => Ok(()),
            Purpose::Settle => Err(OpenError::UnknownCampaign {
                campaign: key.name.clone(),
            }),
        };
    };
    if let Some(at) = forgotten_at {
        let campaign = key.name.clone();
        return Err(OpenError::Forgotten { campaign, at });
    }
    if tenant_id != key.tenant_id {
        return Err(OpenError::OtherTenant {
            campaign: key.name.clone(),
            recorded: tenant_id,
            current: key.tenant_id.clone(),
        });
    }
    if bot_id != key.bot_id {
        return Err(OpenError::OtherBot {
            campaign: key.name.clone(),
            recorded: bot_id,
            current: key.bot_id.clone(),
        });
    }
    if let Purpose::Send {
        fingerprints: current,
        accept_changed: false,
    } = purpose
        && message != current.message
        && anyone_was_sent_to(connection, key).await?
    {
        return Err(OpenError::MessageChanged {
            recorded: message,
            current: current.message.clone(),
        });
    }
    Ok(())
}

/// Notes what the campaign is now.
async fn note_campaign(
    connection: &mut SqliteConnection,
    key: &CampaignKey,
    current: &Fingerprints,
    at: &Moment,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into campaign (name, tenant_id, bot_id, message_fingerprint,
                               audience_fingerprint, created_at)
         values (?, ?, ?, ?, ?, ?)
         on conflict (name) do update set
             message_fingerprint = excluded.message_fingerprint,
             audience_fingerprint = excluded.audience_fingerprint",
    )
    .bind(&key.name)
    .bind(&key.tenant_id)
    .bind(&key.bot_id)
    .bind(&current.message)
    .bind(&current.audience)
    .bind(&at.now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether anyone got the message, or may have, even if they are re-armed now.
async fn anyone_was_sent_to(
    connection: &mut SqliteConnection,
    key: &CampaignKey,
) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select 1 from recipient where campaign = ?1
                        and state in ('sending', 'delivered', 'in-doubt'))
             or exists (select 1 from event
                        join recipient on recipient.number = event.recipient
                        where campaign = ?1 and event.name in ('delivered', 'found-delivered', 'left-in-doubt'))",
    )
    .bind(&key.name)
    .fetch_one(connection)
    .await
}

/// Begins a run. One that only settles leaves the audience as it is.
async fn begin_run(
    connection: &mut SqliteConnection,
    key: &CampaignKey,
    purpose: &Purpose,
    at: &Moment,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "insert into run (campaign, number, started_at, audience_rows)
         select ?1, coalesce(max(number), 0) + 1, ?2,
                case when ?3 then (select audience_rows from run where campaign = ?1
                                   order by number desc limit 1) end
         from run where campaign = ?1
         returning number",
    )
    .bind(&key.name)
    .bind(&at.now)
    .bind(*purpose == Purpose::Settle)
    .fetch_one(connection)
    .await
}
