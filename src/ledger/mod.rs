//! Durable states and events.

mod row;

pub use row::ReportRow;
