//! The job: drives every recipient from where they stand to settled.
//!
//! [`run()`] is one stream: rows are enrolled, and each row is one future that
//! identifies the person, binds the row to them and drives them to the end.
//! All concurrency is in that one expression; everything else is a straight
//! line. Not here: printing, status codes, SQL.

mod cx;
mod directory;
mod doubt;
mod drive;
mod exclusion;
mod given;
mod halt;
mod listing;
mod lookup;
mod mention;
mod observer;
mod reconcile;
mod render;
mod roster;
mod route;
mod row;
mod run;
mod size;
mod stages;
mod tidings;

pub use cx::Cx;
pub use directory::Changes;
pub use exclusion::excluded;
pub use halt::Halt;
pub use listing::{Supply, Survey, at_most, rows, survey};
pub use mention::PEOPLE;
pub use observer::{Observer, Silent, Stage};
pub use reconcile::{Reconciled, Reconciliation, reconcile};
pub use roster::Rosters;
pub use run::{Run, run};
pub use size::{Count, size};
pub use tidings::Tidings;
