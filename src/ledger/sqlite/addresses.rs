//! The address book by itself, to bring it along and to take it away.

use std::path::Path;

use futures::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};

use super::lock::OpeningLock;
use super::place::Place;
use super::{CommitError, OpenError, ReadError, columns, open};
use crate::model::{ChatId, MemberId, ObjectId};

/// What is known later wins; what only one side knows is kept.
const IMPORT: &str = "
    insert into address
    select ?1, ?2, value ->> 'object_id', value ->> 'chat_id', null,
           value ->> 'learnt_from', value ->> 'learnt_at', ?3,
           value ->> 'member_id', value ->> 'service_url'
    from json_each(?4) where true
    on conflict (tenant_id, bot_id, object_id) do update set
        chat_id = excluded.chat_id, learnt_from = excluded.learnt_from,
        learnt_at = excluded.learnt_at, used_at = excluded.used_at,
        member_id = coalesce(excluded.member_id, address.member_id),
        service_url = coalesce(excluded.service_url, address.service_url)
    where address.learnt_at <= excluded.learnt_at";

const EXPORT: &str = "
    select * from address where tenant_id = ? and bot_id = ? order by object_id";

/// Where a bot reaches one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAddress {
    /// The person.
    pub person: ObjectId,
    /// Their chat with the bot.
    pub chat: ChatId,
    /// Under which id the bot knows them.
    pub member: Option<MemberId>,
    /// Where Teams said their messages are taken.
    pub service_url: Option<String>,
    /// The campaign, or whatever it was learnt from.
    pub learnt_from: String,
    /// When, RFC 3339 UTC.
    pub learnt_at: String,
}

/// What all campaigns of a bot know of its people.
#[derive(Debug)]
pub struct AddressBook {
    pub(super) connection: SqliteConnection,
    pub(super) place: Place,
    pub(super) tenant_id: String,
    pub(super) bot_id: String,
}

impl AddressBook {
    /// Opens the address book of a bot in the ledger at `path`, which is made
    /// if need be. Campaigns may run meanwhile.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub async fn open(path: &Path, tenant_id: &str, bot_id: &str) -> Result<Self, OpenError> {
        let path = &open::locate(path)?;
        let opening = OpeningLock::take(path).await.map_err(OpenError::file)?;
        let connection = open::connect(path).await?;
        drop(opening);
        let place = Place::of(path).map_err(OpenError::file)?;
        Ok(Self {
            connection,
            place,
            tenant_id: tenant_id.to_owned(),
            bot_id: bot_id.to_owned(),
        })
    }

    /// Gives `take` every address, in the order of object ids; it stops at the
    /// first error. Memory does not grow with their number.
    ///
    /// # Errors
    ///
    /// A [`ReadError`], or whatever `take` returned.
    pub async fn export<E: From<ReadError>>(
        &mut self,
        mut take: impl FnMut(KnownAddress) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = sqlx::query(EXPORT)
            .bind(&self.tenant_id)
            .bind(&self.bot_id)
            .fetch(&mut self.connection);
        while let Some(row) = rows.try_next().await.map_err(ReadError::from)? {
            take(address(&row).map_err(ReadError::from)?)?;
        }
        Ok(())
    }

    /// Takes `addresses` in at `now` with one commit, and says how many: one
    /// that was learnt before what the book has is left out.
    ///
    /// # Errors
    ///
    /// [`CommitError`]; then none of them is in the book.
    pub async fn import(
        &mut self,
        addresses: &[KnownAddress],
        now: &str,
    ) -> Result<u64, CommitError> {
        let lines: Vec<Value> = addresses.iter().map(line).collect();
        let mut transaction = self.connection.begin_with("begin immediate").await?;
        let done = sqlx::query(IMPORT)
            .bind(&self.tenant_id)
            .bind(&self.bot_id)
            .bind(now)
            .bind(Value::from(lines).to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    /// Lets go of the ledger in good order.
    pub async fn close(self) {
        // Everything is durable already; closing only folds the journal away.
        self.connection.close().await.ok();
    }
}

fn line(address: &KnownAddress) -> Value {
    json!({
        "object_id": address.person,
        "chat_id": address.chat,
        "member_id": address.member,
        "service_url": address.service_url,
        "learnt_from": address.learnt_from,
        "learnt_at": address.learnt_at,
    })
}

fn address(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<KnownAddress> {
    let person = columns::id(row, "object_id", ObjectId::new)?;
    let chat = columns::id(row, "chat_id", ChatId::new)?;
    Ok(KnownAddress {
        person: columns::needed("object_id", person)?,
        chat: columns::needed("chat_id", chat)?,
        member: columns::id(row, "member_id", MemberId::new)?,
        service_url: row.try_get("service_url")?,
        learnt_from: row.try_get("learnt_from")?,
        learnt_at: row.try_get("learnt_at")?,
    })
}
