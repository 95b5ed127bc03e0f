//! Where one recipient stands, and the only way from one place to the next.

use super::{ChatId, Event, InstallationId, Outcome};

/// Where one recipient stands.
///
/// Each variant carries exactly what is known at that point, so no later stage
/// can ask for a chat id that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The directory knows them; nothing else is known.
    Identified,
    /// The app is not installed.
    Missing,
    /// The app is installed.
    Installed {
        /// Which installation; unknown after an install request, which does
        /// not say.
        installation: Option<InstallationId>,
    },
    /// The chat is known; nothing is on its way.
    Addressed {
        /// Where to send.
        chat: ChatId,
    },
    /// A send was started and its end is not recorded.
    Sending {
        /// Where it was sent.
        chat: ChatId,
    },
    /// Nothing more happens unless the operator re-arms.
    Settled(Outcome),
}

/// An event that cannot follow the state: a bug in the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{event}` cannot follow {state:?}")]
pub struct IllegalTransition {
    state: State,
    event: &'static str,
}

impl State {
    /// The state after `event`.
    ///
    /// The live run and recovery both go through here, so they cannot
    /// disagree.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] for every pair that is not listed.
    pub fn apply(self, event: &Event) -> Result<Self, IllegalTransition> {
        match (self, event) {
            // It may be gone since it was found.
            (Self::Identified | Self::Installed { .. }, Event::FoundMissing) => Ok(Self::Missing),
            (Self::Identified | Self::Missing, Event::FoundInstalled { installation }) => {
                Ok(Self::Installed {
                    installation: installation.clone(),
                })
            }
            // Installing may come first: the answer says whether it was there.
            (Self::Identified | Self::Missing, Event::AppInstalled | Event::AlreadyInstalled) => {
                Ok(Self::Installed { installation: None })
            }
            (Self::Installed { .. }, Event::FoundInstalled { installation }) => {
                Ok(Self::Installed {
                    installation: installation.clone(),
                })
            }
            // Who lacks the app may be reached through a team that has it.
            (
                Self::Identified | Self::Missing | Self::Installed { .. },
                Event::ChatResolved { chat },
            ) => Ok(Self::Addressed { chat: chat.clone() }),
            (Self::Addressed { chat }, Event::SendStarted { .. }) => Ok(Self::Sending { chat }),
            (Self::Sending { chat }, Event::SendAbandoned) => Ok(Self::Addressed { chat }),
            // A refusal of the chat is a refusal of the send: it did not happen.
            (Self::Addressed { .. } | Self::Sending { .. }, Event::ChatForgotten) => {
                Ok(Self::Identified)
            }
            (Self::Sending { .. }, Event::Delivered { .. }) => {
                Ok(Self::Settled(Outcome::Delivered))
            }
            (Self::Sending { .. }, Event::LeftInDoubt)
            | (Self::Settled(Outcome::InDoubt), Event::DoubtRemained) => {
                Ok(Self::Settled(Outcome::InDoubt))
            }
            (Self::Settled(Outcome::InDoubt), Event::FoundDelivered { .. }) => {
                Ok(Self::Settled(Outcome::Delivered))
            }
            (
                Self::Identified | Self::Missing | Self::Installed { .. } | Self::Addressed { .. },
                Event::Skipped { cause },
            ) => Ok(Self::Settled(Outcome::Skipped(*cause))),
            (
                Self::Identified
                | Self::Missing
                | Self::Installed { .. }
                | Self::Addressed { .. }
                | Self::Sending { .. },
                Event::Failed { cause },
            ) => Ok(Self::Settled(Outcome::Failed(*cause))),
            (
                Self::Settled(Outcome::Failed(_) | Outcome::InDoubt | Outcome::Skipped(_)),
                Event::Rearmed,
            )
            | (Self::Settled(Outcome::InDoubt), Event::FoundAbsent) => Ok(Self::Identified),
            (state, event) => Err(IllegalTransition {
                state,
                event: event.name(),
            }),
        }
    }

    /// The chat that is written to, if it has come to that.
    pub fn chat(&self) -> Option<&ChatId> {
        match self {
            Self::Addressed { chat } | Self::Sending { chat } => Some(chat),
            Self::Identified | Self::Missing | Self::Installed { .. } | Self::Settled(_) => None,
        }
    }

    /// The name under which the ledger stores the state.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::Missing => "missing",
            Self::Installed { .. } => "installed",
            Self::Addressed { .. } => "addressed",
            Self::Sending { .. } => "sending",
            Self::Settled(outcome) => outcome.kind().name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ActivityId, Cause};

    const KINDS: [&str; 9] = [
        "identified",
        "missing",
        "installed",
        "addressed",
        "sending",
        "delivered",
        "skipped",
        "failed",
        "in-doubt",
    ];

    fn states() -> [State; 9] {
        let chat = ChatId::new("19:a").unwrap();
        [
            State::Identified,
            State::Missing,
            State::Installed { installation: None },
            State::Addressed { chat: chat.clone() },
            State::Sending { chat },
            State::Settled(Outcome::Delivered),
            State::Settled(Outcome::Skipped(Cause::Guest)),
            State::Settled(Outcome::Failed(Cause::ServiceError)),
            State::Settled(Outcome::InDoubt),
        ]
    }

    fn events() -> [Event; 16] {
        [
            Event::FoundMissing,
            Event::FoundInstalled { installation: None },
            Event::AppInstalled,
            Event::AlreadyInstalled,
            Event::ChatResolved {
                chat: ChatId::new("19:a").unwrap(),
            },
            Event::ChatForgotten,
            Event::SendStarted { content: None },
            Event::SendAbandoned,
            Event::Delivered {
                activity: ActivityId::new("1").ok(),
            },
            Event::LeftInDoubt,
            Event::FoundDelivered {
                activity: ActivityId::new("1").ok(),
                at: "2026-11-30T08:00:00.000Z".to_owned(),
            },
            Event::FoundAbsent,
            Event::DoubtRemained,
            Event::Skipped {
                cause: Cause::Guest,
            },
            Event::Failed {
                cause: Cause::ServiceError,
            },
            Event::Rearmed,
        ]
    }

    /// One line an event, one column a state; `-` is refused.
    const TABLE: &str = "
        found-missing      missing   -         missing   -          -          - -          -          -
        found-installed    installed installed installed -          -          - -          -          -
        app-installed      installed installed -         -          -          - -          -          -
        already-installed  installed installed -         -          -          - -          -          -
        chat-resolved      addressed addressed addressed -          -          - -          -          -
        chat-forgotten     -         -         -         identified identified - -          -          -
        send-started       -         -         -         sending    -          - -          -          -
        send-abandoned     -         -         -         -          addressed  - -          -          -
        delivered          -         -         -         -          delivered  - -          -          -
        left-in-doubt      -         -         -         -          in-doubt   - -          -          -
        found-delivered    -         -         -         -          -          - -          -          delivered
        found-absent       -         -         -         -          -          - -          -          identified
        doubt-remained     -         -         -         -          -          - -          -          in-doubt
        skipped            skipped   skipped   skipped   skipped    -          - -          -          -
        failed             failed    failed    failed    failed     failed     - -          -          -
        rearmed            -         -         -         -          -          - identified identified identified
    ";

    #[test]
    fn apply_takes_every_state_and_event_where_the_table_says() {
        let lines: Vec<Vec<&str>> = TABLE
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|words: &Vec<&str>| !words.is_empty())
            .collect();

        assert_eq!(lines.len(), events().len());
        for (words, event) in lines.iter().zip(events()) {
            assert_eq!(words[0], event.name());
            for ((state, from), expected) in states().into_iter().zip(KINDS).zip(&words[1..]) {
                assert_eq!(state.name(), from);
                let after = state.apply(&event);
                let found = after.as_ref().map_or("-", State::name);
                assert_eq!(found, *expected, "{} after {from}", event.name());
            }
        }
    }
}
