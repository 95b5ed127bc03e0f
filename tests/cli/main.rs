//! Pins what the built program does over real sockets: exit codes, reports,
//! words on the screen, and above all what the simulated chats hold afterwards.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

mod addresses;
mod audience;
mod bad_input;
mod check;
mod check_lines;
mod company;
mod delivery;
mod forgetting;
mod hostile;
#[cfg(unix)]
mod identities;
#[cfg(unix)]
mod interruption;
mod leaks;
#[cfg(unix)]
mod listen;
mod lists;
#[cfg(target_os = "linux")]
mod machine;
mod newcomers;
mod outcomes;
mod people;
mod plan;
mod reconcile;
mod refusal;
mod reports;
mod stage;
#[cfg(unix)]
mod storage;
mod teams;
mod throttling;
