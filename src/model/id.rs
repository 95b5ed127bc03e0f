//! Identifiers that cross the wire, each a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An identifier that was empty where one is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is empty")]
pub struct BlankId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $spelling:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it came from the service, spaces around it removed.
            ///
            /// # Errors
            ///
            /// [`BlankId`] when nothing is left.
            pub fn new(text: impl Into<String>) -> Result<Self, BlankId> {
                let text: String = $spelling(text.into());
                match text.trim() {
                    "" => Err(BlankId),
                    same if same.len() == text.len() => Ok(Self(text)),
                    trimmed => Ok(Self(trimmed.to_owned())),
                }
            }

            /// The text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The Entra object id of a person: the key by which a campaign knows them.
    /// In lower case, so that two spellings are one person.
    ObjectId, in_lower_case
}
id! {
    /// A Teams chat thread or Bot Framework conversation id.
    ChatId, verbatim
}
id! {
    /// The id the Bot Connector gave a message.
    ActivityId, verbatim
}
id! {
    /// Tells what a message says, as far as that survives Teams' own markup:
    /// equal for what was sent and what the chat shows of it.
    ContentPrint, verbatim
}
id! {
    /// The id of one installation of an app for one person.
    InstallationId, verbatim
}
id! {
    /// The id under which one bot knows a person (`29:…`); no other bot can use it.
    MemberId, verbatim
}
id! {
    /// The id of an app in the organisation's catalogue (`teamsApp.id`).
    CatalogId, verbatim
}

impl ChatId {
    /// Whether it says itself that it is the chat of `person` with one other
    /// (`19:{one}_{other}@unq.gbl.spaces`, as Graph names such chats).
    pub fn names(&self, person: &ObjectId) -> bool {
        let is_person = |half: &str| half.eq_ignore_ascii_case(person.as_str());
        self.pair()
            .is_some_and(|(one, other)| is_person(one) || is_person(other))
    }

    /// Whether it may be the chat of `person`: it does not say that it is of
    /// others, of a channel or of several people, and could be an id at all.
    pub fn may_be_of(&self, person: &ObjectId) -> bool {
        let is_id = !self
            .0
            .contains(|sign: char| sign.is_control() || " /\\?#".contains(sign));
        let is_of_others = self.pair().is_some() && !self.names(person);
        is_id && !is_of_others && !self.0.contains("@thread.")
    }

    fn pair(&self) -> Option<(&str, &str)> {
        let halves = self.0.strip_prefix("19:")?;
        let halves = halves.strip_suffix("@unq.gbl.spaces")?;
        halves
            .split_once('_')
            .filter(|(one, other)| one.len() == GUID && other.len() == GUID)
    }
}

/// The length of an object id.
const GUID: usize = 36;

fn verbatim(text: String) -> String {
    text
}

fn in_lower_case(mut text: String) -> String {
    text.make_ascii_lowercase();
    text
}

/// The place of a row in this run's input, counted from 1 over all sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowNumber(pub u64);

impl fmt::Display for RowNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_an_object_id_are_one_person() {
        assert_eq!(ObjectId::new("AB-cd"), ObjectId::new("ab-CD"));
    }

    #[test]
    fn a_chat_that_names_others_is_not_somebodys() {
        let ann = ObjectId::new("3a793e10-0000-4000-8000-000000000001").unwrap();
        let may = |text: &str| ChatId::new(text).unwrap().may_be_of(&ann);
        let with = |one: &str, other: &str| format!("19:{one}_{other}@unq.gbl.spaces");
        let (bot, bob) = (
            "28b00000-0000-4000-8000-000000000009",
            "6f1b5c1e-0000-4000-8000-000000000002",
        );

        for theirs in [
            with(bot, &ann.as_str().to_uppercase()),
            with(ann.as_str(), bot),
            "a:1AbC-d_e".to_owned(),
        ] {
            assert!(may(&theirs), "{theirs}");
        }
        for other in [
            &with(bot, bob),
            "19:meeting_abc@thread.v2",
            "19:abc@thread.tacv2",
            "a:1/../../v3",
            "a:1 b",
            "a:1\u{7}",
        ] {
            assert!(!may(other), "{other:?}");
        }
    }

    #[test]
    fn an_id_is_trimmed_and_never_empty() {
        assert_eq!(ChatId::new(" 19:x ").unwrap().as_str(), "19:x");
        assert_eq!(ChatId::new("  "), Err(BlankId));
    }
}
