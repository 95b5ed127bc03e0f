//! What a run of a scenario ended in.

use std::time::Duration;

use teamcast::{
    ledger::ReportRow,
    model::{Account, Cause, OutcomeKind},
    pipeline::{Halt, Run},
    remote::BudgetFigures,
};

/// What a run ended in, as the ledger and the budgets have it.
#[derive(Debug)]
pub(crate) struct Ended {
    /// What the run itself says; nothing after a kill.
    pub(crate) run: Option<Run>,
    pub(crate) account: Account,
    pub(crate) rows: Vec<ReportRow>,
    pub(crate) budgets: Vec<BudgetFigures>,
    pub(crate) took: Duration,
    /// What the operator was told now and then: when, and how long it would
    /// take from there.
    pub(crate) told: Vec<(Duration, Option<Duration>)>,
}

impl Ended {
    /// Rows with that outcome.
    pub(crate) fn count(&self, kind: OutcomeKind) -> u64 {
        self.account.tally.of(kind)
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.count(OutcomeKind::Delivered)
    }

    pub(crate) fn in_doubt(&self) -> u64 {
        self.count(OutcomeKind::InDoubt)
    }

    pub(crate) fn pending(&self) -> u64 {
        self.count(OutcomeKind::Pending)
    }

    /// Rows with that cause.
    pub(crate) fn because(&self, cause: Cause) -> u64 {
        let mut causes = self.account.tally.causes();
        causes
            .find(|(other, _)| *other == cause)
            .map_or(0, |(_, rows)| rows)
    }

    pub(crate) fn halt(&self) -> Option<&Halt> {
        self.run.as_ref().and_then(|run| run.halted.as_ref())
    }

    /// Whether everything that can be done is done.
    pub(crate) fn is_finished(&self) -> bool {
        self.run.is_some() && self.halt().is_none() && self.pending() == 0
    }

    pub(crate) fn budget(&self, name: &str) -> &BudgetFigures {
        let mut budgets = self.budgets.iter();
        budgets.find(|budget| budget.name == name).unwrap()
    }
}
