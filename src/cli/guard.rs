//! What must hold before anybody is touched.

use std::collections::BTreeSet;

use crate::{campaign::Campaign, message::Message, model::Person, pipeline::Survey};

use super::RunError;

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
