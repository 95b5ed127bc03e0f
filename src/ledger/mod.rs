//! Durable states and events: why a crash is harmless.
//!
//! A [`Ledger`] is a handle for any number of callers; a [`Writer`] owns the
//! [`Store`] and commits whatever is waiting in one go. A call returns once what
//! it said is on stable storage, unless it is something that can be learnt again
//! at no cost ([`Change::is_urgent`]): that is durable half a second later at
//! the latest, and before anything else about the same person. After one failed
//! commit nothing is accepted any more, since what the ledger holds is no longer
//! known.
//!
//! A campaign knows a *person* by their object id and a *row* by its place in
//! the input. A row is bound to a person once the directory has named them; the
//! first row of a run that is bound to a person claims them, and later ones are
//! duplicates. So rows may be moved, re-spelt or listed twice, and still nobody
//! is sent a second message.
//!
//! # Why are the rules in Rust and not in SQL?
//!
//! Both stores must give the same answers, also within one batch, where one
//! request may build on the one before. `book` holds the rules once; a store
//! reads what a batch is about into the book, lets the rules change it there and
//! writes back what they touched, one statement per table. People who are under
//! way stay in the book, so they are read once.
//!
//! # What if the file is lost, or its people are?
//!
//! A ledger that knows nothing would send to everybody again. So the lock file
//! beside it remembers that a campaign was run, a ledger deleted under a run is
//! saved under another name, and a campaign whose people were forgotten
//! ([`Forgetting`]) keeps its counts and is never run again.
//!
//! Not here: the network, the order in which people are served, a clock.

mod book;
mod due;
mod entry;
mod faulty;
mod handle;
mod memory;
mod needs;
mod record;
mod request;
mod row;
mod row_set;
mod shelf;
mod sqlite;
mod store;
mod writer;

#[cfg(test)]
mod equivalence;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use faulty::{Fate, Faulty};
pub use handle::{Binding, Ledger, LedgerStopped};
pub use memory::MemoryStore;
pub use request::{Answer, Bound, Change, NewRow, Request, Standing};
pub use row::ReportRow;
pub use sqlite::{
    AddressBook, AddressWatch, Doubtful, Fingerprints, Forgetting, Heard, KnownAddress, Notice,
    OpenError, PastCampaign, Presence, Prior, Purpose, ReadError, Reader, RunFacts, SqliteStore,
    Whereabouts, open_sqlite,
};
pub use store::{CampaignKey, CommitError, Extent, Store};
pub use writer::{Writer, channel};
