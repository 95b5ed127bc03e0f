//! The Teams Bot Connector, REST v3: conversations and messages.
//!
//! Errors come back as the program's causes, judged in `refusal` from the
//! bodies Teams is known to send.

mod client;
mod place;
mod probe;
mod refusal;
mod roster;

pub use client::{Body, Bot, Connector, SendError, Sent};
pub use roster::{Member, Roster};
