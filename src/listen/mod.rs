//! Hearing from Teams who has the bot: the bot's messaging endpoint.
//!
//! A [`Door`] answers each posting: whoever is no channel of the bot is refused
//! before the body is read ([`verify`], with the keys a [`KeyRing`] knows), and
//! what is no news of a person's own chat leaves no trace ([`told`]). News goes
//! to a [`Clerk`], who writes many down with one commit. A [`Listener`] puts the
//! door on a socket.
//!
//! # Why verify with `jsonwebtoken` over `ring`?
//!
//! The crate takes tokens apart and leaves the signature to whoever is
//! installed. Of its own two, one is a second TLS library's worth of C, and the
//! other has an open advisory (RUSTSEC-2023-0071); `ring` is here anyway. Claims
//! are judged here, since times are held against a clock that tests can set.
//!
//! Not here: what a campaign makes of what was learnt.

mod activity;
mod clerk;
mod door;
mod keys;
mod metadata;
mod refusal;
mod server;
mod signature;
mod tally;
mod token;

#[cfg(test)]
mod tests;

pub use activity::{Addressee, Told, told};
pub use clerk::{Clerk, Clerking, Noted};
pub use door::Door;
pub use keys::{Key, KeyRing, Keys, Tending};
pub use metadata::{MetadataError, Source, tenant_guid};
pub use refusal::Refusal;
pub use server::{ListenError, Listener, Tls};
pub use tally::{Tallied, Tally};
pub use token::{Expected, Speaker, verify};

/// Under this target people are named, as everywhere in the program.
const PEOPLE: &str = "teamcast::people";
