//! What callers ask of the ledger, and what it answers.

use crate::model::{ChatId, Event, Evidence, Fact, ObjectId, Outcome, Person, RowNumber, State};

/// A row as this run's input has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRow {
    /// Its place in the input.
    pub number: RowNumber,
    /// Where it stands, for people: `users.csv:17`.
    pub label: String,
    /// The user as the input names them.
    pub user: String,
    /// What is wrong with it, where it cannot be read.
    pub malformed: Option<String>,
}

/// Where an enrolled row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an answer is short-lived, and mostly of known people when a run resumes"
)]
pub enum Standing {
    /// Nothing is known of it, or it has changed since.
    New,
    /// An earlier run bound it to a person who is not settled.
    Known {
        /// Who.
        person: Person,
        /// Where they stand.
        state: State,
        /// Their chat by the address book, where `state` has none yet.
        chat: Option<ChatId>,
        /// Where Teams said their messages are taken.
        service_url: Option<String>,
    },
    /// The row, or the person it is bound to, is settled.
    Settled(Outcome),
}

/// What binding a row to a person led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// The row stands for the person in this run.
    First {
        /// Where the person stands, maybe from an earlier run.
        state: State,
        /// Their chat by the address book, where `state` has none yet.
        chat: Option<ChatId>,
        /// Where Teams said their messages are taken.
        service_url: Option<String>,
    },
    /// Another row of this run stands for the person; this one is settled as a
    /// duplicate.
    Duplicate {
        /// The label of that row.
        first: String,
    },
}

/// A change to rows or people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Rows were read.
    Enrol(Vec<NewRow>),
    /// The directory says whom a row names.
    Bind {
        /// The row.
        row: RowNumber,
        /// The person.
        person: Person,
    },
    /// A row ends without a person of its own.
    SettleRow {
        /// The row.
        row: RowNumber,
        /// What became of it.
        outcome: Outcome,
        /// Why we say so.
        evidence: Evidence,
    },
    /// Something happened to a person.
    Record {
        /// The person.
        person: ObjectId,
        /// What happened.
        fact: Fact,
        /// Where that leaves them.
        next: State,
    },
    /// A person is sent to in a wave.
    JoinWave {
        /// The person.
        person: ObjectId,
        /// The wave's name.
        wave: String,
    },
}

impl Change {
    /// Whether it must be durable before anybody hears of it.
    ///
    /// What is not can be learnt again at no cost, so it may wait for others:
    /// which rows there are, whom they name, and what the services know of
    /// somebody. What may be lost is never what was done to somebody.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Enrol(_) | Self::Bind { .. } | Self::JoinWave { .. } => false,
            Self::SettleRow { .. } => true,
            Self::Record { fact, .. } => match &fact.event {
                Event::FoundMissing
                | Event::FoundInstalled { .. }
                | Event::AlreadyInstalled
                | Event::ChatResolved { .. } => false,
                Event::AppInstalled
                | Event::ChatForgotten
                | Event::SendStarted { .. }
                | Event::SendAbandoned
                | Event::Delivered { .. }
                | Event::LeftInDoubt
                | Event::FoundDelivered { .. }
                | Event::FoundAbsent
                | Event::DoubtRemained
                | Event::Skipped { .. }
                | Event::Failed { .. }
                | Event::Rearmed => true,
            },
        }
    }
}

/// One request to a [`Store`](super::Store).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "all but a few requests of a run are changes"
)]
pub enum Request {
    /// A change to rows or people.
    Change(Change),
    /// The audience ended after that many rows.
    CloseAudience(u64),
    /// The next run reads from this link on who is new; everybody without one.
    KeepChanges(Option<String>),
    /// The run ends with that exit code.
    FinishRun(u8),
    /// Everything that was asked before is to be durable.
    Settle,
}

impl Request {
    /// Whether it must be durable before it is answered.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Change(change) => change.is_urgent(),
            Self::CloseAudience(_) | Self::KeepChanges(_) | Self::FinishRun(_) | Self::Settle => {
                true
            }
        }
    }
}

/// The changes of a batch, and the request that ends it where that is none.
pub(super) fn split(batch: Vec<Request>) -> (Vec<Change>, Option<Request>) {
    let mut changes = Vec::with_capacity(batch.len());
    let mut end = None;
    for request in batch {
        match request {
            Request::Change(change) => changes.push(change),
            apart @ (Request::CloseAudience(_)
            | Request::KeepChanges(_)
            | Request::FinishRun(_)
            | Request::Settle) => end = Some(apart),
        }
    }
    (changes, end)
}

/// The answer to one [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Change::Enrol`]: one standing per row, in order.
    Standings(Vec<Standing>),
    /// To [`Change::Bind`].
    Bound(Bound),
    /// To everything else.
    Done,
}
