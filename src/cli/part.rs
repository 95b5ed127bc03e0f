//! The part of the audience a run is about.

use std::future;

use futures::{Stream, StreamExt};
use tracing::warn;

use crate::{
    audience::Chosen,
    model::{OutcomeKind, Row},
    pipeline::{Halt, Survey},
};

use super::{RunError, args::Choice};

/// The rows a run is about: all, those an earlier report names, or the first
/// so many.
#[derive(Debug)]
pub(super) struct Part {
    chosen: Option<Chosen>,
    limit: usize,
    whole: bool,
}

impl Part {
    /// The part the options ask for.
    pub(super) fn new(options: &Choice) -> Result<Self, RunError> {
        let only: Vec<_> = options
            .only
            .iter()
            .copied()
            .map(OutcomeKind::from)
            .collect();
        let chosen = match &options.from_report {
            None => None,
            Some(path) => {
                let chosen = Chosen::from_report(path, &only).map_err(RunError::Audience)?;
                if chosen.is_empty() {
                    return Err(RunError::NobodyChosen {
                        report: path.clone(),
                    });
                }
                Some(chosen)
            }
        };
        warn_of_settled(options, &only);
        Ok(Self {
            whole: chosen.is_none() && options.limit.is_none(),
            limit: options
                .limit
                .map_or(usize::MAX, std::num::NonZeroUsize::get),
            chosen,
        })
    }

    /// Whether it is the whole audience.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many rows it has at most, where that is known.
    pub(super) fn expected(&self, survey: &Survey) -> Option<u64> {
        let chosen = self.chosen.as_ref().map(|chosen| chosen.len() as u64);
        let rows = [survey.rows, chosen].into_iter().flatten().min()?;
        Some(rows.min(self.limit as u64))
    }

    /// The rows of this part. What goes wrong with reading them is passed on.
    pub(super) fn of(
        &mut self,
        rows: impl Stream<Item = Result<Row, Halt>>,
    ) -> impl Stream<Item = Result<Row, Halt>> {
        let chosen = &mut self.chosen;
        let is_meant = move |row: &Result<Row, Halt>| match (row, &mut *chosen) {
            (Ok(row), Some(chosen)) => chosen.has(row),
            (Ok(_), None) | (Err(_), _) => true,
        };
        let mut is_meant = is_meant;
        rows.filter(move |row| future::ready(is_meant(row)))
            .take(self.limit)
    }

    /// Says how many users of the report the audience does not have, once it
    /// was read.
    pub(super) fn warn_of_missing(&self) {
        let missing = self.chosen.as_ref().map_or(0, Chosen::missing);
        if self.limit == usize::MAX && 0 < missing {
            warn!(
                missing,
                "users of the report are not in the campaign's audience"
            );
        }
    }
}

/// Choosing somebody who is settled does not take them up again.
fn warn_of_settled(options: &Choice, only: &[OutcomeKind]) {
    let retried: Vec<_> = options
        .retry
        .iter()
        .copied()
        .map(OutcomeKind::from)
        .collect();
    for kind in [OutcomeKind::Failed, OutcomeKind::InDoubt] {
        if only.contains(&kind) && !retried.contains(&kind) {
            let outcome = kind.name();
            warn!("--only {outcome} chooses people; --retry {outcome} takes them up again");
        }
    }
}
