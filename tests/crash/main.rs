//! Pins that a run may end at any point: nobody has two messages afterwards,
//! and everybody is accounted for.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "each file of tests uses a part")]
mod common;

mod points;
mod property;

use std::ops::AddAssign;

use common::scenario::{By, Ended, Play, Scenario};
use teamcast::{
    model::OutcomeKind,
    simulator::{Canned, Effect, Endpoint, Shape, When},
};

/// Runs that may be needed to finish after a cut.
const RUNS: usize = 2;

/// People found between intent and answer after a cut: without that, nothing
/// is proved.
#[derive(Debug, Clone, Copy, Default)]
struct MidSend {
    cuts: usize,
    sent: usize,
    unsent: usize,
}

impl MidSend {
    /// Those whom the runs after one cut, or after so many, found.
    fn found(play: &Play, cuts: usize) -> Self {
        let found = play.found_mid_send();
        let sent = found.iter().filter(|(_, has_it)| *has_it).count();
        Self {
            cuts,
            sent,
            unsent: found.len() - sent,
        }
    }

    fn assert_hit(self) {
        let hit = 0 < self.sent && 0 < self.unsent;
        assert!(hit, "the dangerous window was never hit: {self:?}");
    }
}

impl AddAssign for MidSend {
    fn add_assign(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.sent += other.sent;
        self.unsent += other.unsent;
    }
}

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
