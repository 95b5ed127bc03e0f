//! Pins that a run may end at any point: nobody has two messages afterwards,
//! and everybody is accounted for.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

#[expect(dead_code, reason = "each file of tests uses a part")]
mod common;

use std::time::Duration;

use common::scenario::{By, Cut, Ended, Play, Scenario};
use proptest::{prelude::*, test_runner::Config};
use teamcast::{
    campaign::Resolve,
    ledger::Fate,
    model::OutcomeKind,
    simulator::{Canned, Effect, Endpoint, Shape, When},
};
use tokio::runtime::Builder;

/// Runs that may be needed to finish after a cut.
const RUNS: usize = 2;

/// Thirty people of every kind.
fn people() -> Shape {
    Shape {
        installed: 0.6,
        guests: 0.07,
        disabled: 0.04,
        unlicensed: 0.04,
        never_signed_in: 0.04,
        blocked_by_policy: 0.04,
        blocked_by_user: 0.04,
        ..Shape::uniform()
    }
}

/// Everybody once, some of them again under other names, and two odd rows.
fn list(people: usize) -> Vec<By> {
    let mut list: Vec<By> = (0..people).map(By::Name).collect();
    list.insert(3, By::Nonsense);
    list.insert(9, By::Nobody);
    list.extend([By::Mail(1), By::Id(5), By::Id(1), By::Name(8)]);
    list
}

fn canned(status: u16) -> Canned {
    Canned::status(status)
}

/// A hardship of every kind, each some times in a run over thirty people.
fn hard_times() -> Scenario {
    let send = Endpoint::SendActivity;
    Scenario::new()
        .users(30)
        .seed(11)
        .shape(people())
        .list(list(30))
        .throttle_every(9)
        .lose_answer_every(11)
        .befalls(send, When::Nth(5), Effect::RespondAfter(canned(502)))
        .befalls(send, When::Nth(8), Effect::Respond(canned(500)))
        .befalls(send, When::Nth(14), Effect::LoseRequest)
        .befalls(send, When::Nth(16), Effect::Respond(canned(412)))
        .befalls(Endpoint::InstallApp, When::Nth(2), Effect::LoseAnswer)
        .befalls(
            Endpoint::InstallApp,
            When::Nth(4),
            Effect::Respond(canned(429).header("Retry-After", "1.5")),
        )
        .befalls(
            Endpoint::ListInstalledApps,
            When::EveryNth(7),
            Effect::Respond(canned(503).header("Retry-After", "1")),
        )
        .befalls(Endpoint::GetChat, When::EveryNth(6), Effect::LoseRequest)
}

/// Hard times for people whom an earlier campaign reached, some of whom have
/// deleted the chat or the app since.
async fn set(scenario: Scenario) -> Play {
    let play = scenario.set().after_an_earlier_campaign().await;
    for place in [2, 7, 12] {
        play.world.delete_chat(play.id(place));
    }
    for place in [2, 4, 7, 12, 13] {
        play.world.uninstall(play.id(place));
    }
    play
}

/// What must hold at every moment.
fn check_nobody_has_two(play: &Play, what: &str) {
    for (place, count) in play.messages().into_iter().enumerate() {
        assert!(
            count <= 1,
            "{what}: person {place} has {count}: {:?}",
            play.story(place)
        );
    }
}

/// What must hold once nothing is left to do.
fn check_end(play: &Play, ended: &Ended, what: &str) {
    check_nobody_has_two(play, what);
    assert!(ended.account.is_closed(), "{what}: {}", ended.account);
    assert_eq!(ended.account.rows, play.list().len() as u64, "{what}");
    assert_eq!(ended.account.rows, ended.rows.len() as u64, "{what}");
    assert_eq!(ended.pending(), 0, "{what}: {}", ended.account);
    let counted = ended.run.as_ref().map(|run| &run.account);
    assert_eq!(counted, Some(&ended.account), "{what}");

    let messages = play.messages();
    for (place, messages) in messages.into_iter().enumerate() {
        let id = play.id(place).to_string();
        let outcomes: Vec<OutcomeKind> = ended
            .rows
            .iter()
            .filter(|row| row.object_id.as_deref() == Some(&id))
            .map(|row| row.outcome)
            .collect();
        let has = |kind| outcomes.contains(&kind);
        let (delivered, doubted) = (has(OutcomeKind::Delivered), has(OutcomeKind::InDoubt));
        let story = || {
            format!(
                "{what}: person {place}: {outcomes:?} {:?}",
                play.story(place)
            )
        };
        assert!(!(delivered && doubted), "{}", story());
        assert!(!delivered || messages == 1, "{}", story());
        assert!(delivered || doubted || messages == 0, "{}", story());
        let deliverable = play.is_deliverable(place);
        assert!(!deliverable || delivered || doubted, "{}", story());
        assert!(!delivered || deliverable, "{}", story());
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_commit_of_a_run_is_the_last_nobody_has_two_messages_and_everybody_is_accounted_for()
 {
    let mut whole = set(hard_times()).await;
    let before = whole.store.commits();
    let ended = whole.run().await;
    check_end(&whole, &ended, "uncut");
    let commits = whole.store.commits() - before;
    let (mut unsent, mut sent) = (0, 0);

    for last in 0..commits {
        for fate in [Fate::Lost, Fate::Kept] {
            let what = format!("commit {last} {fate:?}");
            let mut play = set(hard_times().cut(Cut::Crash(last, fate))).await;
            let crashed = play.run().await;
            // The last commit closes the audience, when the run is over.
            assert_eq!(crashed.halt().is_some(), last + 1 < commits, "{what}");
            check_nobody_has_two(&play, &what);

            let ended = play.finish(RUNS).await;
            check_end(&play, &ended, &what);
            for (_, has_it) in play.found_mid_send() {
                *(if has_it { &mut sent } else { &mut unsent }) += 1;
            }
        }
    }

    println!(
        "{} crash points; mid-send: {sent} sent, {unsent} not",
        2 * commits
    );
    assert!(0 < sent && 0 < unsent, "the dangerous window was never hit");
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
    let (mut unsent, mut sent) = (0, 0);

    for moment in &moments {
        let what = format!("killed at {moment:?}");
        let mut play = set(hard_times().cut(Cut::Kill(*moment))).await;
        play.run().await;
        check_nobody_has_two(&play, &what);

        let ended = play.finish(RUNS).await;
        check_end(&play, &ended, &what);
        for (_, has_it) in play.found_mid_send() {
            *(if has_it { &mut sent } else { &mut unsent }) += 1;
        }
    }

    println!(
        "{} kills; mid-send: {sent} sent, {unsent} not",
        moments.len()
    );
    assert!(0 < sent && 0 < unsent, "the dangerous window was never hit");
}

fn any_effect() -> impl Strategy<Value = Effect> {
    let status = prop_oneof![Just(408), Just(500), Just(502), Just(504)];
    let no_effect = prop_oneof![1 => Just(412), 4 => status.clone()];
    prop_oneof![
        Just(Effect::LoseAnswer),
        Just(Effect::LoseRequest),
        (1..4_u8).prop_map(|wait| {
            Effect::Respond(canned(429).header("Retry-After", &wait.to_string()))
        }),
        no_effect.prop_map(|status| Effect::Respond(canned(status))),
        status.prop_map(|status| Effect::RespondAfter(canned(status))),
        (1..8000_u64).prop_map(|millis| Effect::Delay(Duration::from_millis(millis))),
    ]
}

/// Rare enough that patience never ends.
fn any_hardship() -> impl Strategy<Value = (Endpoint, When, Effect)> {
    let send = (4..20_u64, any_effect())
        .prop_map(|(nth, effect)| (Endpoint::SendActivity, When::EveryNth(nth), effect));
    let endpoint = prop_oneof![
        Just(Endpoint::GetUser),
        Just(Endpoint::ListInstalledApps),
        Just(Endpoint::InstallApp),
        Just(Endpoint::GetChat),
        Just(Endpoint::CreateConversation),
    ];
    // A 412 of Graph concerns everyone, so it is none of these.
    let passing = any_effect().prop_filter(
        "412 means missing consent",
        |effect| !matches!(effect, Effect::Respond(canned) if canned.status == 412),
    );
    let other = (endpoint, 4..20_u64, passing)
        .prop_map(|(endpoint, nth, effect)| (endpoint, When::EveryNth(nth), effect));
    prop_oneof![3 => send, 2 => other]
}

fn any_cut() -> impl Strategy<Value = Cut> {
    let fate = prop_oneof![Just(Fate::Lost), Just(Fate::Kept)];
    prop_oneof![
        3 => (0..120_usize, fate).prop_map(|(commits, fate)| Cut::Crash(commits, fate)),
        2 => (0..12_000_u64).prop_map(|millis| Cut::Stop(Duration::from_millis(millis))),
        2 => (0..12_000_u64).prop_map(|millis| Cut::Kill(Duration::from_millis(millis))),
    ]
}

#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    people: usize,
    again: Vec<usize>,
    hardships: Vec<(Endpoint, When, Effect)>,
    stale: Vec<usize>,
    gone: Vec<usize>,
    resolve: Resolve,
    cuts: Vec<Cut>,
}

fn any_case() -> impl Strategy<Value = Case> {
    let few = || prop::collection::vec(0..15_usize, 0..4);
    let resolve = prop_oneof![Just(Resolve::Auto), Just(Resolve::Connector)];
    (
        any::<u64>(),
        15..40_usize,
        few(),
        prop::collection::vec(any_hardship(), 0..6),
        few(),
        few(),
        resolve,
        prop::collection::vec(any_cut(), 1..4),
    )
        .prop_map(
            |(seed, people, again, hardships, stale, gone, resolve, cuts)| Case {
                seed,
                people,
                again,
                hardships,
                stale,
                gone,
                resolve,
                cuts,
            },
        )
}

async fn survive(case: &Case) {
    let what = format!("{case:?}");
    let mut list: Vec<By> = (0..case.people).map(By::Name).collect();
    list.extend(case.again.iter().map(|place| By::Id(*place)));
    let scenario = Scenario::new()
        .seed(case.seed)
        .users(case.people)
        .shape(people())
        .list(list)
        .resolving(case.resolve);
    let scenario = case
        .hardships
        .iter()
        .cloned()
        .fold(scenario, |scenario, (endpoint, when, effect)| {
            scenario.befalls(endpoint, when, effect)
        });
    let mut play = scenario.set().after_an_earlier_campaign().await;
    for place in &case.stale {
        play.world.delete_chat(play.id(*place));
        // The connector makes a deleted chat anew, Graph only with the app.
        if case.resolve == Resolve::Auto {
            play.world.uninstall(play.id(*place));
        }
    }
    for place in &case.gone {
        play.world.uninstall(play.id(*place));
    }

    for cut in &case.cuts {
        play.cut(*cut);
        play.run().await;
        check_nobody_has_two(&play, &what);
        assert!(play.account().is_closed(), "{what}: {}", play.account());
    }
    let ended = play.finish(RUNS).await;

    check_end(&play, &ended, &what);
}

proptest! {
    #![proptest_config(Config {
        // Many more with PROPTEST_CASES.
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(64),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn whatever_befalls_a_run_and_however_often_it_is_cut_nobody_has_two_messages(
        case in any_case(),
    ) {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(survive(&case));
    }
}
