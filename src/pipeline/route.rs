//! The ways to a chat that is not known, and which one is taken.
//!
//! Graph and the connector spend different quotas, and so does installing
//! without asking first. Everybody who may go several ways waits for all of
//! them and takes the first that has a slot; nothing is forecast. People on
//! whom nothing was spent yet let those pass who are under way
//! ([`Rank`]), so that a slot goes to somebody new only where it would be
//! wasted otherwise. That keeps every quota busy to the last person.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::future::select_all;
use tokio::{
    sync::{Notify, Semaphore},
    time::sleep,
};

use crate::{
    campaign::{Delivery, Install, Resolve},
    model::{Event, Fact, InstallationId, MemberId},
    remote::{Budget, Pass, Rank},
};

use super::{Cx, Halt, given::Given};

/// How long somebody waits for the shorter way before taking a longer one.
const PATIENCE: Duration = Duration::from_secs(1);
/// From this share of people without the app on, some are installed for
/// without asking first. Below, it would ask for little but refusals.
const WORTH_INSTALLING: f64 = 0.03;
/// How much one more person changes what is thought of the next.
const WEIGHT: f64 = 0.05;

/// One request on the way to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Asks Graph whether the app is installed.
    List,
    /// Installs without asking; a refusal says that it was there.
    Install,
    /// Asks Graph for the chat of the installation.
    Chat(&'a InstallationId),
    /// Has the connector make the conversation, or give the one there is.
    Create,
    /// The same, with somebody known from a team that has the app.
    CreateForMember(&'a MemberId),
}

/// A step that may be taken next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way<'a> {
    pub(super) step: Step<'a>,
    pub(super) rank: Rank,
    /// How long others are given the preference.
    pub(super) after: Duration,
}

/// What a run has learnt of the people so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Learnt {
    /// The share of the latest people who lacked the app.
    missing: f64,
    /// The app was seen with somebody or installed for somebody, so the
    /// campaign names one that exists and that we may manage.
    proven: bool,
    /// The connector makes no conversation without a first message, as for an
    /// app that `supportsSessions`. Then Graph knows the lasting chat.
    sessions: bool,
}

/// Where people wait for their first step, one run long.
#[derive(Debug)]
pub(super) struct Routes {
    /// Only the head of the line looks for a slot.
    line: Semaphore,
    learnt: Mutex<Learnt>,
    changed: Notify,
    /// Chats that need no way to them.
    pub(super) given: Given,
}

impl Default for Routes {
    fn default() -> Self {
        Self {
            line: Semaphore::new(1),
            learnt: Mutex::default(),
            changed: Notify::new(),
            given: Given::default(),
        }
    }
}

impl Routes {
    /// The first step for somebody of whom nothing is known, and leave to take it.
    pub(super) async fn first(&self, cx: Cx<'_>) -> Result<(Step<'static>, Pass), Halt> {
        // The semaphore is never closed.
        let _head = self.line.acquire().await.ok();
        loop {
            let learnt = *self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
            let steps = first_steps(*cx.delivery, learnt);
            let rank = |step| match step {
                Step::Install if learnt.mostly_missing() => Rank::Due,
                Step::List
                | Step::Install
                | Step::Chat(_)
                | Step::Create
                | Step::CreateForMember(_) => Rank::New,
            };
            let ways: Vec<_> = steps.iter().map(|step| now(*step, rank(*step))).collect();
            tokio::select! {
                biased;
                taken = take(cx, &ways) => return taken,
                () = self.changed.notified() => {}
            }
        }
    }

    /// Takes note of whether somebody had the app.
    pub(super) fn learn(&self, cx: Cx<'_>, had_it: bool) {
        let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let before = first_steps(*cx.delivery, *learnt);
        *learnt = learnt.with(had_it);
        if before != first_steps(*cx.delivery, *learnt) {
            self.changed.notify_one();
        }
    }

    /// Takes note of a conversation the connector refused to make, and says
    /// whether Graph may know the chat instead.
    pub(super) fn go_by_graph(&self, cx: Cx<'_>, step: Step<'_>, refusal: &Fact) -> bool {
        let is_refused = matches!(refusal.event, Event::Failed { .. })
            && refusal.evidence.http_status == Some(400);
        let by_graph = step == Step::Create && is_refused && self.resolve(cx) != Resolve::Connector;
        if by_graph {
            let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
            learnt.sessions = true;
            self.changed.notify_one();
        }
        by_graph
    }

    /// Whom to ask for chats, by the campaign and what was learnt.
    pub(super) fn resolve(&self, cx: Cx<'_>) -> Resolve {
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        learnt.resolve(cx.delivery.resolve)
    }

    /// Takes note of an app that is there and ours to manage.
    pub(super) fn prove(&self) {
        let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        if !learnt.proven {
            learnt.proven = true;
            self.changed.notify_one();
        }
    }
}

impl Learnt {
    fn resolve(self, asked: Resolve) -> Resolve {
        match asked {
            Resolve::Auto if self.sessions => Resolve::Graph,
            Resolve::Auto | Resolve::Graph | Resolve::Connector => asked,
        }
    }

    /// Whether most of the latest people lacked the app. Then installing goes
    /// before those found missing: they wait until the list comes to people
    /// who need no installing, and no quota is idle meanwhile.
    fn mostly_missing(self) -> bool {
        0.5 < self.missing
    }

    fn with(self, had_it: bool) -> Self {
        let seen = if had_it { 0.0 } else { 1.0 };
        Self {
            missing: self.missing + WEIGHT * (seen - self.missing),
            ..self
        }
    }
}

/// What may be done first for somebody, most wanted first.
///
/// Until the app is proven only Graph is asked: it is Graph that says what is
/// wrong for everybody, and by then nobody must have been written to.
fn first_steps(delivery: Delivery, learnt: Learnt) -> &'static [Step<'static>] {
    use Step::{Create, Install as Post, List};
    let post = delivery.install == Install::IfMissing && WORTH_INSTALLING <= learnt.missing;
    let mostly = post && learnt.mostly_missing();
    match (learnt.resolve(delivery.resolve), post, mostly) {
        (Resolve::Auto, ..) if !learnt.proven => &[List],
        (Resolve::Auto, false, _) => &[List, Create],
        (Resolve::Auto, true, false) => &[List, Create, Post],
        (Resolve::Auto, true, true) => &[Post, List, Create],
        (Resolve::Graph, false, _) => &[List],
        (Resolve::Graph, true, false) => &[List, Post],
        (Resolve::Graph, true, true) => &[Post, List],
        (Resolve::Connector, false, _) => &[Create],
        (Resolve::Connector, true, false) => &[Create, Post],
        (Resolve::Connector, true, true) => &[Post, Create],
    }
}

/// What may be done for somebody who has the app. `stale`: a chat they had
/// turned out to be gone. Graph goes on naming a chat the person has deleted,
/// and only the connector opens it again.
pub(super) fn ways_to_chat(
    resolve: Resolve,
    installation: Option<&InstallationId>,
    stale: bool,
) -> Vec<Way<'_>> {
    match (resolve, installation) {
        (Resolve::Connector, _) => vec![now(Step::Create, Rank::Due)],
        (Resolve::Graph, None) => vec![now(Step::List, Rank::Due)],
        (Resolve::Graph, Some(id)) => vec![now(Step::Chat(id), Rank::Due)],
        (Resolve::Auto, None) => vec![now(Step::List, Rank::Begun), now(Step::Create, Rank::Begun)],
        (Resolve::Auto, Some(_)) if stale => vec![now(Step::Create, Rank::Due)],
        (Resolve::Auto, Some(id)) => vec![
            now(Step::Chat(id), Rank::Due),
            Way {
                after: PATIENCE,
                ..now(Step::Create, Rank::Begun)
            },
        ],
    }
}

/// A way that is open at once.
pub(super) fn now(step: Step<'_>, rank: Rank) -> Way<'_> {
    Way {
        step,
        rank,
        after: Duration::ZERO,
    }
}

/// The first of `ways` that has a slot, and leave to take it; of several, the
/// one named first.
pub(super) async fn take<'a>(cx: Cx<'_>, ways: &[Way<'a>]) -> Result<(Step<'a>, Pass), Halt> {
    let passes = ways.iter().map(|way| {
        Box::pin(async move {
            if !way.after.is_zero() {
                sleep(way.after).await;
            }
            let budget = budget(cx, way.step);
            let pass = budget.pass(NonZeroU32::MIN, way.rank, cx.stop).await;
            pass.map(|pass| (way.step, pass))
        })
    });
    let (taken, ..) = select_all(passes).await;
    taken.map_err(|_| Halt::Stopped)
}

fn budget<'a>(cx: Cx<'a>, step: Step<'_>) -> &'a Budget {
    let graph = cx.graph.budgets();
    match step {
        Step::List => &graph.installed_apps_read,
        Step::Install => &graph.installed_apps_write,
        Step::Chat(_) => &graph.graph_read,
        Step::Create | Step::CreateForMember(_) => cx.connector.budget(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(resolve: Resolve, install: Install) -> Delivery {
        Delivery {
            install,
            resolve,
            ..Delivery::default()
        }
    }

    fn learnt(missing: f64) -> Learnt {
        Learnt {
            missing,
            proven: true,
            sessions: false,
        }
    }

    #[test]
    fn all_quotas_are_used_once_the_app_is_proven_and_somebody_lacks_it() {
        let auto = delivery(Resolve::Auto, Install::IfMissing);

        assert_eq!(first_steps(auto, Learnt::default()), [Step::List]);
        assert_eq!(first_steps(auto, learnt(0.0)), [Step::List, Step::Create]);
        let some = first_steps(auto, learnt(0.3));
        assert_eq!(some, [Step::List, Step::Create, Step::Install]);
        assert_eq!(first_steps(auto, learnt(0.9)).first(), Some(&Step::Install));
    }

    #[test]
    fn the_campaign_closes_ways() {
        for resolve in [Resolve::Auto, Resolve::Graph, Resolve::Connector] {
            let never = first_steps(delivery(resolve, Install::Never), learnt(0.9));
            assert!(!never.contains(&Step::Install), "{resolve:?}");
        }
        for missing in [0.0, 0.3, 0.9] {
            let open =
                |resolve| first_steps(delivery(resolve, Install::IfMissing), learnt(missing));
            assert!(!open(Resolve::Graph).contains(&Step::Create));
            assert!(!open(Resolve::Connector).contains(&Step::List));
        }
    }

    #[test]
    fn an_app_with_sessions_goes_by_graph() {
        let auto = delivery(Resolve::Auto, Install::IfMissing);
        let sessions = Learnt {
            sessions: true,
            ..learnt(0.0)
        };

        assert_eq!(first_steps(auto, sessions), [Step::List]);
    }

    #[test]
    fn a_few_people_say_what_to_expect_of_the_next() {
        let all_missing = (0..20).fold(learnt(0.0), |learnt, _| learnt.with(false));
        let all_present = (0..70).fold(all_missing, |learnt, _| learnt.with(true));

        assert!(0.5 < all_missing.missing);
        assert!(all_present.missing < WORTH_INSTALLING);
    }

    #[test]
    fn a_stale_chat_is_asked_of_the_connector_only() {
        let id = InstallationId::new("i").unwrap();

        let fresh = ways_to_chat(Resolve::Auto, Some(&id), false);
        let stale = ways_to_chat(Resolve::Auto, Some(&id), true);

        assert_eq!(fresh[0], now(Step::Chat(&id), Rank::Due));
        assert_eq!(stale, [now(Step::Create, Rank::Due)]);
    }
}
