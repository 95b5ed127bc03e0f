//! What happened to a recipient, as it is written into the ledger.

use serde::{Deserialize, Serialize};

use super::{ActivityId, Cause, ChatId, ContentPrint, Install, InstallationId};

/// A fact about one recipient. Only [`State::apply`](super::State::apply)
/// turns it into a new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The app is not installed.
    FoundMissing,
    /// The app is installed.
    FoundInstalled {
        /// Which installation, when the service said.
        installation: Option<InstallationId>,
    },
    /// Our install request was accepted: the service installed it for us.
    AppInstalled,
    /// Our install request was refused because the app is already there.
    AlreadyInstalled,
    /// The chat with the person is known.
    ChatResolved {
        /// The chat to send to.
        chat: ChatId,
    },
    /// The chat id turned out to be stale.
    ChatForgotten,
    /// The send request is about to be written. Durable before the request is,
    /// so a crash can never hide an attempt.
    SendStarted {
        /// What is about to be sent, so that it can be recognised in the chat;
        /// nothing where it has no letter or digit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<ContentPrint>,
    },
    /// The send that was started is known not to have happened, as when the
    /// operator stops us between two throttled attempts. Without it every
    /// stop would leave people in doubt who were never written to.
    SendAbandoned,
    /// Teams accepted the message.
    Delivered {
        /// The message's id, when the service gave one.
        activity: Option<ActivityId>,
    },
    /// What became of the send is not known.
    LeftInDoubt,
    /// The message of a send in doubt was found in the chat.
    FoundDelivered {
        /// The message's id there.
        activity: Option<ActivityId>,
        /// When the service says it was written, RFC 3339 UTC.
        at: String,
    },
    /// The message of a send in doubt is certainly not in the chat.
    FoundAbsent,
    /// The chat does not tell what became of a send in doubt.
    DoubtRemained,
    /// The campaign's rules leave the person out.
    Skipped {
        /// Which rule.
        cause: Cause,
    },
    /// The person cannot be reached.
    Failed {
        /// Why.
        cause: Cause,
    },
    /// The operator asked for another attempt.
    Rearmed,
}

impl Event {
    /// The name under which the ledger stores the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FoundMissing => "found-missing",
            Self::FoundInstalled { .. } => "found-installed",
            Self::AppInstalled => "app-installed",
            Self::AlreadyInstalled => "already-installed",
            Self::ChatResolved { .. } => "chat-resolved",
            Self::ChatForgotten => "chat-forgotten",
            Self::SendStarted { .. } => "send-started",
            Self::SendAbandoned => "send-abandoned",
            Self::Delivered { .. } => "delivered",
            Self::LeftInDoubt => "left-in-doubt",
            Self::FoundDelivered { .. } => "found-delivered",
            Self::FoundAbsent => "found-absent",
            Self::DoubtRemained => "doubt-remained",
            Self::Skipped { .. } => "skipped",
            Self::Failed { .. } => "failed",
            Self::Rearmed => "rearmed",
        }
    }

    /// What the event says of the installation, if anything.
    pub fn install(&self) -> Option<Install> {
        match self {
            Self::FoundMissing => Some(Install::Absent),
            Self::FoundInstalled { .. } | Self::AlreadyInstalled => Some(Install::Present),
            Self::AppInstalled => Some(Install::Installed),
            Self::ChatResolved { .. }
            | Self::ChatForgotten
            | Self::SendStarted { .. }
            | Self::SendAbandoned
            | Self::Delivered { .. }
            | Self::LeftInDoubt
            | Self::FoundDelivered { .. }
            | Self::FoundAbsent
            | Self::DoubtRemained
            | Self::Skipped { .. }
            | Self::Failed { .. }
            | Self::Rearmed => None,
        }
    }
}

/// What the service said, kept beside an event as proof.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// HTTP status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The service's own error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The request id to quote to Microsoft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Requests written for this step.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// For people: what exactly was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Evidence {
    /// Evidence that is only a sentence.
    pub fn detail(text: impl Into<String>) -> Self {
        Self {
            detail: Some(text.into()),
            ..Self::default()
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An event with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// What the service said.
    #[serde(flatten)]
    pub evidence: Evidence,
}

impl From<Event> for Fact {
    fn from(event: Event) -> Self {
        Self {
            event,
            evidence: Evidence::default(),
        }
    }
}
