//! Reading an audience through: who is meant, who would get the message, and
//! what is known of the way to them.
//!
//! People are looked up as in a run, the message is made for each of them, and
//! nothing is sent. Of a million people no more is kept than sixteen bytes each.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
};

use futures::{Stream, StreamExt};

use crate::{
    graph::Lookup,
    ledger::{ReadError, Whereabouts},
    model::{Cause, Listed, ObjectId, Outcome, Person, Row, RowContent, State, Tally},
    remote::Trouble,
};

use super::{
    Asked, Print,
    asked::{Found, listed},
    bound::People,
};

/// Rows taken in at once.
const TOGETHER: usize = 300;
/// Rows of one cause that are named.
const EXAMPLES: usize = 3;

/// What an audience comes to.
#[derive(Debug, Default)]
pub struct Reading {
    /// Rows of all sources.
    pub rows: u64,
    /// What they would be before the run: those who would be written to are
    /// pending.
    pub tally: Tally,
    /// Those who would be written to, by what is known of them.
    pub people: People,
    /// Whom the campaign means, whether they have the message or not.
    pub recipients: u64,
    /// Rows that would fail, a few of each cause.
    pub examples: Vec<Example>,
    /// Who was met, so that nobody counts twice.
    met: HashSet<u128>,
    /// Those of them the campaign means, in order.
    meant: Vec<u128>,
}

/// A row that would fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Where it stands.
    pub row: String,
    /// Why.
    pub cause: Cause,
    /// In words.
    pub detail: String,
}

/// Why an audience cannot be read to its end.
#[derive(Debug)]
pub enum Unread<E> {
    /// Its rows end early.
    Rows(E),
    /// The directory does not answer.
    Directory(Trouble),
    /// The ledger cannot be read.
    Ledger(ReadError),
}

/// Reads `rows` to their end.
///
/// # Errors
///
/// [`Unread`], with the caller's own error where the rows end early.
pub async fn read<E>(
    asked: Asked<'_>,
    rows: impl Stream<Item = Result<Row, E>>,
) -> Result<Reading, Unread<E>> {
    let mut reading = Reading::default();
    let trimmed = rows.map(|row| row.map(|row| trimmed(asked, row)));
    let mut chunks = pin!(trimmed.ready_chunks(TOGETHER));
    while let Some(chunk) = chunks.next().await {
        let rows: Result<Vec<Row>, E> = chunk.into_iter().collect();
        let rows = rows.map_err(Unread::Rows)?;
        let people = asked.look_up(&rows).await.map_err(Unread::Directory)?;
        let known = asked.recall(&people).await.map_err(Unread::Ledger)?;
        for (row, found) in rows.iter().zip(people) {
            reading.take(asked, row, found, &known);
        }
    }
    reading.meant.sort_unstable();
    Ok(reading)
}

/// The row without what nobody asks for.
fn trimmed(asked: Asked<'_>, mut row: Row) -> Row {
    if let RowContent::Listed(listed) = &mut row.content {
        listed
            .fields
            .retain(|field, _| asked.message.fields().contains(field));
    }
    row
}

impl Reading {
    /// A print of everybody the campaign means, in whatever order they came.
    pub fn who(&self) -> Print {
        Print::of_many(&self.meant)
    }

    fn take(
        &mut self,
        asked: Asked<'_>,
        row: &Row,
        found: Found,
        known: &HashMap<ObjectId, Whereabouts>,
    ) {
        self.rows += 1;
        let (outcome, detail) = match (listed(row), found) {
            (Some(listed), Some(Ok(lookup))) => match &*lookup {
                Lookup::Found(person) => {
                    let whereabouts = known.get(&person.object_id);
                    match self.meet(asked, listed, person, whereabouts) {
                        Some(end) => end,
                        None => return self.tally.count_pending(),
                    }
                }
                Lookup::Unknown => nobody(asked, listed, Cause::UnknownUser),
                Lookup::Ambiguous { .. } => nobody(asked, listed, Cause::AmbiguousUser),
            },
            (Some(listed), Some(Err(trouble))) => match &*trouble {
                Trouble::Person { cause, evidence } => {
                    let (outcome, _) = nobody(asked, listed, *cause);
                    (outcome, evidence.detail.clone().unwrap_or_default())
                }
                Trouble::Blocked(_) | Trouble::Stopped => {
                    nobody(asked, listed, Cause::ServiceError)
                }
            },
            (_, _) => (Outcome::Skipped(Cause::MalformedRow), String::new()),
        };
        self.tally.count(outcome);
        if let Outcome::Failed(cause) = outcome {
            self.note(row, cause, detail);
        }
    }

    /// What becomes of somebody without being written to; nothing where they
    /// would be.
    fn meet(
        &mut self,
        asked: Asked<'_>,
        listed: &Listed,
        person: &Person,
        whereabouts: Option<&Whereabouts>,
    ) -> Option<(Outcome, String)> {
        let id = &person.object_id;
        let print = Print::of([id.as_str()]).short();
        let end = |outcome| Some((outcome, String::new()));
        if !self.met.insert(print) {
            return end(Outcome::Skipped(Cause::Duplicate));
        }
        let closed = asked.closed(person, listed);
        if closed.is_none() {
            self.recipients += 1;
            self.meant.push(print);
        }
        let state = whereabouts.and_then(|it| it.state.as_ref());
        let settled = match state {
            Some(State::Settled(outcome)) => Some(*outcome),
            // An earlier run ended between intent and answer.
            Some(State::Sending { .. }) => Some(Outcome::InDoubt),
            Some(
                State::Identified
                | State::Missing
                | State::Installed { .. }
                | State::Addressed { .. },
            )
            | None => None,
        };
        if let Some(outcome) = settled
            && !asked.takes_up(outcome, id, closed.is_none())
        {
            return end(outcome);
        }
        if closed.is_some() {
            return closed;
        }
        let has_chat = listed.chat.is_some() || whereabouts.is_some_and(|it| it.has_chat);
        self.count(state, has_chat);
        None
    }

    /// Counts somebody who would be written to by what is known of them.
    fn count(&mut self, state: Option<&State>, has_chat: bool) {
        let people = &mut self.people;
        let class = match state {
            Some(State::Missing) => &mut people.missing,
            Some(State::Installed {
                installation: Some(_),
            }) => &mut people.installed,
            Some(State::Installed { installation: None }) => &mut people.present,
            _ if has_chat => &mut people.known,
            Some(
                State::Identified
                | State::Addressed { .. }
                | State::Sending { .. }
                | State::Settled(_),
            )
            | None => &mut people.unknown,
        };
        *class += 1;
    }

    fn note(&mut self, row: &Row, cause: Cause, detail: String) {
        let noted = self.examples.iter().filter(|it| it.cause == cause).count();
        if noted < EXAMPLES {
            self.examples.push(Example {
                row: row.label.clone(),
                cause,
                detail,
            });
        }
    }
}

/// What becomes of a row whose user nobody knows.
fn nobody(asked: Asked<'_>, listed: &Listed, cause: Cause) -> (Outcome, String) {
    // Whom the directory does not know is left out by the same name.
    if asked.bounds.excluded.has_key(&listed.key) {
        return (Outcome::Skipped(Cause::Excluded), String::new());
    }
    (Outcome::Failed(cause), String::new())
}
