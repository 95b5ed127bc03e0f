//! Pins what a run does to people, against the world in virtual time.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

#[expect(dead_code, reason = "each file of tests uses a part")]
mod common;

use std::time::Duration;

use common::scenario::{
    By, Cut, Play, Scenario,
    wire::{ONE_WAY, Written},
};
use http::Method;
use teamcast::{
    campaign::{Limits, Resolve},
    model::{Cause, OutcomeKind},
    pipeline::Halt,
    remote::Blocker,
    simulator::{
        Canned, Effect, Endpoint, Hardship, Obstacle, Quotas, Registration, RetryAfter, Shape,
        WebApplication, When,
    },
};

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

#[tokio::test(start_paused = true)]
async fn everybody_with_and_without_the_app_gets_exactly_one_message() {
    let half = Shape {
        installed: 0.5,
        ..Shape::uniform()
    };

    let (play, ended) = Scenario::new().users(100).shape(half).run().await;

    assert_eq!(spread(&play), [0, 100]);
    assert_eq!(
        ended.account.to_string(),
        "100 rows = 100 delivered + 0 skipped + 0 failed + 0 in-doubt + 0 pending"
    );
    assert_eq!(posts(&play, "/installedApps").len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_second_run_of_the_same_campaign_sends_nothing() {
    let (mut play, _) = Scenario::new().users(20).run().await;
    let requests = play.log().len();

    let again = play.run().await;

    assert_eq!(again.delivered(), 20);
    assert_eq!(play.log().len(), requests);
}

#[tokio::test(start_paused = true)]
async fn a_later_run_reaches_only_who_is_new_wherever_they_are_listed() {
    let (mut play, _) = Scenario::new()
        .list([By::Name(0), By::Name(1), By::Name(2)])
        .run()
        .await;
    play.relist([
        By::Name(3),
        By::Id(2),
        By::Mail(0),
        By::Name(1),
        By::Name(4),
    ]);

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 5);
    assert_eq!(play.sends().len(), 5);
    assert_eq!(spread(&play), [5, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_known_chat_is_written_to_with_one_request_to_teams() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    let before = play.log().len();

    let ended = play.run().await;

    // Each is looked up in the directory and written to.
    assert_eq!(ended.delivered(), 10);
    assert_eq!(play.log().len() - before, 20);
    assert_eq!(spread(&play), [0, 10]);
}

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
async fn a_failure_with_retry_after_closes_the_gate_and_the_one_it_befell_is_in_doubt() {
    let unavailable = Effect::Respond(canned(503).header("Retry-After", "20"));
    let (play, ended) = Scenario::new()
        .users(40)
        .befalls(SEND, When::Nth(3), unavailable)
        .run()
        .await;

    assert_eq!((ended.delivered(), ended.in_doubt()), (39, 1));
    let sends = play.sends();
    let failed = sends
        .iter()
        .find(|sent| sent.status() == Some(503))
        .unwrap();
    let closed = failed.answered.unwrap().0;
    assert!(
        !sends
            .iter()
            .any(|sent| closed < sent.at && sent.at < closed + 20 * SECOND)
    );
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
async fn a_send_whose_answer_is_lost_is_in_doubt_and_never_repeated() {
    let (mut play, ended) = Scenario::new().users(30).lose_answer_every(10).run().await;

    assert_eq!((ended.delivered(), ended.in_doubt()), (27, 3));
    assert_eq!(spread(&play), [0, 30]);

    let again = play.run().await;

    assert_eq!((again.delivered(), again.in_doubt()), (27, 3));
    assert_eq!(play.sends().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_lost_on_its_way_is_in_doubt_and_never_repeated() {
    let (mut play, ended) = Scenario::new()
        .users(30)
        .befalls(SEND, When::EveryNth(10), Effect::LoseRequest)
        .run()
        .await;

    assert_eq!((ended.delivered(), ended.in_doubt()), (27, 3));
    assert_eq!(spread(&play), [3, 27]);

    play.run().await;

    assert_eq!(play.sends().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_fails_before_or_after_its_effect_is_in_doubt() {
    for status in [408, 500, 502, 503, 504] {
        for (effect, sent) in [
            (Effect::Respond(canned(status)), 9),
            (Effect::RespondAfter(canned(status)), 10),
        ] {
            let (play, ended) = Scenario::new()
                .befalls(SEND, When::Nth(4), effect)
                .run()
                .await;

            assert_eq!((ended.delivered(), ended.in_doubt()), (9, 1), "{status}");
            assert_eq!(play.messages().iter().sum::<usize>(), sent, "{status}");
            assert_eq!(play.sends().len(), 10, "{status}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_repeated_because_it_had_no_effect() {
    let (play, ended) = Scenario::new()
        .befalls(SEND, When::Nth(4), Effect::Respond(canned(412)))
        .run()
        .await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(play.sends().len(), 11);
    assert_eq!(spread(&play), [0, 10]);
}

#[tokio::test(start_paused = true)]
async fn with_resend_an_unanswered_send_is_made_again() {
    let (play, ended) = Scenario::new()
        .resending()
        .befalls(SEND, When::Nth(4), Effect::LoseAnswer)
        .befalls(SEND, When::Nth(6), Effect::LoseRequest)
        .run()
        .await;

    assert_eq!((ended.delivered(), ended.in_doubt()), (10, 0));
    assert_eq!(spread(&play), [0, 9, 1]);
}

#[tokio::test(start_paused = true)]
async fn with_resend_a_later_run_arms_again_who_was_found_mid_send() {
    let mut play = Scenario::new()
        .resending()
        .cut(Cut::Kill(Duration::from_millis(700)))
        .set();
    play.run().await;

    let ended = play.finish(1).await;

    let armed = (0..10)
        .filter(|place| play.story(*place).contains(&"rearmed"))
        .count();
    assert_eq!(ended.delivered(), 10);
    assert!(0 < armed, "nobody was mid-send");
    assert!(play.messages().iter().all(|count| 1 <= *count));
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_gone_with_the_app_is_resolved_again_and_written_to_once() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    play.world.uninstall(play.id(2));
    play.world.uninstall(play.id(5));
    play.world.delete_chat(play.id(5));

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
    for place in [2, 5] {
        assert_eq!(
            play.story(place),
            [
                "chat-resolved",
                "send-started",
                "chat-forgotten",
                "found-missing",
                "app-installed",
                "found-installed",
                "chat-resolved",
                "send-started",
                "delivered",
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_chat_the_person_deleted_is_made_anew_by_the_connector_and_written_to_once() {
    let mut play = Scenario::new()
        .resolving(Resolve::Connector)
        .set()
        .after_an_earlier_campaign()
        .await;
    play.world.delete_chat(play.id(3));

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
    assert_eq!(
        play.story(3),
        [
            "chat-resolved",
            "send-started",
            "chat-forgotten",
            "chat-resolved",
            "send-started",
            "delivered"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_passing_fault_of_the_installation_store_is_repeated() {
    let body = r#"{"error":{"code":"BadRequest","message":"Failed to execute request CreateOrUpdateUserAppEntitlementForTeamsAsync."}}"#;
    let fault = Effect::Respond(canned(400).body(body));
    let (play, ended) = Scenario::new()
        .without_app()
        .befalls(Endpoint::InstallApp, When::EveryNth(4), fault)
        .run()
        .await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
    assert_eq!(posts(&play, "/installedApps").len(), 13);
}

#[tokio::test(start_paused = true)]
async fn an_install_whose_answer_is_lost_is_repeated_and_found_to_be_there() {
    let (play, ended) = Scenario::new()
        .without_app()
        .befalls(Endpoint::InstallApp, When::Nth(3), Effect::LoseAnswer)
        .run()
        .await;

    let there = (0..10).filter(|place| play.story(*place).contains(&"already-installed"));
    assert_eq!(there.count(), 1);
    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
}

#[tokio::test(start_paused = true)]
async fn without_leave_to_install_people_without_the_app_are_skipped() {
    let shape = Shape {
        installed: 0.7,
        ..Shape::uniform()
    };
    let (play, ended) = Scenario::new().shape(shape).never_installing().run().await;

    assert_eq!(ended.delivered(), 7);
    assert_eq!(ended.because(Cause::NotInstalled), 3);
    assert_eq!(spread(&play), [3, 7]);
    assert_eq!(posts(&play, "/installedApps").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn people_who_cannot_be_reached_fail_with_the_cause_of_what_stands_between() {
    let mut play = Scenario::new().set();
    for (place, obstacle) in [
        (1, Obstacle::BlockedByUser),
        (2, Obstacle::WritesBlocked),
        (3, Obstacle::DisabledByAdmin),
        (4, Obstacle::PermissionPolicy),
        (5, Obstacle::NeverSignedIn),
    ] {
        play.world.obstruct(play.id(place), obstacle);
    }
    play.world.uninstall(play.id(4));
    play.world.uninstall(play.id(5));

    let ended = play.run().await;

    let causes = ended.rows.iter().map(|row| row.cause).collect::<Vec<_>>();
    assert_eq!(
        causes[..6],
        [
            None,
            Some(Cause::BlockedByUser),
            Some(Cause::BlockedByUser),
            Some(Cause::BlockedByPolicy),
            Some(Cause::BlockedByPolicy),
            Some(Cause::AppNotInCatalog),
        ]
    );
    assert_eq!(ended.delivered(), 5);
    assert_eq!(spread(&play), [5, 5]);
}

#[tokio::test(start_paused = true)]
async fn the_campaigns_rules_leave_people_out_before_teams_is_asked() {
    let shape = Shape {
        guests: 0.2,
        disabled: 0.1,
        unlicensed: 0.1,
        ..Shape::uniform()
    };
    let (play, ended) = Scenario::new().users(50).shape(shape).run().await;

    let skipped =
        [Cause::Guest, Cause::Disabled, Cause::Unlicensed].map(|cause| ended.because(cause));
    let people = (0..50).map(|place| play.is_deliverable(place));
    let messages = play.messages().into_iter().map(|count| count == 1);
    assert!(people.eq(messages));
    assert_eq!(
        skipped.iter().sum::<u64>(),
        ended.count(OutcomeKind::Skipped)
    );
    assert_eq!(ended.delivered() + ended.count(OutcomeKind::Skipped), 50);
}

#[tokio::test(start_paused = true)]
async fn a_later_row_for_the_same_person_is_a_duplicate_and_names_the_first() {
    let (play, ended) = Scenario::new()
        .list([
            By::Mail(0),
            By::Name(1),
            By::Name(0),
            By::Id(0),
            By::Id(1),
            By::Nobody,
            By::Name(0),
        ])
        .run()
        .await;

    let details = ended
        .rows
        .iter()
        .map(|row| (row.cause, row.detail.as_deref()));
    let same = |row| (Some(Cause::Duplicate), Some(row));
    assert_eq!(
        details.collect::<Vec<_>>(),
        [
            (None, None),
            (None, None),
            same("the same person as users.csv:2"),
            same("the same person as users.csv:2"),
            same("the same person as users.csv:3"),
            (Some(Cause::UnknownUser), None),
            same("the same person as users.csv:2"),
        ]
    );
    assert_eq!(spread(&play), [8, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_is_skipped_and_stops_nobody() {
    let (play, ended) = Scenario::new()
        .list([By::Name(0), By::Nonsense, By::Nobody, By::Name(1)])
        .run()
        .await;

    assert_eq!(ended.because(Cause::MalformedRow), 1);
    assert_eq!(ended.because(Cause::UnknownUser), 1);
    assert_eq!(ended.delivered(), 2);
    assert_eq!(spread(&play), [8, 2]);
}

#[tokio::test(start_paused = true)]
async fn whenever_a_run_is_stopped_nobody_is_left_in_doubt_and_a_second_run_finishes() {
    let scenario = || {
        let told = Effect::Respond(canned(429).header("Retry-After", "3"));
        Scenario::new()
            .users(25)
            .without_app()
            .befalls(Endpoint::ListInstalledApps, When::EveryNth(9), told)
            .throttle_every(6)
    };
    let (_, whole) = scenario().run().await;
    let mut stopped = 0;

    let step = 97;
    for moment in (0..).map(|number| Duration::from_millis(number * step)) {
        if whole.took <= moment {
            break;
        }
        let (mut play, cut) = scenario().stop_after(moment).run().await;
        assert_eq!(cut.in_doubt(), 0, "stopped at {moment:?}");
        assert_eq!(cut.account.rows, 25, "stopped at {moment:?}");
        assert_eq!(
            play.messages().iter().sum::<usize>() as u64,
            cut.delivered()
        );
        stopped += u64::from(matches!(cut.halt(), Some(Halt::Stopped)));

        play.finish(1).await;
        assert_eq!(spread(&play), [0, 25], "stopped at {moment:?}");
    }

    assert!(100 < stopped, "{stopped} of {:?}", whole.took);
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_sends_under_way_finish_and_starts_no_more() {
    let slow = Effect::Delay(5 * SECOND);
    let mut play = Scenario::new()
        .users(40)
        .befalls(SEND, When::Always, slow)
        .stop_after(Duration::from_millis(500))
        .set()
        .after_an_earlier_campaign()
        .await;
    let (before, earlier) = (play.log().len(), play.sends().len());
    let start = play.log()[before - 1].answered.unwrap().0;

    let ended = play.run().await;

    let sends = play.sends().split_off(earlier);
    assert!(sends.iter().all(|sent| sent.at <= start + SECOND));
    assert_eq!(sends.len() as u64, ended.delivered());
    assert!(0 < ended.delivered() && ended.delivered() < 40);
    assert_eq!(ended.pending(), 40 - ended.delivered());
    assert!(5 * SECOND + 2 * ONE_WAY <= ended.took);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_stops_the_run_after_a_few_requests() {
    let registration = Registration {
        permissions: vec!["User.Read.All".to_owned()],
        ..Registration::default()
    };
    let (play, ended) = Scenario::new()
        .users(500)
        .registered(registration)
        .run()
        .await;

    assert!(
        matches!(
            ended.halt(),
            Some(Halt::Blocked(Blocker::PermissionMissing { .. }))
        ),
        "{:?}",
        ended.halt()
    );
    let asked = posts(&play, "").len()
        + play
            .log()
            .iter()
            .filter(|one| one.path.ends_with("/installedApps"))
            .count();
    assert!(asked <= 10, "{asked} requests");
    assert!(play.log().len() <= 100, "{} requests", play.log().len());
    assert_eq!(ended.pending(), 500);
    assert_eq!(spread(&play), [500]);
}

#[tokio::test(start_paused = true)]
async fn an_app_of_another_registration_stops_the_run_after_a_few_requests() {
    let registration = Registration {
        web_application: WebApplication::Mismatch,
        ..Registration::default()
    };
    let (play, ended) = Scenario::new()
        .users(500)
        .registered(registration)
        .run()
        .await;

    assert!(
        matches!(
            ended.halt(),
            Some(Halt::Blocked(Blocker::AppMismatch { .. }))
        ),
        "{:?}",
        ended.halt()
    );
    assert!(posts(&play, "/installedApps").len() <= 10);
    assert_eq!(ended.pending(), 500);
    assert_eq!(spread(&play), [500]);
}

#[tokio::test(start_paused = true)]
async fn a_token_the_connector_refuses_stops_the_run_and_leaves_nobody_in_doubt() {
    let refused = Effect::Respond(canned(401));
    let (play, ended) = Scenario::new()
        .users(200)
        .befalls(SEND, When::Always, refused)
        .run()
        .await;

    assert!(
        matches!(
            ended.halt(),
            Some(Halt::Blocked(Blocker::TokenRefused { .. }))
        ),
        "{:?}",
        ended.halt()
    );
    assert!(play.sends().len() <= 12, "{} sends", play.sends().len());
    assert_eq!((ended.in_doubt(), ended.pending()), (0, 200));
    assert_eq!(spread(&play), [200]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_during_the_run_is_renewed_and_nobody_notices() {
    let registration = Registration {
        token_lifetime: 2 * SECOND,
        ..Registration::default()
    };
    let (play, ended) = Scenario::new()
        .users(150)
        .registered(registration)
        .run()
        .await;

    assert!(play.log().iter().any(|one| one.status() == Some(401)));
    assert_eq!(ended.delivered(), 150);
    assert_eq!(spread(&play), [0, 150]);
}

#[tokio::test(start_paused = true)]
async fn without_a_network_nothing_is_sent_and_nobody_is_in_doubt() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    play.wire.unplug(true);
    let cut = play.run().await;

    assert_eq!(cut.in_doubt(), 0);
    assert_eq!(spread(&play), [10]);
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

#[tokio::test(start_paused = true)]
async fn a_chat_the_person_deleted_is_made_anew_when_graph_gives_the_stale_id_again() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    play.world.delete_chat(play.id(3));

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 10, "{:?}", play.story(3));
    assert!(play.messages().iter().all(|count| 1 <= *count));
}

#[tokio::test(start_paused = true)]
async fn a_malformed_row_in_between_does_not_change_which_row_comes_first() {
    let (_, ended) = Scenario::new()
        .befalls(Endpoint::ListUsers, When::Always, Effect::Delay(SECOND))
        .list([By::Mail(0), By::Nonsense, By::Name(0)])
        .run()
        .await;

    assert_eq!(ended.rows[0].cause, None);
    assert_eq!(ended.rows[2].cause, Some(Cause::Duplicate));
}

#[tokio::test(start_paused = true)]
async fn the_first_row_stays_first_on_resume_behind_a_known_row() {
    let mut play = Scenario::new()
        .list([By::Name(5), By::Name(1)])
        .without_app()
        .cut(Cut::Kill(Duration::from_millis(400)))
        .set();
    play.run().await;
    play.world.script(Hardship::new(
        Endpoint::ListUsers,
        Effect::Delay(30 * SECOND),
    ));
    play.relist([By::Mail(0), By::Name(1), By::Name(0)]);

    let ended = play.finish(1).await;

    assert_eq!(ended.rows[0].cause, None);
    assert_eq!(ended.rows[2].cause, Some(Cause::Duplicate));
}

#[tokio::test(start_paused = true)]
async fn a_row_does_not_wait_for_the_delivery_of_a_known_row_before_it() {
    let slow = Hardship::new(Endpoint::GetChat, Effect::Delay(120 * SECOND));
    let mut play = Scenario::new()
        .list([By::Name(0)])
        .befalls(
            Endpoint::GetChat,
            When::First(1),
            Effect::Delay(120 * SECOND),
        )
        .cut(Cut::Kill(SECOND))
        .set();
    play.run().await;
    play.world.script(slow.when(When::First(1)));
    play.relist([By::Name(0), By::Name(1)]);

    play.cut(Cut::Stop(10 * SECOND));

    let stopped = play.run().await;

    assert_eq!(stopped.rows[1].outcome, OutcomeKind::Delivered);
}

#[tokio::test(start_paused = true)]
async fn with_resend_someone_whose_every_send_is_unanswered_is_in_doubt_after_two() {
    let (play, ended) = Scenario::new()
        .users(1)
        .resending()
        .befalls(SEND, When::Always, Effect::LoseAnswer)
        .run()
        .await;

    assert_eq!(ended.in_doubt(), 1);
    assert_eq!(play.messages(), [2]);
}

#[tokio::test(start_paused = true)]
async fn with_resend_a_stop_after_a_lost_answer_is_not_recorded_as_known_unsent() {
    let (play, _) = Scenario::new()
        .users(1)
        .resending()
        .befalls(SEND, When::Nth(1), Effect::LoseAnswer)
        .stop_after(Duration::from_millis(10_800))
        .run()
        .await;

    assert!(
        !play.story(0).contains(&"send-abandoned"),
        "{:?}",
        play.messages()
    );
}

#[tokio::test(start_paused = true)]
async fn a_kill_while_the_service_asks_for_patience_leaves_nobody_in_doubt() {
    let throttled = Effect::Respond(canned(429).header("Retry-After", "60"));
    let mut play = Scenario::new()
        .users(10)
        .befalls(SEND, When::First(10), throttled)
        .cut(Cut::Kill(20 * SECOND))
        .set();
    play.run().await;
    assert!(!play.sends().is_empty(), "nobody was throttled");

    let ended = play.finish(1).await;

    assert_eq!(ended.in_doubt(), 0);
    assert_eq!(spread(&play), [0, 10]);
}
