//! Pins "never twice, never lost" against `kill -9`: the built program is
//! killed at random moments of one campaign, over real sockets against a
//! simulated tenant in a process of its own, and started again each time.
//!
//! The short form runs with every `cargo test`, the long one with
//! `make torture`.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

mod kills;
mod tenant;

use std::time::Duration;

use kills::Torture;
use teamcast::simulator::{Canned, Effect, Endpoint, Hardship, When};

/// An answer takes a while, so that a kill finds somebody without one.
fn slow_answers() -> Hardship {
    let delay = Effect::Delay(Duration::from_millis(20));
    Hardship::new(Endpoint::SendActivity, delay)
}

/// What a bad day at the service does to sends, each every so many.
fn hardships() -> Vec<Hardship> {
    let send =
        |nth, effect| Hardship::new(Endpoint::SendActivity, effect).when(When::EveryNth(nth));
    let wait = Canned::status(429).header("Retry-After", "1");
    let passing = Canned::status(503).header("Retry-After", "0.5");
    vec![
        slow_answers(),
        send(97, Effect::LoseAnswer),
        send(113, Effect::LoseRequest),
        send(131, Effect::RespondAfter(Canned::status(502))),
        send(149, Effect::Respond(Canned::status(500))),
        send(211, Effect::Respond(wait)),
        send(61, Effect::Respond(Canned::status(412))),
        Hardship::new(Endpoint::ListInstalledApps, Effect::Respond(passing))
            .when(When::EveryNth(401)),
        Hardship::new(Endpoint::GetChat, Effect::LoseAnswer).when(When::EveryNth(173)),
        Hardship::new(Endpoint::GetUser, Effect::LoseRequest).when(When::EveryNth(307)),
    ]
}

#[test]
fn killed_twelve_times_a_campaign_writes_to_nobody_twice_and_loses_nobody() {
    let torture = Torture {
        people: 600,
        quota_scale: 2.5,
        kills: 12,
        latest: Duration::from_millis(700),
        hardships: vec![slow_answers()],
        seed: 1,
    };

    println!("{}", torture.inflict());
}

#[test]
#[ignore = "takes minutes: `make torture`"]
fn killed_two_hundred_times_a_campaign_writes_to_nobody_twice_and_loses_nobody() {
    let torture = Torture {
        people: 5_000,
        quota_scale: 1.0,
        kills: 200,
        latest: Duration::from_millis(1_400),
        hardships: vec![slow_answers()],
        seed: 2,
    };

    let figures = torture.inflict();

    println!("{figures}");
    assert!(figures.mid_send > 0, "the dangerous window was never hit");
}

#[test]
#[ignore = "takes minutes: `make torture`"]
fn killed_two_hundred_times_on_a_bad_day_a_campaign_writes_to_nobody_twice_and_loses_nobody() {
    let torture = Torture {
        people: 5_000,
        quota_scale: 1.0,
        kills: 200,
        latest: Duration::from_millis(1_400),
        hardships: hardships(),
        seed: 3,
    };

    let figures = torture.inflict();

    println!("{figures}");
    assert!(figures.mid_send > 0, "the dangerous window was never hit");
}
