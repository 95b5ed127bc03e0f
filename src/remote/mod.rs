//! One request out, one answer in, at the pace the service allows.
//!
//! A [`Service`] sends requests to one host with its token, waits for the
//! [`Budget`] a request spends, repeats what may be repeated and judges the
//! rest. [`Transport`] is the only seam to the network: everything above it
//! runs in tests without sockets and in virtual time.
//!
//! Not here: endpoint paths, wire types, recipients.

mod answer;
mod blocker;
mod budget;
mod call_error;
mod delays;
mod endpoint;
mod extent;
mod fault;
mod figures;
mod live;
mod origin;
mod outgoing;
mod retry_after;
mod service;
mod token_transport;
mod transport;
mod tries;
mod trouble;
mod witness;

pub use answer::{Answer, brief};
pub use blocker::Blocker;
pub use budget::{Budget, Pass, Rank, Stopped};
pub use call_error::CallError;
pub use delays::{Delays, Jitter};
pub use endpoint::{encode, endpoint};
pub use extent::Extent;
pub use fault::{Fault, Repeat, Verdict};
pub use figures::BudgetFigures;
pub use live::{BuildError, LiveTransport};
pub use origin::{ForeignHost, is_loopback, same_origin};
pub use outgoing::Outgoing;
pub use retry_after::retry_after;
pub use service::{Patience, Service, ServiceKind};
pub use token_transport::{MachineTransport, TokenTransport};
pub use transport::{NoRoundTrip, Transport};
pub use tries::Tries;
pub use trouble::Trouble;
pub use witness::{Sighting, Witness};
