//! Between columns and what they mean.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::super::entry::{Claim, Recipient, RowEnd, RowEntry};
use crate::model::{
    ActivityId, Cause, ChatId, Evidence, Install, InstallationId, ObjectId, Outcome, OutcomeKind,
    State,
};

/// A row of the input, from the columns of table `row` and, as `object_id`,
/// the person it is bound to.
pub(super) fn row_entry(row: &SqliteRow) -> sqlx::Result<RowEntry> {
    let outcome: Option<String> = row.try_get("outcome")?;
    let end = match outcome {
        Some(word) => Some(RowEnd {
            outcome: outcome_of(&word, cause(row, "cause")?)?,
            evidence: evidence(row)?,
        }),
        None => None,
    };
    Ok(RowEntry {
        label: row.try_get("label")?,
        user: row.try_get("user")?,
        object_id: id(row, "object_id", ObjectId::new)?,
        end,
        settled: None,
    })
}

/// The same where the row stands for somebody who is settled, from their
/// `state` and, as `why`, its cause.
pub(super) fn settled_row(row: &SqliteRow) -> sqlx::Result<RowEntry> {
    let mut entry = row_entry(row)?;
    let state: Option<&str> = row.try_get("state")?;
    if let Some(state) = state
        && entry.end.is_none()
    {
        entry.settled = Some(outcome_of(state, cause(row, "why")?)?);
    }
    Ok(entry)
}

/// A person, from the columns of table `recipient` and, as `claimed_label`,
/// the label of the row that stands for them.
pub(super) fn recipient(row: &SqliteRow) -> sqlx::Result<Recipient> {
    let profile: &str = row.try_get("profile")?;
    let profile = serde_json::from_str(profile).map_err(|error| damaged("profile", error))?;
    let chat = id(row, "chat_id", ChatId::new)?;
    let installation = id(row, "installation_id", InstallationId::new)?;
    let word: &str = row.try_get("state")?;
    let state = match word {
        "identified" => State::Identified,
        "missing" => State::Missing,
        "installed" => State::Installed {
            installation: installation.clone(),
        },
        "addressed" => State::Addressed {
            chat: needed("chat_id", chat.clone())?,
        },
        "sending" => State::Sending {
            chat: needed("chat_id", chat.clone())?,
        },
        settled => State::Settled(outcome_of(settled, cause(row, "cause")?)?),
    };
    Ok(Recipient {
        profile,
        state,
        chat,
        installation,
        install: install(row, "install")?,
        activity: id(row, "activity_id", ActivityId::new)?,
        evidence: evidence(row)?,
        wave: row.try_get("wave")?,
        sending_since: row.try_get("sending_since")?,
        delivered_at: row.try_get("delivered_at")?,
        claim: claim(row)?,
    })
}

/// What is known of an installation.
pub(super) fn install(row: &SqliteRow, column: &str) -> sqlx::Result<Option<Install>> {
    let Some(word) = row.try_get::<Option<String>, _>(column)? else {
        return Ok(None);
    };
    [Install::Present, Install::Installed, Install::Absent]
        .into_iter()
        .find(|install| install.name() == word)
        .map(Some)
        .ok_or_else(|| damaged(column, word))
}

/// A cause.
pub(super) fn cause(row: &SqliteRow, column: &str) -> sqlx::Result<Option<Cause>> {
    let word: Option<String> = row.try_get(column)?;
    word.map(|word| word.parse().map_err(|error| damaged(column, error)))
        .transpose()
}

/// A kind of outcome, by its word.
pub(super) fn kind_of(word: &str) -> sqlx::Result<OutcomeKind> {
    OutcomeKind::ALL
        .into_iter()
        .find(|kind| kind.name() == word)
        .ok_or_else(|| damaged("outcome", word.to_owned()))
}

/// An identifier, read by its constructor.
pub(super) fn id<T, E>(
    row: &SqliteRow,
    column: &str,
    read: fn(String) -> Result<T, E>,
) -> sqlx::Result<Option<T>>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| read(text).map_err(|error| damaged(column, error)))
        .transpose()
}

/// The value of a column that must have one.
pub(super) fn needed<T>(column: &str, value: Option<T>) -> sqlx::Result<T> {
    value.ok_or_else(|| damaged(column, "it is empty"))
}

fn outcome_of(word: &str, cause: Option<Cause>) -> sqlx::Result<Outcome> {
    match kind_of(word)? {
        OutcomeKind::Delivered => Ok(Outcome::Delivered),
        OutcomeKind::Skipped => needed("cause", cause).map(Outcome::Skipped),
        OutcomeKind::Failed => needed("cause", cause).map(Outcome::Failed),
        OutcomeKind::InDoubt => Ok(Outcome::InDoubt),
        OutcomeKind::Pending => Err(damaged("outcome", word.to_owned())),
    }
}

fn evidence(row: &SqliteRow) -> sqlx::Result<Evidence> {
    Ok(Evidence {
        http_status: row.try_get("http_status")?,
        code: row.try_get("code")?,
        request_id: row.try_get("request_id")?,
        attempts: row.try_get("attempts")?,
        detail: row.try_get("detail")?,
    })
}

fn claim(row: &SqliteRow) -> sqlx::Result<Option<Claim>> {
    let run: Option<i64> = row.try_get("claimed_run")?;
    let number: Option<i64> = row.try_get("claimed_row")?;
    let label: Option<String> = row.try_get("claimed_label")?;
    // Without a label the row is gone, and its claim with it.
    Ok(match (run, number, label) {
        (Some(run), Some(number), Some(label)) => Some(Claim {
            run,
            row: number.cast_unsigned(),
            label,
        }),
        (_, _, _) => None,
    })
}

/// The column holds what no version of the program writes.
pub(super) fn damaged(
    column: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: source.into(),
    }
}
