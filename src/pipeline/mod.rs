//! The job: drives every recipient from where they stand to settled.
//!
//! [`run()`] is one stream: rows are enrolled, and each row is one future that
//! identifies the person, binds the row to them and drives them to the end.
//! All concurrency is in that one expression; everything else is a straight
//! line. Not here: printing, status codes, SQL.

mod cx;
mod doubt;
mod drive;
mod halt;
mod listing;
mod lookup;
mod mention;
mod observer;
mod reconcile;
mod render;
mod route;
mod row;
mod run;
mod stages;

pub use cx::Cx;
pub use halt::Halt;
pub use listing::{Survey, rows, survey};
pub use mention::PEOPLE;
pub use observer::{Observer, Silent, Stage};
pub use reconcile::{Reconciled, Reconciliation, reconcile};
pub use run::{Run, run};
