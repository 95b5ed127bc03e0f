//! Pins what a run does to people, against the world in virtual time.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "each file of tests uses a part")]
mod common;

mod audience;
mod delivery;
mod doubts;
mod halts;
mod left;
mod rows;
mod throttling;

use std::time::Duration;

use common::scenario::{Play, wire::Written};
use http::Method;
use teamcast::simulator::{Canned, Endpoint};

const SECOND: Duration = Duration::from_secs(1);
const SEND: Endpoint = Endpoint::SendActivity;

fn canned(status: u16) -> Canned {
    Canned::status(status)
}

/// How many people have how many messages: none, one, two, …
fn spread(play: &Play) -> Vec<usize> {
    let messages = play.messages();
    let most = messages.iter().max().copied().unwrap_or_default();
    (0..=most)
        .map(|many| messages.iter().filter(|count| **count == many).count())
        .collect()
}

fn posts(play: &Play, end: &str) -> Vec<Written> {
    let log = play.log().into_iter();
    log.filter(|written| written.method == Method::POST && written.path.ends_with(end))
        .collect()
}
