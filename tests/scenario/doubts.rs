//! A send that may or may not have had its effect: said so, and not repeated.

use std::time::Duration;

use teamcast::simulator::{Effect, When};

use crate::{
    SECOND, SEND, canned,
    common::scenario::{Cut, Scenario},
    spread,
};

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
        .cut(Cut::Kill(Duration::from_millis(350)))
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
async fn without_a_network_nothing_is_sent_and_nobody_is_in_doubt() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    play.wire.unplug(true);
    let cut = play.run().await;

    assert_eq!(cut.in_doubt(), 0);
    assert_eq!(spread(&play), [10]);
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
