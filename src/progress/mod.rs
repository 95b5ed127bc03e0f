//! The run while it runs, for whoever watches it.
//!
//! The pipeline reports to an [`Observer`](crate::pipeline::Observer) that
//! only counts. A task of its own reads the counts now and then and draws
//! bars on a terminal, or a line every ten seconds elsewhere, on standard
//! error. Names of people never appear.

mod bars;
mod counts;
mod display;
mod left;
mod line;
mod log;
mod plain;
mod rate;

pub use counts::Counts;
pub use display::{Display, FiguresFn, Kind};
pub use line::grouped;
pub use log::LogWriter;
