//! How a call can end without a successful answer.

use crate::model::Evidence;

use super::{Answer, Blocker, Fault, Stopped};

/// Why a call has no successful answer.
#[derive(Debug)]
pub enum CallError {
    /// The service said no. It had no effect.
    Refused(Box<Answer>),
    /// It kept failing or throttling until patience ended. It had no effect,
    /// or one that may be repeated.
    GaveUp {
        /// The last fault.
        fault: Fault,
        /// What is known of the last answer.
        evidence: Box<Evidence>,
    },
    /// It may or may not have happened, and must not be repeated.
    Unknown {
        /// What is known of the last answer.
        evidence: Box<Evidence>,
    },
    /// The run is stopping. It had no effect.
    Stopped,
    /// A fault that would befall everyone.
    Blocked(Blocker),
}

impl From<Stopped> for CallError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}
