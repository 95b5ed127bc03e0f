//! Budgets, and services that ask to wait.

use std::time::Duration;

use http::Method;
use teamcast::{
    campaign::Limits,
    simulator::{Effect, Endpoint, Quotas, RetryAfter, When},
};

use crate::{
    SECOND, SEND, canned,
    common::scenario::{By, Scenario, wire::Written},
    posts, spread,
};

async fn everyone_waits(form: RetryAfter, effect: Option<&str>, at_least: Duration) {
    let told = |wait: &str| Effect::Respond(canned(429).header("Retry-After", wait));
    let scenario = Scenario::new().users(60).retry_after(form);
    let scenario = match effect {
        Some(wait) => scenario.befalls(SEND, When::Nth(7), told(wait)),
        // The tenant itself refuses whoever is twice as fast as it allows.
        None => scenario.quotas(Quotas::Scaled(0.5)),
    };
    let mut play = scenario.set().after_an_earlier_campaign().await;
    let before = play.sends().len();

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 60);
    assert_eq!(spread(&play), [0, 60]);
    let sends = play.sends().split_off(before);
    let refused: Vec<&Written> = sends
        .iter()
        .filter(|sent| sent.status() == Some(429))
        .collect();
    assert!(!refused.is_empty());
    for refusal in refused {
        let closed = refusal.answered.unwrap().0;
        let open = closed + at_least;
        let early = sends.iter().find(|sent| closed < sent.at && sent.at < open);
        assert!(
            early.is_none(),
            "{early:?} while closed from {closed:?} to {open:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_in_seconds_closes_the_gate_to_everyone() {
    everyone_waits(RetryAfter::Seconds, Some("30"), 30 * SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn retry_after_with_a_fraction_closes_the_gate_to_everyone() {
    everyone_waits(
        RetryAfter::Seconds,
        Some("2.128"),
        Duration::from_millis(2128),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn retry_after_as_a_date_closes_the_gate_to_everyone() {
    // The world begins at eight and has done something before.
    let date = "Mon, 30 Nov 2026 08:10:00 GMT";
    let until_then = Duration::from_mins(9);
    everyone_waits(RetryAfter::Seconds, Some(date), until_then).await;
}

#[tokio::test(start_paused = true)]
async fn a_tenant_with_half_the_quota_is_obeyed_in_every_form_it_asks_to_wait() {
    for form in [
        RetryAfter::Seconds,
        RetryAfter::Fractional,
        RetryAfter::Date,
        RetryAfter::Absent,
    ] {
        everyone_waits(form, None, Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_budget_does_not_slow_another() {
    let told = Effect::Respond(canned(429).header("Retry-After", "60"));
    let mut play = Scenario::new()
        .users(20)
        .without_app()
        .befalls(Endpoint::InstallApp, When::Nth(1), told)
        .set();
    let known: Vec<By> = (0..10).map(By::Name).collect();
    play.relist(known);
    play.run().await;
    let requests = play.log();

    let installs = posts(&play, "/installedApps");
    let closed = installs[0].answered.unwrap().0;
    assert!(
        installs
            .iter()
            .all(|one| one.at <= closed || closed + 60 * SECOND <= one.at)
    );
    let others = requests.iter().filter(|one| one.method == Method::GET);
    assert!(
        others
            .clone()
            .any(|one| closed < one.at && one.at < closed + 60 * SECOND)
    );
    assert_eq!(spread(&play), [10, 10]);
}

#[tokio::test(start_paused = true)]
async fn at_the_documented_limits_nobody_is_throttled_and_no_time_is_lost() {
    let scenario = Scenario::new().users(600).limits(Limits::default());
    let (play, ended) = scenario.run().await;

    let quotas = play.world.truth().quotas;
    println!("{:?} for 600 people who have the app", ended.took);
    for (name, quota) in quotas.iter().filter(|(_, quota)| 0 < quota.seen) {
        println!(
            "{name}: seen {}, refused {}, peak {} a second",
            quota.seen, quota.refused, quota.peak_per_second
        );
    }
    for figures in &ended.budgets {
        println!("{figures:?}");
    }
    assert_eq!(ended.delivered(), 600);
    assert_eq!(quotas.values().map(|quota| quota.refused).sum::<u64>(), 0);
    // One read a person at 30 a second, and a second of answers.
    assert!(ended.took <= 21 * SECOND, "{:?}", ended.took);
    assert!(ended.budget("connector").peak_per_second <= 51);
}
