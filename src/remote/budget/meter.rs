//! What a budget has spent.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::remote::BudgetFigures;

/// Counts requests and complaints.
#[derive(Debug, Default)]
pub(super) struct Meter {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    requests: u64,
    throttled: u64,
    second: u64,
    in_second: u64,
    peak: u64,
}

impl Meter {
    /// Counts a request written at `now`.
    pub(super) fn count(&self, now: Duration) {
        self.change(|counts| {
            if counts.second != now.as_secs() {
                counts.second = now.as_secs();
                counts.in_second = 0;
            }
            counts.requests += 1;
            counts.in_second += 1;
            counts.peak = counts.peak.max(counts.in_second);
        });
    }

    /// Counts an answer that asked to slow down.
    pub(super) fn throttled(&self) {
        self.change(|counts| counts.throttled += 1);
    }

    /// `figures` with what was counted.
    pub(super) fn figures(&self, figures: BudgetFigures) -> BudgetFigures {
        let counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        BudgetFigures {
            requests: counts.requests,
            throttled: counts.throttled,
            peak_per_second: counts.peak,
            ..figures
        }
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
