//! Reading what changes are about, and the report, one statement per table.

use std::collections::HashMap;
use std::mem;

use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::super::entry::{Address, Recipient, RowEntry};
use super::super::needs::Needs;
use super::{Desk, Scope, columns};
use crate::model::{ChatId, MemberId, ObjectId};

/// Rows with whom they are bound to and, where that is somebody settled for whom
/// they stand, how.
const ROWS_FROM_TO: &str = "
    select row.*, recipient.object_id, recipient.cause as why,
           case when recipient.claimed_row = row.number
                 and recipient.state in ('delivered', 'skipped', 'failed', 'in-doubt')
                then recipient.state end as state
    from row left join recipient on recipient.number = row.recipient
    where row.campaign = ?1 and row.number between ?2 and ?3";

/// The same for rows that do not follow each other.
const ROWS_OF: &str = "
    select row.*, recipient.object_id, recipient.cause as why,
           case when recipient.claimed_row = row.number
                 and recipient.state in ('delivered', 'skipped', 'failed', 'in-doubt')
                then recipient.state end as state
    from row left join recipient on recipient.number = row.recipient
    where row.campaign = ?1 and row.number in (select value from json_each(?4))";

/// Rows of the report read at once.
const PAGE: i64 = 1_000;

/// Puts what is needed and stored on the desk.
pub(super) async fn needs(
    connection: &mut SqliteConnection,
    scope: &Scope,
    mut needs: Needs<'_>,
    desk: &mut Desk,
) -> sqlx::Result<()> {
    if !needs.rows.is_empty() {
        rows(connection, scope, &mut needs, desk).await?;
    }
    if !needs.people.is_empty() {
        people(connection, scope, &needs, desk).await?;
    }
    if !needs.addresses.is_empty() {
        addresses(connection, scope, needs, desk).await?;
    }
    Ok(())
}

/// The rows after number `after`, as many as make a page, each with its number
/// and the person it is bound to.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    campaign: &str,
    after: u64,
) -> sqlx::Result<Vec<(u64, RowEntry, Option<Recipient>)>> {
    let found = sqlx::query(
        "select row.*, recipient.object_id from row
         left join recipient on recipient.number = row.recipient
         where row.campaign = ? and row.number > ? order by row.number limit ?",
    )
    .bind(campaign)
    .bind(after.cast_signed())
    .bind(PAGE)
    .fetch_all(&mut *connection)
    .await?;
    let mut rows = Vec::with_capacity(found.len());
    let mut last = after;
    for row in &found {
        let number: i64 = row.try_get("number")?;
        last = number.cast_unsigned();
        let person: Option<i64> = row.try_get("recipient")?;
        rows.push((last, columns::row_entry(row)?, person));
    }
    // Several rows may be bound to one person.
    let bound = sqlx::query(
        "select recipient.*, null as claimed_label from recipient
         where number in (select recipient from row
                          where campaign = ? and number > ? and number <= ?)",
    )
    .bind(campaign)
    .bind(after.cast_signed())
    .bind(last.cast_signed())
    .fetch_all(connection)
    .await?;
    let mut people: HashMap<i64, Recipient> = HashMap::with_capacity(bound.len());
    for person in &bound {
        people.insert(person.try_get("number")?, columns::recipient(person)?);
    }
    let lines = rows.into_iter().map(|(number, row, person)| {
        let person = person.and_then(|person| people.get(&person));
        (number, row, person.cloned())
    });
    Ok(lines.collect())
}

async fn rows(
    connection: &mut SqliteConnection,
    scope: &Scope,
    needs: &mut Needs<'_>,
    desk: &mut Desk,
) -> sqlx::Result<()> {
    let numbers = mem::take(&mut needs.rows);
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
        return Ok(());
    };
    // Nearly always they follow each other.
    let are_all = last - first + 1 == numbers.len() as u64;
    let found = sqlx::query(if are_all { ROWS_FROM_TO } else { ROWS_OF })
        .bind(&scope.key.name)
        .bind(first.cast_signed())
        .bind(last.cast_signed())
        .bind((!are_all).then(|| json!(numbers).to_string()))
        .fetch_all(connection)
        .await?;
    for row in &found {
        let number: i64 = row.try_get("number")?;
        let mut entry = columns::settled_row(row)?;
        needs.loaded(number.cast_unsigned(), &mut entry, &desk.book);
        desk.book.rows.load(number.cast_unsigned(), entry);
    }
    Ok(())
}

async fn people(
    connection: &mut SqliteConnection,
    scope: &Scope,
    needs: &Needs<'_>,
    desk: &mut Desk,
) -> sqlx::Result<()> {
    // Who stands for a person is only who is still bound to them.
    let found = sqlx::query(
        "select recipient.*, row.label as claimed_label
         from recipient
         left join row on row.campaign = recipient.campaign
                      and row.number = recipient.claimed_row
                      and row.recipient = recipient.number
         where recipient.campaign = ?
           and recipient.object_id in (select value from json_each(?))",
    )
    .bind(&scope.key.name)
    .bind(json!(needs.people).to_string())
    .fetch_all(connection)
    .await?;
    for row in &found {
        let id = columns::id(row, "object_id", ObjectId::new)?;
        let id = columns::needed("object_id", id)?;
        desk.numbers.insert(id.clone(), row.try_get("number")?);
        desk.book.people.load(id, columns::recipient(row)?);
    }
    Ok(())
}

async fn addresses(
    connection: &mut SqliteConnection,
    scope: &Scope,
    needs: Needs<'_>,
    desk: &mut Desk,
) -> sqlx::Result<()> {
    let found = sqlx::query(
        "select * from address where tenant_id = ? and bot_id = ?
         and object_id in (select value from json_each(?))",
    )
    .bind(&scope.key.tenant_id)
    .bind(&scope.key.bot_id)
    .bind(json!(needs.addresses).to_string())
    .fetch_all(connection)
    .await?;
    for id in &needs.addresses {
        // Others may have forgotten it.
        desk.book.addresses.unload(id);
    }
    for row in &found {
        let id = columns::id(row, "object_id", ObjectId::new)?;
        let chat = columns::id(row, "chat_id", ChatId::new)?;
        let address = Address {
            chat: columns::needed("chat_id", chat)?,
            installed: columns::install(row, "installed")?,
            learnt_from: row.try_get("learnt_from")?,
            learnt_at: row.try_get("learnt_at")?,
            used_at: row.try_get("used_at")?,
            member: columns::id(row, "member_id", MemberId::new)?,
            service_url: row.try_get("service_url")?,
        };
        let id = columns::needed("object_id", id)?;
        desk.book.addresses.load(id, address);
    }
    Ok(())
}
