//! What became of everybody, for the person who answers for it.
//!
//! `report.csv` and `report.jsonl` have one line per input row, `summary.json`
//! has the counts. Each appears whole or not at all. Nothing here decides or
//! counts: rows and the account come from the ledger.

mod cell;
mod draft;
mod line;
mod print;
mod summary;
mod writer;

pub use draft::ReportError;
pub use line::COLUMNS;
pub use summary::Summary;
pub use writer::ReportWriter;
