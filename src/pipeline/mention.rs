//! How the log speaks of people: by their row, and by name only where the
//! operator asked for that.

use tracing::{Level, debug, enabled};

use crate::model::{Outcome, Row, RowContent};

/// Under this target, people are named.
pub const PEOPLE: &str = "teamcast::people";

/// A row of which the log will tell.
#[derive(Debug)]
pub(super) struct Mention {
    row: Option<String>,
    user: Option<String>,
}

impl Mention {
    /// Keeps of `row` what the log may say.
    pub(super) fn of(row: &Row) -> Self {
        let user = match &row.content {
            RowContent::Listed(listed) => listed.key.as_str(),
            RowContent::Malformed { user, .. } => user,
        };
        Self {
            row: enabled!(Level::DEBUG).then(|| row.label.clone()),
            user: enabled!(target: PEOPLE, Level::DEBUG).then(|| user.to_owned()),
        }
    }

    /// Tells what became of it.
    pub(super) fn settled(&self, outcome: Outcome) {
        match (&self.row, &self.user) {
            (Some(row), Some(user)) => {
                debug!(target: PEOPLE, row, user, ?outcome, "settled");
            }
            (Some(row), None) => debug!(row, ?outcome, "settled"),
            (None, _) => {}
        }
    }
}
