//! Counting outcomes, and checking that the account closes.

use std::{collections::BTreeMap, fmt};

use super::{Cause, Outcome, OutcomeKind};

/// Outcomes counted by kind and by cause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    kinds: BTreeMap<OutcomeKind, u64>,
    causes: BTreeMap<Cause, u64>,
}

impl Tally {
    /// Counts one settled row.
    pub fn count(&mut self, outcome: Outcome) {
        self.add(outcome.kind(), outcome.cause(), 1);
    }

    /// Counts one row that is not finished.
    pub fn count_pending(&mut self) {
        self.add(OutcomeKind::Pending, None, 1);
    }

    /// Counts `rows` rows at once.
    pub fn add(&mut self, kind: OutcomeKind, cause: Option<Cause>, rows: u64) {
        *self.kinds.entry(kind).or_default() += rows;
        if let Some(cause) = cause {
            *self.causes.entry(cause).or_default() += rows;
        }
    }

    /// How many rows have that kind of outcome.
    pub fn of(&self, kind: OutcomeKind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }

    /// Rows by cause, in the order of the documentation.
    pub fn causes(&self) -> impl Iterator<Item = (Cause, u64)> {
        self.causes.iter().map(|(cause, rows)| (*cause, *rows))
    }

    /// All rows counted.
    pub fn total(&self) -> u64 {
        self.kinds.values().sum()
    }
}

/// The closed account of a run: what was read against what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Rows the audience gave.
    pub rows: u64,
    /// What became of them.
    pub tally: Tally,
}

impl Account {
    /// Whether every row has exactly one outcome.
    pub fn is_closed(&self) -> bool {
        self.rows == self.tally.total()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_closed() { "=" } else { "≠" };
        write!(f, "{} rows {sign}", self.rows)?;
        for (place, kind) in OutcomeKind::ALL.into_iter().enumerate() {
            let plus = if place == 0 { "" } else { " +" };
            write!(f, "{plus} {} {kind}", self.tally.of(kind))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_lost_a_row_is_not_closed() {
        let mut tally = Tally::default();
        tally.count(Outcome::Delivered);
        tally.count(Outcome::Skipped(Cause::Guest));
        tally.count_pending();

        let closed = Account {
            rows: 3,
            tally: tally.clone(),
        };
        let open = Account { rows: 4, tally };

        assert!(closed.is_closed() && !open.is_closed());
        assert_eq!(
            closed.to_string(),
            "3 rows = 1 delivered + 1 skipped + 0 failed + 0 in-doubt + 1 pending"
        );
    }
}
