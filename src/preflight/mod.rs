//! What must hold before anybody is touched.
//!
//! Each question gives a [`Finding`]: what was found and, where something is
//! wrong, what to do about it. `teamcast check` asks all of them and shows the
//! answers; `teamcast run` asks those that cost next to nothing and stops at
//! the first start that would befall everyone. Nobody is written to here.
//!
//! Not here: printing, sending.

mod app;
mod canary;
mod examine;
mod finding;
mod permissions;
mod sources;
mod tokens;

pub use canary::canary;
pub use examine::{Depth, Examined, Preflight, examine};
pub use finding::{Check, Finding, Verdict};
