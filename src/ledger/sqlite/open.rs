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
use super::schema::{self, Format};
use super::{Scope, SqliteStore};

/// How long a commit waits for those of other campaigns in the same ledger.
pub(super) const BUSY: Duration = Duration::from_mins(1);

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

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer version of the program wrote it.
    #[error("it has format {found}, this version reads up to {newest}")]
    TooNew {
        /// The format number found.
        found: i64,
        /// The newest format number this version understands.
        newest: i64,
    },
    /// An older version of the program wrote it, and it is opened to be read.
    #[error("it has format {found}; a run of this version brings it to format {newest}")]
    TooOld {
        /// The format number found.
        found: i64,
        /// The format number this version reads.
        newest: i64,
    },
    /// Another run of the campaign is going on.
    #[error("another run of campaign `{campaign}` is using it")]
    InUse {
        /// The campaign.
        campaign: String,
    },
    /// The campaign was run in another tenant.
    #[error("campaign `{campaign}` belongs to tenant {recorded}, not to {current}")]
    OtherTenant {
        /// The campaign.
        campaign: String,
        /// The tenant it was run in.
        recorded: String,
        /// The tenant of this run.
        current: String,
    },
    /// The campaign was run with another bot.
    #[error("campaign `{campaign}` belongs to bot {recorded}, not to {current}")]
    OtherBot {
        /// The campaign.
        campaign: String,
        /// The bot it was run with.
        recorded: String,
        /// The bot of this run.
        current: String,
    },
    /// Some people may have got another message already.
    #[error(
        "the message has changed since people were sent it (its fingerprint was {recorded} and is \
         {current}); give the campaign a new name, or --accept-changed-message to send the new one \
         to those who have none"
    )]
    MessageChanged {
        /// The fingerprint of the message that was sent.
        recorded: String,
        /// The fingerprint of the message now.
        current: String,
    },
    /// There is no such file.
    #[error("there is no ledger at `{}`", .path.display())]
    Missing {
        /// Where it was expected.
        path: PathBuf,
    },
    /// The campaign was never run into this ledger.
    #[error("it knows no campaign `{campaign}`")]
    UnknownCampaign {
        /// The campaign.
        campaign: String,
    },
    /// The file is a database of some other program.
    #[error("it is a database, but no ledger")]
    NotALedger,
    /// The file or the database in it cannot be used.
    #[error("the database cannot be used")]
    Unusable {
        /// What went wrong.
        #[source]
        source: sqlx::Error,
    },
}

impl From<sqlx::Error> for OpenError {
    fn from(source: sqlx::Error) -> Self {
        Self::Unusable { source }
    }
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
    // SQLite would make it readable for everyone; its companions inherit.
    lock::private_file(path).map_err(sqlx::Error::from)?;
    // One ledger has one set of locks, however its path is spelled.
    let path = &path.canonicalize().map_err(sqlx::Error::from)?;
    let take = || CampaignLock::try_take(path, &key.name).map_err(sqlx::Error::from);
    let mut lock = take()?;
    if lock.is_none() {
        // Somebody who reads looks at the lock for a moment.
        sleep(READERS_LOOK).await;
        lock = take()?;
    }
    let lock = lock.ok_or_else(|| OpenError::InUse {
        campaign: key.name.clone(),
    })?;
    let opening = OpeningLock::take(path).await.map_err(sqlx::Error::from)?;
    let mut connection = connect(path).await?;
    drop(opening);

    let mut transaction = connection.begin_with("begin immediate").await?;
    let at = Moment::new(0, now());
    check_campaign(&mut transaction, key, purpose).await?;
    if let Purpose::Send { fingerprints, .. } = purpose {
        note_campaign(&mut transaction, key, fingerprints, &at).await?;
    }
    let run = begin_run(&mut transaction, key, purpose, &at).await?;
    transaction.commit().await?;
    Ok(SqliteStore {
        connection,
        scope: Scope {
            key: key.clone(),
            run,
        },
        now,
        _lock: lock,
    })
}

async fn connect(path: &Path) -> Result<SqliteConnection, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
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

/// Makes sure that this run continues what the name stands for.
async fn check_campaign(
    connection: &mut SqliteConnection,
    key: &CampaignKey,
    purpose: &Purpose,
) -> Result<(), OpenError> {
    let known: Option<(String, String, String)> = sqlx::query_as(
        "select tenant_id, bot_id, message_fingerprint from campaign where name = ?",
    )
    .bind(&key.name)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((tenant_id, bot_id, message)) = known else {
        return match purpose {
            Purpose::Send { .. } => Ok(()),
            Purpose::Settle => Err(OpenError::UnknownCampaign {
                campaign: key.name.clone(),
            }),
        };
    };
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
        "insert into campaign values (?, ?, ?, ?, ?, ?)
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
             or exists (select 1 from event where campaign = ?1
                        and name in ('delivered', 'found-delivered', 'left-in-doubt'))",
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
