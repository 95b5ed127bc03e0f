//! What the pipeline said so far, in numbers.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use super::left;
use crate::{
    model::{Outcome, OutcomeKind},
    pipeline::{Observer, Stage},
    remote::BudgetFigures,
};

/// Counts what the pipeline says.
///
/// The numbers are independent of each other, so relaxed ordering will do:
/// a reading may be a row old, never wrong for long.
#[derive(Debug, Default)]
pub struct Counts {
    listed: AtomicU64,
    all_listed: AtomicBool,
    identified: AtomicU64,
    installed: AtomicU64,
    addressed: AtomicU64,
    passed_delivery: AtomicU64,
    delivered: AtomicU64,
    skipped: AtomicU64,
    failed: AtomicU64,
    in_doubt: AtomicU64,
}

impl Counts {
    /// How long the rest takes, by what each of `budgets` still has to pay;
    /// nothing where that cannot be told.
    pub fn time_left(&self, budgets: &[BudgetFigures]) -> Option<Duration> {
        left::time_left(&self.snapshot(), budgets)
    }

    /// A copy of the numbers.
    pub(super) fn snapshot(&self) -> Snapshot {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Snapshot {
            // Before `listed`: the end is announced after the last row.
            all_listed: self.all_listed.load(Ordering::Acquire),
            listed: read(&self.listed),
            passed: Stage::ALL.map(|stage| read(self.stage(stage))),
            delivered: read(&self.delivered),
            skipped: read(&self.skipped),
            failed: read(&self.failed),
            in_doubt: read(&self.in_doubt),
        }
    }

    fn stage(&self, stage: Stage) -> &AtomicU64 {
        match stage {
            Stage::Identified => &self.identified,
            Stage::Installed => &self.installed,
            Stage::Addressed => &self.addressed,
            Stage::Delivered => &self.passed_delivery,
        }
    }
}

impl Observer for Counts {
    fn expected(&self, rows: u64) {
        self.listed.store(rows, Ordering::Relaxed);
        self.all_listed.store(true, Ordering::Release);
    }

    fn listed(&self, rows: u64) {
        // Where the number is known from the start, reading adds nothing.
        if !self.all_listed.load(Ordering::Acquire) {
            self.listed.fetch_add(rows, Ordering::Relaxed);
        }
    }

    fn all_listed(&self) {
        self.all_listed.store(true, Ordering::Release);
    }

    fn passed(&self, stage: Stage) {
        self.stage(stage).fetch_add(1, Ordering::Relaxed);
    }

    fn settled(&self, outcome: Outcome) {
        let number = match outcome {
            Outcome::Delivered => &self.delivered,
            Outcome::Skipped(_) => &self.skipped,
            Outcome::Failed(_) => &self.failed,
            Outcome::InDoubt => &self.in_doubt,
        };
        number.fetch_add(1, Ordering::Relaxed);
    }
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Rows read so far.
    pub(super) listed: u64,
    /// Whether there are no more.
    pub(super) all_listed: bool,
    /// Recipients past each stage, in the order of [`Stage::ALL`].
    pub(super) passed: [u64; Stage::ALL.len()],
    /// Rows that ended as delivered.
    pub(super) delivered: u64,
    /// Rows that ended as skipped.
    pub(super) skipped: u64,
    /// Rows that ended as failed.
    pub(super) failed: u64,
    /// Rows that ended in doubt.
    pub(super) in_doubt: u64,
}

impl Snapshot {
    /// Rows that are finished.
    pub(super) fn settled(&self) -> u64 {
        self.delivered + self.skipped + self.failed + self.in_doubt
    }

    /// Rows that are not finished, once it is known how many there are.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.all_listed
            .then(|| self.listed.saturating_sub(self.settled()))
    }

    /// Finished rows by kind, in the order of the account.
    pub(super) fn ends(&self) -> [(OutcomeKind, u64); 4] {
        [
            (OutcomeKind::Delivered, self.delivered),
            (OutcomeKind::Skipped, self.skipped),
            (OutcomeKind::Failed, self.failed),
            (OutcomeKind::InDoubt, self.in_doubt),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cause;

    #[test]
    fn every_word_of_the_pipeline_is_counted_once() {
        let counts = Counts::default();

        counts.listed(3);
        counts.listed(2);
        counts.passed(Stage::Addressed);
        counts.settled(Outcome::Delivered);
        counts.settled(Outcome::Skipped(Cause::Guest));
        counts.settled(Outcome::Failed(Cause::Throttled));
        let open = counts.snapshot();
        counts.settled(Outcome::InDoubt);
        counts.all_listed();
        let whole = counts.snapshot();

        assert_eq!(open.passed, [0, 0, 1, 0]);
        assert_eq!((open.settled(), open.remaining()), (3, None));
        assert_eq!((whole.settled(), whole.remaining()), (4, Some(1)));
    }
}
