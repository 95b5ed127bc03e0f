//! Teamcast sends a 1:1 message from a Microsoft Teams bot to every person on
//! a list and proves afterwards what became of each of them.
//!
//! For each recipient: make sure the bot's app is installed (Microsoft Graph),
//! get the chat thread id, send the message (Bot Connector), write the result.
//! An event is on stable storage before anything acts on it, so a run can be
//! stopped at any instant and started again with the same command.
//!
//! # Layers
//!
//! An arrow may only point to a lower row; `tests/layers.rs` enforces it.
//!
//! ```text
//!  5  main ─▶ cli                                    composition root, exit codes
//!  4  progress     report     listen     simulator   terminal, files, news, the fake world
//!  3  pipeline     preflight  plan                   the job
//!  2  audience     message    campaign               what was asked
//!  1  graph ─┐                ledger                 the outside: services, storage
//!     connector ─▶ remote ─▶ identity
//!  0  model                                          pure data and rules, no I/O, no clock
//! ```
//!
//! # The life of a recipient
//!
//! ```text
//! listed ─▶ identified ─▶ missing ─▶ installed ─▶ addressed ─▶ sending ─▶ delivered
//!    any of them ─▶ skipped(cause) | failed(cause)     sending, unanswered ─▶ in doubt
//! ```
//!
//! A row of the input is *listed*. Once it is bound to a person in the
//! directory, that person has a [`model::State`], and [`model::State::apply`]
//! is the only way from one state to the next.
//!
//! # Invariants
//!
//! - Never is a send request written before its intent is durable.
//! - Never is a send whose result is unknown repeated unless the campaign says so.
//! - Never does a token leave for a host that was not configured.
//! - Always does every input row end in exactly one outcome.
//! - Always is `Retry-After` a floor.
//!
//! # Where to start reading
//!
//! [`pipeline`] is the job; [`model`] is the vocabulary; [`ledger`] is why a
//! crash is harmless.

pub mod audience;
pub mod campaign;
pub mod cli;
pub mod connector;
pub mod graph;
pub mod identity;
pub mod ledger;
pub mod listen;
pub mod message;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod preflight;
pub mod progress;
pub mod remote;
pub mod report;
pub mod simulator;
