//! What became of everybody, for the person who answers for it.
//!
//! `report.csv` and `report.jsonl` have one line per input row, `summary.json`
//! has the counts. Each appears whole or not at all. Nothing here decides or
//! counts: rows and the account come from the ledger.

mod cell;
mod draft;
mod line;
mod print;
mod recorded;
mod summary;
mod writer;

pub use cell::harmless;
pub use draft::ReportError;
pub use line::COLUMNS;
pub use recorded::recorded_budgets;
pub use summary::Summary;
pub use writer::ReportWriter;

#[cfg(test)]
mod tests {
    use super::COLUMNS;
    use crate::model::{Cause, OutcomeKind};

    const README: &str = include_str!("../../README.md");

    #[test]
    fn the_readme_lists_every_cause_with_its_advice() {
        let table: Vec<&str> = README
            .lines()
            .skip_while(|line| !line.starts_with("| cause |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .collect();

        let expected = Cause::ALL.map(|cause| format!("| `{cause}` | {} |", cause.advice()));
        assert_eq!(table, expected);
    }

    #[test]
    fn the_readme_lists_every_outcome_and_every_column() {
        for kind in OutcomeKind::ALL {
            assert!(README.contains(&format!("\n| `{kind}` |")), "{kind}");
        }
        let columns = COLUMNS.map(|column| format!("`{column}`")).join(", ");
        assert!(README.contains(&columns), "{columns}");
    }
}
