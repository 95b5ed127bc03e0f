//! The service asks to slow down: its word is kept, and everybody still gets
//! exactly one message.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use teamcast::simulator::{
    Canned, Effect, Endpoint, Quotas, Registration, RetryAfter, Shape, When,
};

use crate::stage::{Stage, counts, wait_for};

fn without_app(people: usize) -> Stage {
    Stage::shaped(
        people,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    )
}

/// Throttles the first requests to `endpoint` and asserts that the run took at
/// least `seconds` and everybody got the message.
fn throttled(endpoint: Endpoint, retry_after: &str, seconds: f64) {
    let stage = without_app(15);
    stage
        .trouble(endpoint, wait_for(429, retry_after))
        .when(When::First(4));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 15)]), "{endpoint:?}");
    assert!(seconds <= stage.summary()["seconds"].as_f64().unwrap());
}

#[test]
fn a_throttled_send_waits_whole_seconds_and_is_sent_once() {
    throttled(Endpoint::SendActivity, "2", 2.0);
}

#[test]
fn a_throttled_send_waits_fractions_of_a_second_and_is_sent_once() {
    throttled(Endpoint::SendActivity, "1.75", 1.75);
}

#[test]
fn a_throttled_send_waits_until_a_date_and_is_sent_once() {
    let date = Timestamp::now() + Duration::from_secs(3);
    let date = Timestamp::from_second(date.as_second()).unwrap();
    let stage = without_app(5);
    let text = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&date)
        .unwrap();
    stage
        .trouble(Endpoint::SendActivity, wait_for(429, &text))
        .when(When::First(5));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 5)]));
    for row in stage.report() {
        assert!(date <= row["delivered_at"].parse().unwrap(), "{row:?}");
    }
}

#[test]
fn a_throttled_lookup_waits_and_is_done() {
    throttled(Endpoint::ListUsers, "1", 1.0);
}

#[test]
fn a_throttled_listing_of_apps_waits_and_is_done() {
    throttled(Endpoint::ListInstalledApps, "1.5", 1.5);
}

#[test]
fn a_throttled_install_waits_and_is_done() {
    throttled(Endpoint::InstallApp, "2", 2.0);
}

#[test]
fn a_throttled_search_for_the_chat_waits_and_is_done() {
    throttled(Endpoint::GetChat, "1", 1.0);
}

#[test]
fn a_throttled_page_of_the_directory_waits_and_loses_nobody() {
    let stage = Stage::new(1500);
    stage.edit(r#"{ csv = "users.csv" }"#, "{ users = {} }");
    stage
        .trouble(Endpoint::ListUsers, wait_for(429, "1"))
        .when(When::Nth(2));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 1500)]));
}

#[test]
fn throttling_without_a_time_is_waited_out_as_well() {
    let stage = Stage::new(10);
    let effect = Effect::Respond(Canned::status(429));
    stage
        .trouble(Endpoint::SendActivity, effect)
        .when(When::First(5));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 10)]));
}

#[test]
fn graph_out_of_service_for_a_moment_fails_nobody() {
    let stage = without_app(10);
    stage
        .trouble(Endpoint::ListInstalledApps, wait_for(503, "1"))
        .when(When::First(3));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 10)]));
}

#[test]
fn limits_above_the_documented_quotas_end_in_one_message_each_all_the_same() {
    for retry_after in [
        RetryAfter::Seconds,
        RetryAfter::Fractional,
        RetryAfter::Date,
    ] {
        let stage = Stage::registered(
            15,
            Shape::uniform(),
            Quotas::Scaled(0.2),
            Registration {
                retry_after,
                ..Registration::default()
            },
        );
        stage.edit("= 100000", "= 200");

        stage.run().code(0);

        assert_eq!(stage.account(), counts([("delivered", 15)]));
        let quotas = stage.world.truth().quotas;
        let refused: u64 = quotas.values().map(|quota| quota.refused).sum();
        assert_ne!(refused, 0, "nothing was tested");
    }
}
