//! Seeing what notifications teach while a run goes on.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use super::notices::NOTIFICATION;
use super::open::BUSY;
use super::{OpenError, ReadError, columns};
use crate::model::{ChatId, ObjectId};

/// Lines of the book have numbers, and one that a notification brought or
/// changed has the highest.
const NEWEST: &str = "select coalesce(max(rowid), 0) from address";

const SINCE: &str = "
    select rowid, object_id, chat_id, service_url from address
    where rowid > ? and tenant_id = ? and bot_id = ? and learnt_from = ?
    order by rowid limit 5000";

/// A chat that a notification taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Whose.
    pub person: ObjectId,
    /// The chat.
    pub chat: ChatId,
    /// Where Teams said their messages are taken.
    pub service_url: Option<String>,
}

/// Watches the address book of a bot for what notifications teach.
#[derive(Debug)]
pub struct AddressWatch {
    connection: SqliteConnection,
    tenant_id: String,
    bot_id: String,
    seen: i64,
}

impl AddressWatch {
    /// Watches from now on.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub async fn open(path: &Path, tenant_id: &str, bot_id: &str) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let seen = sqlx::query_scalar(NEWEST)
            .fetch_one(&mut connection)
            .await?;
        Ok(Self {
            connection,
            tenant_id: tenant_id.to_owned(),
            bot_id: bot_id.to_owned(),
            seen,
        })
    }

    /// The chats learnt since it was last asked, oldest first; of very many,
    /// some are left for the next time.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn news(&mut self) -> Result<Vec<Heard>, ReadError> {
        let newest: i64 = sqlx::query_scalar(NEWEST)
            .fetch_one(&mut self.connection)
            .await?;
        // Lower only where lines were forgotten and the file was written anew.
        if newest <= self.seen {
            self.seen = newest;
            return Ok(Vec::new());
        }
        let rows = sqlx::query(SINCE)
            .bind(self.seen)
            .bind(&self.tenant_id)
            .bind(&self.bot_id)
            .bind(NOTIFICATION)
            .fetch_all(&mut self.connection)
            .await?;
        let mut news = Vec::with_capacity(rows.len());
        for row in &rows {
            self.seen = row.try_get("rowid")?;
            let person = columns::id(row, "object_id", ObjectId::new)?;
            let chat = columns::id(row, "chat_id", ChatId::new)?;
            news.push(Heard {
                person: columns::needed("object_id", person)?,
                chat: columns::needed("chat_id", chat)?,
                service_url: row.try_get("service_url")?,
            });
        }
        if rows.is_empty() {
            self.seen = newest;
        }
        Ok(news)
    }

    /// Lets go of the ledger.
    pub async fn close(self) {
        // It only read; nothing is lost if that fails.
        self.connection.close().await.ok();
    }
}
