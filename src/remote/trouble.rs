//! What a refused or failed call means: for one person, for everyone, or for
//! nobody because the run is stopping.

use crate::model::{Cause, Evidence};

use super::{Answer, Blocker, Fault, Stopped};

/// Why a question about a person has no answer.
#[derive(Debug)]
pub enum Trouble {
    /// It concerns this person only.
    Person {
        /// Why.
        cause: Cause,
        /// What the service said.
        evidence: Box<Evidence>,
    },
    /// It would befall everyone.
    Blocked(Blocker),
    /// The run is stopping; nothing happened.
    Stopped,
}

impl From<Stopped> for Trouble {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl Trouble {
    /// Trouble with one person, proved by `answer`.
    pub fn person(cause: Cause, answer: &Answer, code: Option<String>, detail: String) -> Self {
        let detail = (!detail.is_empty()).then_some(detail);
        let evidence = Evidence {
            code,
            detail,
            ..answer.evidence()
        };
        Self::Person {
            cause,
            evidence: Box::new(evidence),
        }
    }

    /// What is wrong, in words, causes included.
    pub fn words(&self) -> String {
        match self {
            Self::Person { cause, evidence } => match &evidence.detail {
                Some(detail) => detail.clone(),
                None => cause.to_string(),
            },
            Self::Blocked(blocker) => blocker.words(),
            Self::Stopped => "stopped before it was known".to_owned(),
        }
    }

    /// Trouble because patience ended with `fault`.
    pub fn gave_up(fault: Fault, evidence: Box<Evidence>) -> Self {
        let cause = match fault {
            Fault::Throttled { .. } => Cause::Throttled,
            Fault::NotSent
            | Fault::NoAnswer
            | Fault::Conflict
            | Fault::Server { .. }
            | Fault::Unauthorised
            | Fault::Rejected => Cause::ServiceError,
        };
        Self::Person { cause, evidence }
    }
}
