//! Who is on the list: sources of rows, and the rules that leave people out.
//!
//! A row that cannot be read is a row like any other, with what is wrong with
//! it; only a file that names no user column stops the reading. Memory stays
//! bounded whatever the file holds. Looking people up in the directory is not
//! done here.

mod bounds;
mod cells;
mod chosen;
mod columns;
mod decoding;
mod dialect;
mod error;
mod fingerprint;
mod lines;
mod records;
mod rows;
mod rules;
mod spool;

pub use bounds::{Bounds, Excluded};
pub use chosen::Chosen;
pub use error::AudienceError;
pub use fingerprint::AudienceFingerprint;
pub use rows::{CsvRows, NAMES_NOBODY, ParsedRow};
pub use rules::{Rules, id_is_enough, rule_out};
pub use spool::Spool;
