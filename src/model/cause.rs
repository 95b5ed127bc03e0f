//! Why a recipient was skipped or failed, and what an administrator can do.

use std::{fmt, str};

use serde::{Deserialize, Serialize};

/// Why somebody did not get the message. A closed list: reports rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The campaign excludes this person.
    Excluded,
    /// An earlier row is the same person.
    Duplicate,
    /// The row could not be read.
    MalformedRow,
    /// The account is a guest.
    Guest,
    /// The account is disabled.
    Disabled,
    /// The account has no Teams licence.
    Unlicensed,
    /// The bot's app is not installed and may not be installed.
    NotInstalled,
    /// The directory does not know the user.
    UnknownUser,
    /// The directory knows several users by that address.
    AmbiguousUser,
    /// A policy of the organisation forbids the app for this person.
    BlockedByPolicy,
    /// The person has blocked or muted the bot.
    BlockedByUser,
    /// The catalogue does not have the app.
    AppNotInCatalog,
    /// Installing the app failed.
    InstallFailed,
    /// No chat with the person could be found or made.
    ChatUnavailable,
    /// Teams refused the message.
    MessageRejected,
    /// The message is larger than Teams takes.
    MessageTooLarge,
    /// The person lacks a value the message needs.
    MessageNotRendered,
    /// The service kept asking to slow down until patience ended.
    Throttled,
    /// The service kept failing.
    ServiceError,
    /// The service forbids it for this person, without saying why.
    Forbidden,
}

impl Cause {
    /// Every cause, in the order of the documentation.
    pub const ALL: [Self; 20] = [
        Self::Excluded,
        Self::Duplicate,
        Self::MalformedRow,
        Self::Guest,
        Self::Disabled,
        Self::Unlicensed,
        Self::NotInstalled,
        Self::UnknownUser,
        Self::AmbiguousUser,
        Self::BlockedByPolicy,
        Self::BlockedByUser,
        Self::AppNotInCatalog,
        Self::InstallFailed,
        Self::ChatUnavailable,
        Self::MessageRejected,
        Self::MessageTooLarge,
        Self::MessageNotRendered,
        Self::Throttled,
        Self::ServiceError,
        Self::Forbidden,
    ];

    /// The name used in files and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Duplicate => "duplicate",
            Self::MalformedRow => "malformed-row",
            Self::Guest => "guest",
            Self::Disabled => "disabled",
            Self::Unlicensed => "unlicensed",
            Self::NotInstalled => "not-installed",
            Self::UnknownUser => "unknown-user",
            Self::AmbiguousUser => "ambiguous-user",
            Self::BlockedByPolicy => "blocked-by-policy",
            Self::BlockedByUser => "blocked-by-user",
            Self::AppNotInCatalog => "app-not-in-catalog",
            Self::InstallFailed => "install-failed",
            Self::ChatUnavailable => "chat-unavailable",
            Self::MessageRejected => "message-rejected",
            Self::MessageTooLarge => "message-too-large",
            Self::MessageNotRendered => "message-not-rendered",
            Self::Throttled => "throttled",
            Self::ServiceError => "service-error",
            Self::Forbidden => "forbidden",
        }
    }

    /// One line for an administrator: what to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Excluded => {
                "nothing to do: the campaign leaves this person out, by exclude or only_domains"
            }
            Self::Duplicate => {
                "nothing to do: the earlier row named in the detail covers this person"
            }
            Self::MalformedRow => "correct the row named in the report and run the campaign again",
            Self::Guest => "set audience.guests = true if guests should get the message",
            Self::Disabled => "enable the account, or set audience.disabled = true",
            Self::Unlicensed => {
                "assign a licence with Microsoft Teams, or set audience.unlicensed = true"
            }
            Self::NotInstalled => {
                "install the app through a setup policy, or set delivery.install = \"if-missing\""
            }
            Self::UnknownUser => "correct the address, or remove the person who left",
            Self::AmbiguousUser => {
                "use the object id or the user principal name instead of the mail address"
            }
            Self::BlockedByPolicy => {
                "allow the app for this person in the Teams admin centre, under app permission policies"
            }
            Self::BlockedByUser => {
                "ask the person to unblock the app in Teams, then run with --retry failed"
            }
            Self::AppNotInCatalog => {
                "check app.catalog_id; if others got the app, this person may never have opened Teams"
            }
            Self::InstallFailed => {
                "run again with --retry failed; if it stays, install the app by hand to see why"
            }
            Self::ChatUnavailable => {
                "run again with --retry failed; the person may never have opened Teams"
            }
            Self::MessageRejected => "read the detail column and correct the message",
            Self::MessageTooLarge => "shorten the message for this person: Teams takes about 80 KB",
            Self::MessageNotRendered => {
                "fill the missing column for this person, or give the template a default"
            }
            Self::Throttled => {
                "run again later with --retry failed, or lower the rates under [limits]"
            }
            Self::ServiceError => {
                "run again later with --retry failed; quote the request id to Microsoft if it stays"
            }
            Self::Forbidden => "read the detail column; check the app's policies for this person",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cause")]
pub struct UnknownCause(String);

impl str::FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(word: &str) -> Result<Self, UnknownCause> {
        Self::ALL
            .into_iter()
            .find(|cause| cause.name() == word)
            .ok_or_else(|| UnknownCause(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_serialised_by_its_name_and_read_back() {
        for cause in Cause::ALL {
            let json = serde_json::to_string(&cause).unwrap();

            assert_eq!(json, format!("\"{}\"", cause.name()));
            assert_eq!(cause.name().parse(), Ok(cause));
        }
    }
}
