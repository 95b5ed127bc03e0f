//! Every point at which one run can end, one after the other.

use std::time::Duration;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use teamcast::ledger::Fate;

use crate::{
    MidSend, RUNS, check_end, check_nobody_has_two,
    common::scenario::{Cut, Scenario},
    hard_times, list, people,
    property::any_hardships,
    set,
};

/// Kinds of bad days, each of them cut at every commit, in the long form.
const BAD_DAYS: u64 = 12;

/// Ends the scenario's run with each of its commits in turn, the last one lost
/// or kept, and lets the next runs finish it.
async fn end_with_every_commit(scenario: impl Fn() -> Scenario) -> MidSend {
    let mut whole = set(scenario()).await;
    let before = whole.store.commits();
    let ended = whole.run().await;
    check_end(&whole, &ended, "uncut");
    let commits = whole.store.commits() - before;
    let mut mid_send = MidSend::default();

    for last in 0..commits {
        for fate in [Fate::Lost, Fate::Kept] {
            let what = format!("commit {last} {fate:?}");
            let mut play = set(scenario().cut(Cut::Crash(last, fate))).await;
            let crashed = play.run().await;
            // The last commit closes the audience, when the run is over.
            assert_eq!(crashed.halt().is_some(), last + 1 < commits, "{what}");
            check_nobody_has_two(&play, &what);

            let ended = play.finish(RUNS).await;
            check_end(&play, &ended, &what);
            mid_send += MidSend::found(&play, 1);
        }
    }
    mid_send
}

#[tokio::test(start_paused = true)]
async fn whichever_commit_of_a_run_is_the_last_nobody_has_two_messages_and_everybody_is_accounted_for()
 {
    let mid_send = end_with_every_commit(hard_times).await;

    println!("{mid_send:?}");
    mid_send.assert_hit();
}

#[tokio::test(start_paused = true)]
#[ignore = "takes minutes: `make torture`"]
async fn whichever_commit_is_the_last_on_any_bad_day_nobody_has_two_messages_and_everybody_is_accounted_for()
 {
    let mut random = TestRunner::deterministic();
    let mut mid_send = MidSend::default();
    for day in 0..BAD_DAYS {
        let hardships = any_hardships().new_tree(&mut random).unwrap().current();
        let bad_day = || {
            let scenario = Scenario::new().users(30).seed(day);
            let scenario = scenario.shape(people()).list(list(30));
            hardships
                .iter()
                .cloned()
                .fold(scenario, Scenario::suffering)
        };
        mid_send += end_with_every_commit(bad_day).await;
    }

    println!("{mid_send:?}");
    mid_send.assert_hit();
}

#[tokio::test(start_paused = true)]
async fn whenever_a_run_is_killed_nobody_has_two_messages_and_everybody_is_accounted_for() {
    let mut whole = set(hard_times()).await;
    let began = whole.log().len();
    let ended = whole.run().await;
    let log = whole.log().split_off(began);
    let start = log[0].at;
    let mut moments: Vec<Duration> = log
        .iter()
        .filter(|written| written.is_send())
        .flat_map(|written| {
            [
                written.at + Duration::from_millis(25),
                written.answered.unwrap().0,
            ]
        })
        .map(|moment| moment.checked_sub(start).unwrap())
        .filter(|moment| *moment < ended.took)
        .collect();
    moments.dedup();
    let mut mid_send = MidSend::default();

    for moment in &moments {
        let what = format!("killed at {moment:?}");
        let mut play = set(hard_times().cut(Cut::Kill(*moment))).await;
        play.run().await;
        check_nobody_has_two(&play, &what);

        let ended = play.finish(RUNS).await;
        check_end(&play, &ended, &what);
        mid_send += MidSend::found(&play, 1);
    }

    println!("{mid_send:?}");
    mid_send.assert_hit();
}
