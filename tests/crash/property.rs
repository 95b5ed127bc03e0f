//! Any audience, any hardships, any cuts: never twice, never lost.

use std::{cell::Cell, env, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use teamcast::{
    campaign::Resolve,
    ledger::Fate,
    simulator::{Effect, Endpoint, Hardship, Registration, RetryAfter, When},
};
use tokio::runtime::Builder;

use crate::{
    MidSend, RUNS, canned, check_end, check_nobody_has_two,
    common::scenario::{By, Cut, Play, Scenario},
    people,
};

/// Cases in the short form; `PROPTEST_CASES` asks for more.
const CASES: u32 = 64;

fn any_effect() -> impl Strategy<Value = Effect> {
    let status = prop_oneof![Just(408), Just(500), Just(502), Just(504)];
    let no_effect = prop_oneof![1 => Just(412), 4 => status.clone()];
    prop_oneof![
        Just(Effect::LoseAnswer),
        Just(Effect::LoseRequest),
        prop_oneof![Just("1"), Just("3"), Just("2.128")]
            .prop_map(|wait| { Effect::Respond(canned(429).header("Retry-After", wait)) }),
        Just(Effect::Respond(canned(429))),
        Just(Effect::Respond(canned(503).header("Retry-After", "1"))),
        no_effect.prop_map(|status| Effect::Respond(canned(status))),
        status.prop_map(|status| Effect::RespondAfter(canned(status))),
        (1..8000_u64).prop_map(|millis| Effect::Delay(Duration::from_millis(millis))),
    ]
}

/// Rare enough that patience never ends.
fn any_hardship() -> impl Strategy<Value = Hardship> {
    let when = || {
        prop_oneof![
            3 => (4..20_u64).prop_map(When::EveryNth),
            1 => (1..40_u64).prop_map(When::Nth),
        ]
    };
    let send = (when(), any_effect())
        .prop_map(|(when, effect)| Hardship::new(Endpoint::SendActivity, effect).when(when));
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
    let other = (endpoint, when(), passing)
        .prop_map(|(endpoint, when, effect)| Hardship::new(endpoint, effect).when(when));
    prop_oneof![3 => send, 2 => other]
}

/// What befalls a run, all at once.
pub(crate) fn any_hardships() -> impl Strategy<Value = Vec<Hardship>> {
    prop::collection::vec(any_hardship(), 0..6)
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
    hardships: Vec<Hardship>,
    retry_after: RetryAfter,
    token_lifetime: Duration,
    resolve: Resolve,
    /// Their chats are deleted before every run.
    stale: Vec<usize>,
    /// They lose the app before every run.
    gone: Vec<usize>,
    cuts: Vec<Cut>,
}

fn any_case() -> impl Strategy<Value = Case> {
    let few = || prop::collection::vec(0..15_usize, 0..4);
    let resolve = prop_oneof![Just(Resolve::Auto), Just(Resolve::Connector)];
    let retry_after = prop_oneof![
        Just(RetryAfter::Seconds),
        Just(RetryAfter::Fractional),
        Just(RetryAfter::Date),
        Just(RetryAfter::Absent),
    ];
    // Longer than any wait, so that no token ends while everybody waits.
    let token_lifetime = prop_oneof![
        3 => Just(Duration::from_hours(1)),
        1 => (10..20_u64).prop_map(Duration::from_secs),
    ];
    let manners = (retry_after, token_lifetime, resolve);
    let struck = (few(), few());
    let cuts = prop::collection::vec(any_cut(), 1..4);
    (
        any::<u64>(),
        15..40_usize,
        few(),
        any_hardships(),
        manners,
        struck,
        cuts,
    )
        .prop_map(
            |(seed, people, again, hardships, manners, (stale, gone), cuts)| {
                let (retry_after, token_lifetime, resolve) = manners;
                Case {
                    seed,
                    people,
                    again,
                    hardships,
                    retry_after,
                    token_lifetime,
                    resolve,
                    stale,
                    gone,
                    cuts,
                }
            },
        )
}

impl Case {
    fn scenario(&self) -> Scenario {
        let mut list: Vec<By> = (0..self.people).map(By::Name).collect();
        list.extend(self.again.iter().map(|place| By::Id(*place)));
        let scenario = Scenario::new()
            .registered(Registration {
                retry_after: self.retry_after,
                token_lifetime: self.token_lifetime,
                ..Registration::default()
            })
            .seed(self.seed)
            .users(self.people)
            .shape(people())
            .list(list)
            .resolving(self.resolve);
        let hardships = self.hardships.iter().cloned();
        hardships.fold(scenario, Scenario::suffering)
    }

    fn strike(&self, play: &Play) {
        for place in &self.stale {
            play.world.delete_chat(play.id(*place));
            // The connector makes a deleted chat anew, Graph only with the app.
            if self.resolve == Resolve::Auto {
                play.world.uninstall(play.id(*place));
            }
        }
        for place in &self.gone {
            play.world.uninstall(play.id(*place));
        }
    }
}

/// Takes the case through all its cuts to the end.
async fn survive(case: &Case) -> MidSend {
    let what = format!("{case:?}");
    let mut play = case.scenario().set().after_an_earlier_campaign().await;

    for cut in &case.cuts {
        case.strike(&play);
        play.cut(*cut);
        play.run().await;
        check_nobody_has_two(&play, &what);
        assert!(play.account().is_closed(), "{what}: {}", play.account());
    }
    case.strike(&play);
    let ended = play.finish(RUNS).await;

    check_end(&play, &ended, &what);
    MidSend::found(&play, case.cuts.len())
}

#[test]
fn whatever_befalls_a_run_and_however_often_it_is_cut_nobody_has_two_messages() {
    let cases = env::var("PROPTEST_CASES").ok();
    let mut runner = TestRunner::new(Config {
        cases: cases.and_then(|cases| cases.parse().ok()).unwrap_or(CASES),
        failure_persistence: None,
        ..Config::default()
    });
    let mid_send = Cell::new(MidSend::default());

    let survived = runner.run(&any_case(), |case| {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let mut sum = mid_send.get();
        sum += runtime.block_on(survive(&case));
        mid_send.set(sum);
        Ok(())
    });

    if let Err(error) = survived {
        panic!("{error}");
    }
    println!("{:?}", mid_send.get());
    mid_send.get().assert_hit();
}
