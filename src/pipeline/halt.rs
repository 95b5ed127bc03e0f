//! Why a run stops before its end.

use crate::{
    audience::AudienceError, ledger::LedgerStopped, model::IllegalTransition, remote::Blocker,
};

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The operator asked for it.
    #[error("stopped by the operator")]
    Stopped,
    /// A fault that would befall everyone.
    #[error("a fault that would befall everyone")]
    Blocked(#[source] Blocker),
    /// The ledger cannot be written.
    #[error("the ledger cannot be written; nothing more was sent")]
    Ledger(#[source] LedgerStopped),
    /// The audience cannot be read to its end.
    #[error("the audience cannot be read to its end")]
    Audience(#[source] AudienceError),
    /// The directory refused or failed a page of users.
    #[error("the directory cannot be read{}: {detail}", answered(*status))]
    Directory {
        /// HTTP status of the last answer.
        status: Option<u16>,
        /// The service's words.
        detail: String,
    },
    /// There are more rows than the campaign allows, though fewer were counted.
    #[error(
        "there are more rows than audience.max_recipients = {allowed}, though fewer were counted \
         before: some lists have grown since, or the directory cannot count them; nobody beyond \
         them gets the message"
    )]
    TooMany {
        /// How many the campaign allows.
        allowed: u64,
    },
    /// An event followed a state it cannot follow.
    #[error("internal error; please report it")]
    Bug(#[source] IllegalTransition),
}

fn answered(status: Option<u16>) -> String {
    status.map_or_else(String::new, |status| format!(" (HTTP {status})"))
}

impl From<LedgerStopped> for Halt {
    fn from(stopped: LedgerStopped) -> Self {
        Self::Ledger(stopped)
    }
}

impl From<IllegalTransition> for Halt {
    fn from(bug: IllegalTransition) -> Self {
        Self::Bug(bug)
    }
}
