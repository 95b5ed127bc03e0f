//! What Teams told of people, taken into the address book.
//!
//! Notices may come late and in any order, so each carries when it was true:
//! what the book learnt later stays. One that is late may still say what the
//! book lacks: under which id the bot knows the person, and where Teams takes
//! their messages.

use serde_json::{Value, json};
use sqlx::Connection;

use super::{AddressBook, CommitError};
use crate::model::{ChatId, MemberId, ObjectId};

/// What a line of the address book was learnt from that a notice brought.
pub(super) const NOTIFICATION: &str = "notification";

/// A line that is replaced gets a number past all others, by which
/// [`AddressWatch`](super::AddressWatch) finds it.
const HERE: &str = "
    insert or replace into address
    select ?1, ?2, new.value ->> 'object_id', new.value ->> 'chat_id',
           case old.installed when 'installed' then 'installed' else 'present' end,
           ?3, new.value ->> 'at', ?4,
           coalesce(new.value ->> 'member_id', old.member_id),
           coalesce(new.value ->> 'service_url', old.service_url)
    from json_each(?5) new
    left join address old on old.tenant_id = ?1 and old.bot_id = ?2
                         and old.object_id = new.value ->> 'object_id'
    where old.object_id is null or old.learnt_at <= new.value ->> 'at'";

const LATE: &str = "
    update address set
        member_id = coalesce(address.member_id, new.value ->> 'member_id'),
        service_url = coalesce(address.service_url, new.value ->> 'service_url')
    from json_each(?3) new
    where address.tenant_id = ?1 and address.bot_id = ?2
      and address.object_id = new.value ->> 'object_id'
      and (address.member_id is null or address.service_url is null)";

const GONE: &str = "
    delete from address where tenant_id = ?1 and bot_id = ?2
    and exists (select 1 from json_each(?3) gone
                where gone.value ->> 'object_id' = address.object_id
                  and address.learnt_at <= gone.value ->> 'at')";

/// What Teams told of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The person.
    pub person: ObjectId,
    /// When it was so, RFC 3339 UTC to the millisecond.
    pub at: String,
    /// What was so.
    pub presence: Presence,
}

/// Whether a person has the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// They have it.
    Here {
        /// Their chat with it.
        chat: ChatId,
        /// Under which id the bot knows them.
        member: Option<MemberId>,
        /// Where their messages are taken.
        service_url: Option<String>,
    },
    /// They had it.
    Gone,
}

impl AddressBook {
    /// Takes `notices` in at `now` with one commit. At most one of each person.
    ///
    /// # Errors
    ///
    /// [`CommitError`]; then none of them is in the book.
    pub async fn note(&mut self, notices: &[Notice], now: &str) -> Result<(), CommitError> {
        if !self.place.holds() {
            return Err(CommitError::Replaced);
        }
        let (here, gone): (Vec<Value>, Vec<Value>) = (lines(notices, here), lines(notices, gone));
        let mut transaction = self.connection.begin_with("begin immediate").await?;
        if !gone.is_empty() {
            sqlx::query(GONE)
                .bind(&self.tenant_id)
                .bind(&self.bot_id)
                .bind(Value::from(gone).to_string())
                .execute(&mut *transaction)
                .await?;
        }
        if !here.is_empty() {
            let here = Value::from(here).to_string();
            sqlx::query(HERE)
                .bind(&self.tenant_id)
                .bind(&self.bot_id)
                .bind(NOTIFICATION)
                .bind(now)
                .bind(&here)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(LATE)
                .bind(&self.tenant_id)
                .bind(&self.bot_id)
                .bind(&here)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

fn lines(notices: &[Notice], line: fn(&Notice) -> Option<Value>) -> Vec<Value> {
    notices.iter().filter_map(line).collect()
}

fn here(notice: &Notice) -> Option<Value> {
    match &notice.presence {
        Presence::Here {
            chat,
            member,
            service_url,
        } => Some(json!({
            "object_id": notice.person,
            "at": notice.at,
            "chat_id": chat,
            "member_id": member,
            "service_url": service_url,
        })),
        Presence::Gone => None,
    }
}

fn gone(notice: &Notice) -> Option<Value> {
    match notice.presence {
        Presence::Gone => Some(json!({ "object_id": notice.person, "at": notice.at })),
        Presence::Here { .. } => None,
    }
}
