//! Whom earlier runs left in doubt.

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::columns;
use crate::model::{ChatId, ContentPrint, ObjectId, Outcome, State};

/// Everybody who may or may not have the message, with each attempt on record.
const DOUBTFUL: &str = "
    select recipient.object_id, state, chat_id, min(event.at) as first, max(event.at) as last,
           json_group_array(distinct fact ->> 'content')
               filter (where fact ->> 'content' is not null) as contents
    from recipient
    join event on event.recipient = recipient.number and event.name = 'send-started'
    where recipient.campaign = ? and state in ('sending', 'in-doubt')
    group by recipient.number
    order by first, recipient.object_id";

/// Whoever was armed again in a run while the last that was known was a doubt,
/// and then sent to.
const SENT_AGAIN: &str = "
    select count(distinct armed.recipient) from event as armed
    join recipient on recipient.number = armed.recipient
    where recipient.campaign = ?1 and armed.name = 'rearmed'
      and armed.run = (select max(number) from run where campaign = ?1)
      and (select before.name from event as before
           where before.recipient = armed.recipient and before.number < armed.number
             and before.name in ('left-in-doubt', 'doubt-remained', 'failed', 'skipped')
           order by before.number desc limit 1) in ('left-in-doubt', 'doubt-remained')
      and exists (select 1 from event as sent
                  where sent.recipient = armed.recipient
                    and sent.number > armed.number and sent.name = 'send-started')";

/// Somebody of whom it is not known whether the message reached them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubtful {
    /// Who.
    pub person: ObjectId,
    /// Where they stand: in doubt, or in the middle of a send.
    pub state: State,
    /// Where it was sent.
    pub chat: ChatId,
    /// When the first attempt was about to be made.
    pub first_tried: Timestamp,
    /// When the last one was.
    pub last_tried: Timestamp,
    /// What was about to be sent, as far as it can be recognised.
    pub contents: Vec<ContentPrint>,
}

/// Everybody of `campaign` who is in doubt, those who wait longest first.
pub(super) async fn doubtful(
    connection: &mut SqliteConnection,
    campaign: &str,
) -> sqlx::Result<Vec<Doubtful>> {
    let found = sqlx::query(DOUBTFUL).bind(campaign).fetch_all(connection);
    found.await?.iter().map(doubt).collect()
}

/// How many people of `campaign` the latest run sent to although they were in
/// doubt, so that they may see two messages.
pub(super) async fn sent_again(
    connection: &mut SqliteConnection,
    campaign: &str,
) -> sqlx::Result<u64> {
    let count = sqlx::query_scalar(SENT_AGAIN).bind(campaign);
    count.fetch_one(connection).await.map(i64::cast_unsigned)
}

fn doubt(row: &SqliteRow) -> sqlx::Result<Doubtful> {
    let person = columns::id(row, "object_id", ObjectId::new)?;
    let chat = columns::needed("chat_id", columns::id(row, "chat_id", ChatId::new)?)?;
    let contents: &str = row.try_get("contents")?;
    let contents =
        serde_json::from_str(contents).map_err(|error| columns::damaged("contents", error))?;
    let state = match row.try_get("state")? {
        "sending" => State::Sending { chat: chat.clone() },
        _ => State::Settled(Outcome::InDoubt),
    };
    Ok(Doubtful {
        person: columns::needed("object_id", person)?,
        state,
        chat,
        first_tried: time(row, "first")?,
        last_tried: time(row, "last")?,
        contents,
    })
}

fn time(row: &SqliteRow, column: &str) -> sqlx::Result<Timestamp> {
    let text: &str = row.try_get(column)?;
    text.parse()
        .map_err(|error: jiff::Error| columns::damaged(column, error))
}
