//! What must hold before anybody is touched.

use std::{collections::BTreeSet, pin::pin};

use futures::StreamExt;

use crate::{
    campaign::Campaign,
    message::Message,
    model::Person,
    pipeline::{self, Halt, Survey},
};

use super::{RunError, services::Services};

/// Refuses a list nobody is on, and one longer than the campaign allows.
pub(super) fn check_audience(campaign: &Campaign, survey: &Survey) -> Result<(), RunError> {
    match (survey.rows, campaign.audience.max_recipients) {
        (Some(0), _) => Err(RunError::EmptyAudience),
        (Some(found), Some(allowed)) if allowed.get() < found => Err(RunError::TooMany {
            found,
            allowed: allowed.get(),
        }),
        _ => Ok(()),
    }
}

/// Refuses a message with fields nobody can have.
pub(super) fn check_fields(message: &Message, survey: &Survey) -> Result<(), RunError> {
    let mut known: BTreeSet<String> = Person::FIELDS.into_iter().map(ToOwned::to_owned).collect();
    known.extend(survey.columns.iter().cloned());
    let fields = message.unknown_fields(&known);
    if fields.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = known.into_iter().collect();
    Err(RunError::UnknownFields {
        fields,
        known: known.join(", "),
    })
}

/// Counts the people of a directory source where the campaign sets a limit.
pub(super) async fn check_directory(
    campaign: &Campaign,
    survey: &Survey,
    services: &Services,
) -> Result<(), RunError> {
    let (None, Some(allowed)) = (survey.rows, campaign.audience.max_recipients) else {
        return Ok(());
    };
    let mut found = 0;
    let mut rows = pin!(pipeline::rows(&campaign.audience.include, &services.graph));
    while let Some(row) = rows.next().await {
        row.map_err(|halt| match halt {
            Halt::Blocked(blocker) => RunError::Blocked(blocker),
            halt @ (Halt::Stopped
            | Halt::Ledger(_)
            | Halt::Audience(_)
            | Halt::Directory { .. }
            | Halt::Bug(_)) => RunError::Halted(halt),
        })?;
        found += 1;
    }
    if allowed.get() < found {
        return Err(RunError::TooMany {
            found,
            allowed: allowed.get(),
        });
    }
    Ok(())
}
