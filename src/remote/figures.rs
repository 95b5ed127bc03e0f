//! What a budget has spent and what it is doing now, for progress and reports.

use std::time::Duration;

/// A reading of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetFigures {
    /// The name of the budget, as under `[limits]`.
    pub name: &'static str,
    /// Requests written so far.
    pub requests: u64,
    /// Answers that asked to slow down.
    pub throttled: u64,
    /// The most requests written within one second.
    pub peak_per_second: u64,
    /// The rate now allowed, in requests (directory: resource units) a second.
    pub rate: f64,
    /// How many callers are waiting for it.
    pub waiting: usize,
    /// How long the gate stays closed because the service asked.
    pub held: Duration,
}
