//! Reading a ledger while a run may be going on.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::Mutex;

use super::super::{ReportRow, entry, entry::Recipient};
use super::OpenError;
use super::lock::CampaignLock;
use super::open::{self, BUSY};
use super::schema::{self, Format};
use super::{Doubtful, columns, doubts, load};
use crate::model::{Account, Outcome, State, Tally};

/// What becomes of each row, as [`entry::outcome`] has it, counted.
const TALLY: &str = "
    select kind, case when kind in ('skipped', 'failed') then cause end as cause, count(*) as rows
    from (select case when row.outcome is not null then row.outcome
                      when recipient.state in ('delivered', 'skipped', 'failed', 'in-doubt')
                      then recipient.state
                      when recipient.state = 'sending' then ?
                      else 'pending' end as kind,
                 case when row.outcome is not null then row.cause
                      else recipient.cause end as cause
          from row
          left join recipient on recipient.number = row.recipient
          where row.campaign = ?)
    group by 1, 2";

const LATEST_RUN: &str = "
    select * from run join campaign on campaign.name = run.campaign
    where campaign = ? order by number desc limit 1";

/// Reads what the ledger knows of one campaign, without disturbing a run.
#[derive(Debug)]
pub struct Reader {
    connection: Mutex<SqliteConnection>,
    campaign: String,
    /// No run is alive: whoever is in the middle of a send is in doubt.
    abandoned: bool,
}

/// When the latest run was, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The number of the run, counted from 1 within the campaign.
    pub run: i64,
    /// The message's fingerprint.
    pub message_fingerprint: String,
    /// The audience's fingerprint.
    pub audience_fingerprint: String,
    /// When the run began, RFC 3339 UTC.
    pub started_at: String,
    /// When it ended; nothing while it goes on, and after a crash.
    pub ended_at: Option<String>,
    /// Its exit code, once it has ended.
    pub exit_code: Option<u8>,
    /// When the people of the campaign were forgotten, RFC 3339 UTC.
    pub forgotten_at: Option<String>,
    /// Whether the run has read its list to the end.
    pub list_read: bool,
}

/// The ledger could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the ledger could not be read")]
pub struct ReadError {
    #[source]
    source: sqlx::Error,
}

impl From<sqlx::Error> for ReadError {
    fn from(source: sqlx::Error) -> Self {
        Self { source }
    }
}

impl Reader {
    /// Opens the ledger at `path` to read what it knows of `campaign`.
    ///
    /// # Errors
    ///
    /// [`OpenError`], where there is no ledger, no such campaign, or the format
    /// is not the one this version writes.
    pub async fn open(path: &Path, campaign: &str) -> Result<Self, OpenError> {
        let mut connection = read_only(path).await?;
        let known = is_known(&mut connection, campaign).await?;
        if !known {
            return Err(OpenError::UnknownCampaign {
                campaign: campaign.to_owned(),
            });
        }
        Ok(Self {
            connection: Mutex::new(connection),
            campaign: campaign.to_owned(),
            abandoned: !CampaignLock::is_held(path, campaign),
        })
    }

    /// Gives `take` every row of the report in order, as of one moment; it
    /// stops at the first error.
    ///
    /// Memory does not grow with the number of rows.
    ///
    /// # Errors
    ///
    /// A [`ReadError`], or whatever `take` returned.
    pub async fn each_row<E: From<ReadError>>(
        &self,
        mut take: impl FnMut(ReportRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut connection = self.connection.lock().await;
        // One transaction, so that every page is of the same moment.
        let mut moment = connection.begin().await.map_err(ReadError::from)?;
        let mut after = 0;
        loop {
            let page = load::page(&mut moment, &self.campaign, after);
            let page = page.await.map_err(ReadError::from)?;
            let Some((last, ..)) = page.last() else {
                return Ok(());
            };
            after = *last;
            for (_, row, person) in page {
                let person = person.map(|person| self.as_seen(person));
                take(entry::report_row(row, person))?;
            }
        }
    }

    /// Lets go of the ledger, so that whoever closes it after this is the last.
    pub async fn close(self) {
        // It only read; nothing is lost if that fails.
        self.connection.into_inner().close().await.ok();
    }

    /// The person as the next run would find them.
    fn as_seen(&self, mut person: Recipient) -> Recipient {
        if self.abandoned && matches!(person.state, State::Sending { .. }) {
            person.state = State::Settled(Outcome::InDoubt);
        }
        person
    }

    /// Counts what became of the rows.
    ///
    /// `rows` is what the audience had when the latest run had read it to its
    /// end, and until then what is there.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn account(&self) -> Result<Account, ReadError> {
        let mut connection = self.connection.lock().await;
        let mut moment = connection.begin().await?;
        let mut tally = Tally::default();
        let mid_send = if self.abandoned {
            "in-doubt"
        } else {
            "pending"
        };
        let counts = sqlx::query(TALLY)
            .bind(mid_send)
            .bind(&self.campaign)
            .fetch_all(&mut *moment)
            .await?;
        for count in &counts {
            let rows: i64 = count.try_get("rows")?;
            let kind = columns::kind_of(count.try_get("kind")?)?;
            tally.add(kind, columns::cause(count, "cause")?, rows.cast_unsigned());
        }
        let latest = sqlx::query(LATEST_RUN)
            .bind(&self.campaign)
            .fetch_one(&mut *moment)
            .await?;
        let rows: Option<i64> = latest.try_get("audience_rows")?;
        let rows = rows.map_or_else(|| tally.total(), i64::cast_unsigned);
        Ok(Account { rows, tally })
    }

    /// Everybody of whom it is not known whether the message reached them,
    /// those who wait longest first.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn doubtful(&self) -> Result<Vec<Doubtful>, ReadError> {
        let mut connection = self.connection.lock().await;
        Ok(doubts::doubtful(&mut connection, &self.campaign).await?)
    }

    /// How many people the latest run sent to although they were in doubt, so
    /// that they may see two messages.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn sent_again(&self) -> Result<u64, ReadError> {
        let mut connection = self.connection.lock().await;
        Ok(doubts::sent_again(&mut connection, &self.campaign).await?)
    }

    /// How often a chat that was known turned out to be stale.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn stale_chats(&self) -> Result<u64, ReadError> {
        let mut connection = self.connection.lock().await;
        let count: i64 = sqlx::query_scalar(
            "select count(*) from event join recipient on recipient.number = event.recipient
             where event.name = 'chat-forgotten' and recipient.campaign = ?",
        )
        .bind(&self.campaign)
        .fetch_one(&mut *connection)
        .await?;
        Ok(count.cast_unsigned())
    }

    /// The link from which the next run reads who is new in the directory.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn changes(&self) -> Result<Option<String>, ReadError> {
        let mut connection = self.connection.lock().await;
        let link = sqlx::query_scalar("select link from changes where campaign = ?")
            .bind(&self.campaign)
            .fetch_optional(&mut *connection)
            .await?;
        Ok(link)
    }

    /// What the latest run was.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn latest_run(&self) -> Result<RunFacts, ReadError> {
        let mut connection = self.connection.lock().await;
        let run = sqlx::query(LATEST_RUN)
            .bind(&self.campaign)
            .fetch_one(&mut *connection)
            .await?;
        Ok(RunFacts {
            run: run.try_get("number")?,
            message_fingerprint: run.try_get("message_fingerprint")?,
            audience_fingerprint: run.try_get("audience_fingerprint")?,
            started_at: run.try_get("started_at")?,
            ended_at: run.try_get("ended_at")?,
            exit_code: run.try_get("exit_code")?,
            forgotten_at: run.try_get("forgotten_at")?,
            list_read: run.try_get::<Option<i64>, _>("audience_rows")?.is_some(),
        })
    }
}

/// Connects to the ledger at `path` to read it, which creates and changes
/// nothing.
pub(super) async fn read_only(path: &Path) -> Result<SqliteConnection, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing {
            path: path.to_owned(),
        });
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let newest = schema::newest();
    match schema::format(&mut connection).await? {
        Format::Foreign => return Err(OpenError::NotALedger),
        Format::Number(found) if newest < found => {
            return Err(OpenError::TooNew { found, newest });
        }
        Format::Number(found) if found < newest => {
            return Err(OpenError::TooOld { found, newest });
        }
        Format::Empty | Format::Number(_) => {}
    }
    Ok(connection)
}

async fn is_known(connection: &mut SqliteConnection, campaign: &str) -> sqlx::Result<bool> {
    // An empty file, as a run leaves it that was stopped while it made it.
    if schema::format(connection).await? == Format::Empty {
        return Ok(false);
    }
    open::is_known(connection, campaign).await
}
