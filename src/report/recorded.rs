//! What an earlier summary says that the ledger does not know.

use std::{fs, path::Path, time::Duration};

use serde_json::Value;

use crate::remote::BudgetFigures;

/// The budgets a campaign spends, by their names.
const BUDGETS: [&str; 6] = [
    "directory",
    "installed_apps_read",
    "installed_apps_write",
    "graph_read",
    "team_members_read",
    "connector",
];

/// The budgets' figures in the `summary.json` of `dir`, so that writing the
/// reports again does not lose them; none where there is no such file.
pub fn recorded_budgets(dir: &Path) -> Vec<BudgetFigures> {
    let summary = fs::read(dir.join("summary.json")).ok();
    let summary: Value = summary
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or(Value::Null);
    BUDGETS
        .into_iter()
        .filter_map(|name| {
            let spent = summary.get("budgets")?.get(name)?;
            let number = |key: &str| spent.get(key).and_then(Value::as_u64).unwrap_or_default();
            Some(BudgetFigures {
                name,
                requests: number("requests"),
                throttled: number("throttled"),
                peak_per_second: number("peak_per_second"),
                rate: 0.0,
                waiting: 0,
                held: Duration::ZERO,
            })
        })
        .collect()
}
