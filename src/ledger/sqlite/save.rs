//! Writing what is due, one statement per table.
//!
//! One statement for a thousand lines is some thirty times faster than a
//! thousand statements, even within one transaction.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::super::book::Moment;
use super::super::due::{Due, Happened};
use super::lines::{AddressLine, EventLine, Lines, PersonLine, RowLine};
use super::{Desk, Request, Scope};
use crate::model::ObjectId;

/// Lines of one statement. More at once would be no faster, and the text of
/// them all stands in memory several times.
const TOGETHER: usize = 1_000;

const NEWCOMERS: &str = "
    insert into recipient (campaign, number, object_id, profile, state, cause, chat_id,
                           installation_id, install, activity_id, http_status, code, request_id,
                           attempts, detail, wave, sending_since, delivered_at, claimed_run,
                           claimed_row)
    select ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
           value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11,
           value ->> 12, value ->> 13, value ->> 14, value ->> 15, value ->> 16, value ->> 17,
           value ->> 18
    from jsonb_each(?2)";

/// By number, so that the index of ids is left alone.
const KNOWN: &str = "
    update recipient set
        profile = value ->> 2, state = value ->> 3, cause = value ->> 4, chat_id = value ->> 5,
        installation_id = value ->> 6, install = value ->> 7, activity_id = value ->> 8,
        http_status = value ->> 9, code = value ->> 10, request_id = value ->> 11,
        attempts = value ->> 12, detail = value ->> 13, wave = value ->> 14,
        sending_since = value ->> 15, delivered_at = value ->> 16, claimed_run = value ->> 17,
        claimed_row = value ->> 18
    from jsonb_each(?1) where recipient.number = value ->> 0";

const ROWS: &str = "
    insert into row (campaign, number, label, user, recipient, outcome, cause, http_status, code,
                     request_id, attempts, detail)
    select ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
           value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10
    from jsonb_each(?2) where true
    on conflict (campaign, number) do update set
        label = excluded.label, user = excluded.user, recipient = excluded.recipient,
        outcome = excluded.outcome, cause = excluded.cause,
        http_status = excluded.http_status, code = excluded.code,
        request_id = excluded.request_id, attempts = excluded.attempts,
        detail = excluded.detail";

const EVENTS: &str = "
    insert into event (recipient, run, at, name, fact)
    select value ->> 0, ?1, value ->> 1, value ->> 2, value ->> 3
    from jsonb_each(?2)";

/// What others have learnt of the person meanwhile stays.
const ADDRESSES_LEARNT: &str = "
    insert into address (tenant_id, bot_id, object_id, chat_id, installed, learnt_from, learnt_at,
                         used_at, member_id, service_url)
    select ?1, ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
           value ->> 6, value ->> 7
    from jsonb_each(?3) where true
    on conflict (tenant_id, bot_id, object_id) do update set
        chat_id = excluded.chat_id, installed = excluded.installed,
        learnt_from = excluded.learnt_from, learnt_at = excluded.learnt_at,
        used_at = excluded.used_at,
        member_id = coalesce(excluded.member_id, address.member_id),
        service_url = coalesce(excluded.service_url, address.service_url)
    where address.learnt_at <= excluded.learnt_at";

/// Only the chat that was found stale: another may have been learnt since.
const ADDRESSES_FORGOTTEN: &str = "
    delete from address where tenant_id = ? and bot_id = ?
    and (object_id, chat_id) in (select value ->> 0, value ->> 1 from jsonb_each(?))";

/// Writes what is due of the desk's book, and tells the number of the last
/// event, if there is one.
pub(super) async fn due(
    connection: &mut SqliteConnection,
    scope: &Scope,
    desk: &mut Desk,
    due: Due,
) -> sqlx::Result<Option<i64>> {
    let Due {
        people: mut due_people,
        rows: due_rows,
        addresses: due_addresses,
        stale: due_stale,
        events: due_events,
    } = due;
    // In the order of the input, in which they will be written to: neighbours
    // there are neighbours on the disk.
    due_people.sort_by_cached_key(|id| {
        let person = desk.book.people.get(id);
        person.and_then(|person| Some(person.claim.as_ref()?.row))
    });
    // People first: rows and events refer to them.
    for ids in due_people.chunks(TOGETHER) {
        people(connection, scope, desk, ids).await?;
    }
    for numbers in due_rows.chunks(TOGETHER) {
        rows(connection, scope, desk, numbers).await?;
    }
    // What is stale goes first: it may have been found to be right again.
    for stale in due_stale.chunks(TOGETHER) {
        let mut lines = Lines::default();
        for line in stale {
            lines.push(line)?;
        }
        addresses(connection, scope, ADDRESSES_FORGOTTEN, lines).await?;
    }
    for ids in due_addresses.chunks(TOGETHER) {
        let mut lines = Lines::default();
        for id in ids {
            if let Some(address) = desk.book.addresses.get(id) {
                lines.push(&AddressLine(id, address))?;
            }
        }
        addresses(connection, scope, ADDRESSES_LEARNT, lines).await?;
    }
    let mut last_event = None;
    for happened in due_events.chunks(TOGETHER) {
        last_event = Some(events(connection, scope, desk, happened).await?);
    }
    let Some(last_event) = last_event else {
        return Ok(None);
    };
    sqlx::query("update campaign set last_event = ? where name = ?")
        .bind(last_event)
        .bind(&scope.key.name)
        .execute(connection)
        .await?;
    Ok(Some(last_event))
}

/// Writes what is no change of rows or people.
pub(super) async fn apart(
    connection: &mut SqliteConnection,
    scope: &Scope,
    at: &Moment,
    request: &Request,
) -> sqlx::Result<()> {
    match request {
        Request::Change(_) | Request::Settle => Ok(()),
        Request::CloseAudience(rows) => close_audience(connection, scope, *rows).await,
        Request::KeepChanges(link) => keep_changes(connection, scope, at, link.as_deref()).await,
        Request::FinishRun(code) => finish_run(connection, scope, at, *code).await,
    }
}

async fn people(
    connection: &mut SqliteConnection,
    scope: &Scope,
    desk: &mut Desk,
    ids: &[ObjectId],
) -> sqlx::Result<()> {
    let (mut newcomers, mut known) = (Lines::default(), Lines::default());
    let mut last = None;
    for id in ids {
        let Some(person) = desk.book.people.get(id) else {
            continue;
        };
        if let Some(number) = desk.numbers.get(id) {
            known.push(&PersonLine(*number, id, person))?;
            continue;
        }
        let number = 1 + match last {
            Some(number) => number,
            // Other campaigns add people too.
            None => last_number(connection).await?,
        };
        last = Some(number);
        newcomers.push(&PersonLine(number, id, person))?;
        desk.numbers.insert(id.clone(), number);
    }
    if !newcomers.is_empty() {
        write(connection, NEWCOMERS, scope, newcomers).await?;
    }
    if !known.is_empty() {
        sqlx::query(KNOWN)
            .bind(known.into_text()?)
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn last_number(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("select coalesce(max(number), 0) from recipient")
        .fetch_one(connection)
        .await
}

async fn rows(
    connection: &mut SqliteConnection,
    scope: &Scope,
    desk: &mut Desk,
    numbers: &[u64],
) -> sqlx::Result<()> {
    let mut lines = Lines::default();
    for key in numbers {
        let Some(row) = desk.book.rows.get(key) else {
            continue;
        };
        let person = match &row.object_id {
            Some(id) => Some(number(&desk.numbers, id)?),
            None => None,
        };
        lines.push(&RowLine(*key, person, row))?;
        desk.last_row = desk.last_row.max(*key);
    }
    if lines.is_empty() {
        return Ok(());
    }
    write(connection, ROWS, scope, lines).await
}

/// Under which number somebody is stored.
fn number(numbers: &HashMap<ObjectId, i64>, id: &ObjectId) -> sqlx::Result<i64> {
    let number = numbers.get(id).copied();
    number.ok_or_else(|| sqlx::Error::Protocol(format!("{id} has no number")))
}

async fn addresses(
    connection: &mut SqliteConnection,
    scope: &Scope,
    statement: &'static str,
    lines: Lines,
) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    sqlx::query(statement)
        .bind(&scope.key.tenant_id)
        .bind(&scope.key.bot_id)
        .bind(lines.into_text()?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes events, and tells the number of the last.
async fn events(
    connection: &mut SqliteConnection,
    scope: &Scope,
    desk: &Desk,
    events: &[(ObjectId, Happened)],
) -> sqlx::Result<i64> {
    let mut lines = Lines::default();
    for (id, happened) in events {
        lines.push(&EventLine(number(&desk.numbers, id)?, happened))?;
    }
    let written = sqlx::query(EVENTS)
        .bind(scope.run)
        .bind(lines.into_text()?)
        .execute(connection)
        .await?;
    Ok(written.last_insert_rowid())
}

async fn write(
    connection: &mut SqliteConnection,
    statement: &'static str,
    scope: &Scope,
    lines: Lines,
) -> sqlx::Result<()> {
    sqlx::query(statement)
        .bind(&scope.key.name)
        .bind(lines.into_text()?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes what an earlier, longer input left behind.
async fn close_audience(
    connection: &mut SqliteConnection,
    scope: &Scope,
    rows: u64,
) -> sqlx::Result<()> {
    let rows = rows.cast_signed();
    let statements = [
        "delete from row where campaign = ?1 and number > ?3",
        "update recipient set claimed_run = null, claimed_row = null
         where campaign = ?1 and claimed_row > ?3",
        "update run set audience_rows = ?3 where campaign = ?1 and number = ?2",
    ];
    for statement in statements {
        sqlx::query(statement)
            .bind(&scope.key.name)
            .bind(scope.run)
            .bind(rows)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Keeps the link from which the next run reads who is new, or forgets it.
async fn keep_changes(
    connection: &mut SqliteConnection,
    scope: &Scope,
    at: &Moment,
    link: Option<&str>,
) -> sqlx::Result<()> {
    let campaign = &scope.key.name;
    match link {
        None => {
            sqlx::query("delete from changes where campaign = ?")
                .bind(campaign)
                .execute(connection)
                .await?
        }
        Some(link) => {
            sqlx::query("insert or replace into changes (campaign, link, at) values (?, ?, ?)")
                .bind(campaign)
                .bind(link)
                .bind(&at.now)
                .execute(connection)
                .await?
        }
    };
    Ok(())
}

/// Stamps the end of the run.
async fn finish_run(
    connection: &mut SqliteConnection,
    scope: &Scope,
    at: &Moment,
    exit_code: u8,
) -> sqlx::Result<()> {
    sqlx::query("update run set ended_at = ?, exit_code = ? where campaign = ? and number = ?")
        .bind(&at.now)
        .bind(exit_code)
        .bind(&scope.key.name)
        .bind(scope.run)
        .execute(connection)
        .await?;
    Ok(())
}
