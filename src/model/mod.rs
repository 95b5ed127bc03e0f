//! The vocabulary: who a recipient is, where they stand, what became of them.
//!
//! Pure data and rules. Nothing here waits, reads a clock or touches a disk,
//! so the live run, recovery and every report share one understanding.

mod cause;
mod event;
mod id;
mod outcome;
mod person;
mod state;
mod tally;

pub use cause::Cause;
pub use event::{Event, Evidence, Fact};
pub use id::{
    ActivityId, BlankId, CatalogId, ChatId, ContentPrint, InstallationId, MemberId, ObjectId,
    RowNumber,
};
pub use outcome::{Install, Outcome, OutcomeKind};
pub use person::{Fields, Listed, Person, Row, RowContent, UserKey};
pub use state::{IllegalTransition, State};
pub use tally::{Account, Tally};
