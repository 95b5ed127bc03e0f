//! Reading what a batch is about, one statement per table.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::super::Change;
use super::super::book::Book;
use super::super::entry::{Address, Recipient, RowEntry};
use super::{Scope, columns};
use crate::model::{ChatId, MemberId, ObjectId};

/// Rows of the report read at once.
const PAGE: i64 = 1_000;

/// The rows and people that `changes` name, with what they are bound to.
pub(super) async fn book(
    connection: &mut SqliteConnection,
    scope: &Scope,
    changes: &[Change],
) -> sqlx::Result<Book> {
    let mut rows = BTreeSet::new();
    let mut people = BTreeSet::new();
    for change in changes {
        match change {
            Change::Enrol(new) => rows.extend(new.iter().map(|row| row.number.0)),
            Change::Bind { row, person } => {
                rows.insert(row.0);
                people.insert(person.object_id.clone());
            }
            Change::SettleRow { row, .. } => {
                rows.insert(row.0);
            }
            Change::Record { person, .. } | Change::JoinWave { person, .. } => {
                people.insert(person.clone());
            }
        }
    }
    let mut book = Book::default();
    if !rows.is_empty() {
        load_rows(connection, scope, &rows, &mut book).await?;
        people.extend(
            book.rows
                .iter()
                .filter_map(|(_, row)| row.object_id.clone()),
        );
    }
    if !people.is_empty() {
        load_people(connection, &scope.key.name, &people, &mut book).await?;
        load_addresses(connection, scope, &people, &mut book).await?;
    }
    Ok(book)
}

/// The rows after number `after`, as many as make a page, each with its number
/// and the person it is bound to.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    campaign: &str,
    after: u64,
) -> sqlx::Result<Vec<(u64, RowEntry, Option<Recipient>)>> {
    let found =
        sqlx::query("select * from row where campaign = ? and number > ? order by number limit ?")
            .bind(campaign)
            .bind(after.cast_signed())
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let number: i64 = row.try_get("number")?;
        rows.push((number.cast_unsigned(), columns::row_entry(row)?));
    }
    let people = rows.iter().filter_map(|(_, row)| row.object_id.clone());
    let mut book = Book::default();
    load_people(connection, campaign, &people.collect(), &mut book).await?;
    let lines = rows.into_iter().map(|(number, row)| {
        let person = row.object_id.as_ref().and_then(|id| book.people.get(id));
        let person = person.cloned();
        (number, row, person)
    });
    Ok(lines.collect())
}

async fn load_rows(
    connection: &mut SqliteConnection,
    scope: &Scope,
    numbers: &BTreeSet<u64>,
    book: &mut Book,
) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "select * from row where campaign = ? and number in (select value from json_each(?))",
    )
    .bind(&scope.key.name)
    .bind(json!(numbers).to_string())
    .fetch_all(connection)
    .await?;
    for row in &rows {
        let number: i64 = row.try_get("number")?;
        book.rows
            .load(number.cast_unsigned(), columns::row_entry(row)?);
    }
    Ok(())
}

pub(super) async fn load_people(
    connection: &mut SqliteConnection,
    campaign: &str,
    people: &BTreeSet<ObjectId>,
    book: &mut Book,
) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "select recipient.*, row.label as claimed_label
         from recipient
         left join row on row.campaign = recipient.campaign
                      and row.number = recipient.claimed_row
         where recipient.campaign = ?
           and recipient.object_id in (select value from json_each(?))",
    )
    .bind(campaign)
    .bind(json!(people).to_string())
    .fetch_all(connection)
    .await?;
    for row in &rows {
        let id = columns::id(row, "object_id", ObjectId::new)?;
        let id = columns::needed("object_id", id)?;
        book.people.load(id, columns::recipient(row)?);
    }
    Ok(())
}

pub(super) async fn load_addresses(
    connection: &mut SqliteConnection,
    scope: &Scope,
    people: &BTreeSet<ObjectId>,
    book: &mut Book,
) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "select * from address where tenant_id = ? and bot_id = ?
         and object_id in (select value from json_each(?))",
    )
    .bind(&scope.key.tenant_id)
    .bind(&scope.key.bot_id)
    .bind(json!(people).to_string())
    .fetch_all(connection)
    .await?;
    for row in &rows {
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
        book.addresses
            .load(columns::needed("object_id", id)?, address);
    }
    Ok(())
}
