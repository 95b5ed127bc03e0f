//! What is written about a row, a person, a chat: one JSON array each.
//!
//! A statement takes a thousand of them as one text, and finds each value by
//! its place. They are written without a tree in between, since they are most
//! of what a run writes.

use serde::ser::{Error as _, SerializeTuple};
use serde::{Serialize, Serializer};

use super::super::due::Happened;
use super::super::entry::{Address, Recipient, RowEntry};
use crate::model::{Evidence, Install, ObjectId, Outcome};

/// One line after the other, as one JSON array.
#[derive(Debug)]
pub(super) struct Lines {
    text: Vec<u8>,
}

impl Default for Lines {
    fn default() -> Self {
        Self { text: vec![b'['] }
    }
}

impl Lines {
    /// Adds `line`.
    pub(super) fn push(&mut self, line: &impl Serialize) -> sqlx::Result<()> {
        if !self.is_empty() {
            self.text.push(b',');
        }
        let written = serde_json::to_writer(&mut self.text, line);
        written.map_err(|error| sqlx::Error::Encode(error.into()))
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.text.len() < 2
    }

    /// The array.
    pub(super) fn into_text(mut self) -> sqlx::Result<String> {
        self.text.push(b']');
        String::from_utf8(self.text).map_err(|error| sqlx::Error::Encode(error.into()))
    }
}

/// A person under their number.
pub(super) struct PersonLine<'a>(
    pub(super) i64,
    pub(super) &'a ObjectId,
    pub(super) &'a Recipient,
);

impl Serialize for PersonLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(number, id, person) = self;
        let outcome = person.outcome();
        let claim = person.claim.as_ref();
        let profile = serde_json::to_string(&person.profile).map_err(S::Error::custom)?;
        let mut line = serializer.serialize_tuple(19)?;
        line.serialize_element(number)?;
        line.serialize_element(id)?;
        line.serialize_element(&profile)?;
        line.serialize_element(person.state.name())?;
        line.serialize_element(&outcome.and_then(Outcome::cause))?;
        line.serialize_element(&person.chat)?;
        line.serialize_element(&person.installation)?;
        line.serialize_element(&person.install.map(Install::name))?;
        line.serialize_element(&person.activity)?;
        evidence(&mut line, &person.evidence)?;
        line.serialize_element(&person.wave)?;
        line.serialize_element(&person.sending_since)?;
        line.serialize_element(&person.delivered_at)?;
        line.serialize_element(&claim.map(|claim| claim.run))?;
        line.serialize_element(&claim.map(|claim| claim.row))?;
        line.end()
    }
}

/// A row under its number, with the number of the person it is bound to.
pub(super) struct RowLine<'a>(
    pub(super) u64,
    pub(super) Option<i64>,
    pub(super) &'a RowEntry,
);

impl Serialize for RowLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(number, person, row) = self;
        let outcome = row.end.as_ref().map(|end| end.outcome);
        let none = Evidence::default();
        let mut line = serializer.serialize_tuple(11)?;
        line.serialize_element(number)?;
        line.serialize_element(&row.label)?;
        line.serialize_element(&row.user)?;
        line.serialize_element(person)?;
        line.serialize_element(&outcome.map(|outcome| outcome.kind().name()))?;
        line.serialize_element(&outcome.and_then(Outcome::cause))?;
        evidence(
            &mut line,
            row.end.as_ref().map_or(&none, |end| &end.evidence),
        )?;
        line.end()
    }
}

/// A line of the address book.
pub(super) struct AddressLine<'a>(pub(super) &'a ObjectId, pub(super) &'a Address);

impl Serialize for AddressLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(id, address) = self;
        let mut line = serializer.serialize_tuple(8)?;
        line.serialize_element(id)?;
        line.serialize_element(&address.chat)?;
        line.serialize_element(&address.installed.map(Install::name))?;
        line.serialize_element(&address.learnt_from)?;
        line.serialize_element(&address.learnt_at)?;
        line.serialize_element(&address.used_at)?;
        line.serialize_element(&address.member)?;
        line.serialize_element(&address.service_url)?;
        line.end()
    }
}

/// An event of the person with that number.
pub(super) struct EventLine<'a>(pub(super) i64, pub(super) &'a Happened);

impl Serialize for EventLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(person, happened) = self;
        let fact = serde_json::to_string(&happened.fact).map_err(S::Error::custom)?;
        (person, &happened.at, happened.fact.event.name(), fact).serialize(serializer)
    }
}

/// The five values that are kept of what a service said.
fn evidence<T: SerializeTuple>(line: &mut T, evidence: &Evidence) -> Result<(), T::Error> {
    line.serialize_element(&evidence.http_status)?;
    line.serialize_element(&evidence.code)?;
    line.serialize_element(&evidence.request_id)?;
    line.serialize_element(&evidence.attempts)?;
    line.serialize_element(&evidence.detail)
}
