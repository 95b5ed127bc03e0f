//! What stops a run, and how it stops.

use std::time::Duration;

use teamcast::{
    pipeline::Halt,
    remote::Blocker,
    simulator::{Effect, Endpoint, Registration, WebApplication, When},
};

use crate::{
    SECOND, SEND, canned,
    common::scenario::{Scenario, wire::ONE_WAY},
    posts, spread,
};

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
    assert!(play.sends().len() <= 20, "{} sends", play.sends().len());
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
