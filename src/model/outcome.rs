//! What became of a recipient.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Cause;

/// How a recipient ended. A recipient's failure is data, not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Teams accepted the message.
    Delivered,
    /// The campaign's own rules leave this person out.
    Skipped(Cause),
    /// The person did not get the message.
    Failed(Cause),
    /// The request left, and what became of it is not known.
    InDoubt,
}

impl Outcome {
    /// The kind under which the outcome is counted.
    pub fn kind(self) -> OutcomeKind {
        match self {
            Self::Delivered => OutcomeKind::Delivered,
            Self::Skipped(_) => OutcomeKind::Skipped,
            Self::Failed(_) => OutcomeKind::Failed,
            Self::InDoubt => OutcomeKind::InDoubt,
        }
    }

    /// The cause, where the outcome has one.
    pub fn cause(self) -> Option<Cause> {
        match self {
            Self::Skipped(cause) | Self::Failed(cause) => Some(cause),
            Self::Delivered | Self::InDoubt => None,
        }
    }
}

/// The five words of the `outcome` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// Teams accepted the message.
    Delivered,
    /// Left out by the campaign's rules.
    Skipped,
    /// Did not get the message.
    Failed,
    /// Sent, result unknown.
    InDoubt,
    /// Not finished.
    Pending,
}

impl OutcomeKind {
    /// All five, in the order of the account.
    pub const ALL: [Self; 5] = [
        Self::Delivered,
        Self::Skipped,
        Self::Failed,
        Self::InDoubt,
        Self::Pending,
    ];

    /// The word used in files and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::InDoubt => "in-doubt",
            Self::Pending => "pending",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of the app's installation, the `install` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Install {
    /// It was there before.
    Present,
    /// This campaign installed it.
    Installed,
    /// It is not there.
    Absent,
}

impl Install {
    /// The word used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Installed => "installed",
            Self::Absent => "absent",
        }
    }
}
