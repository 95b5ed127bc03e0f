//! The steps of a delivery: one question to a service, one fact back.
//!
//! A stage never touches the ledger, the state or another stage.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use url::Url;

use crate::{
    campaign::{Install, Resolve},
    connector::SendError,
    graph::{Chat, Installation, Installed},
    model::{Cause, ChatId, Event, Evidence, Fact, InstallationId, ObjectId},
    remote::{Blocker, Delays, Pass, Rank, Tries, Trouble},
};

use super::{
    Cx, Halt,
    route::{Routes, Step, Way, now, take, ways_to_chat},
};

/// How often a chat or installation that is not there yet is asked for again;
/// the delays grow from one second.
const POLLS: usize = 3;

/// Before a message that went unanswered is sent once more.
const BEFORE_RESENDING: Duration = Duration::from_secs(1);

/// What ends a wait for a request.
enum Turn<T> {
    /// The chat became known without one.
    Heard(ChatId),
    /// It may be made.
    Due(T),
}

/// Waits for leave to make a request, unless the chat becomes known meanwhile.
/// Nothing is on its way then, so `due` may be dropped.
async fn unless_heard<T>(
    cx: Cx<'_>,
    person: &ObjectId,
    due: impl Future<Output = Result<T, Halt>>,
) -> Result<Turn<T>, Halt> {
    tokio::select! {
        biased;
        chat = cx.tidings.of(person) => Ok(Turn::Heard(chat)),
        due = due => due.map(Turn::Due),
    }
}

/// The first thing known of somebody: whether the app is installed, or at once
/// the chat.
pub(super) async fn check(cx: Cx<'_>, routes: &Routes, person: &ObjectId) -> Result<Fact, Halt> {
    let fact = loop {
        let (step, pass) = match unless_heard(cx, person, routes.first(cx)).await? {
            Turn::Heard(chat) => return Ok(Event::ChatResolved { chat }.into()),
            Turn::Due(due) => due,
        };
        let fact = Box::pin(make(cx, person, step, pass)).await?;
        if !routes.go_by_graph(cx, step, &fact) {
            break fact;
        }
    };
    match &fact.event {
        Event::FoundMissing => routes.learn(cx, false),
        Event::AppInstalled => {
            routes.prove();
            routes.learn(cx, false);
        }
        Event::FoundInstalled { .. } | Event::AlreadyInstalled | Event::ChatResolved { .. } => {
            routes.prove();
            routes.learn(cx, true);
        }
        Event::ChatForgotten
        | Event::SendStarted { .. }
        | Event::FoundDelivered { .. }
        | Event::FoundAbsent
        | Event::DoubtRemained
        | Event::SendAbandoned
        | Event::Delivered { .. }
        | Event::LeftInDoubt
        | Event::Skipped { .. }
        | Event::Failed { .. }
        | Event::Rearmed => {}
    }
    Ok(fact)
}

/// Makes somebody without the app reachable: through a team that has it, or by
/// installing it, where the campaign allows that.
pub(super) async fn make_reachable(
    cx: Cx<'_>,
    routes: &Routes,
    person: &ObjectId,
) -> Result<Fact, Halt> {
    if let Some(chat) = cx.tidings.take(person) {
        return Ok(Event::ChatResolved { chat }.into());
    }
    let step = match (cx.delivery.install, cx.rosters.member(person)) {
        (Install::IfMissing, _) => Step::Install,
        (Install::Never | Install::Team, Some(member)) => Step::CreateForMember(member),
        (Install::Never | Install::Team, None) => {
            let cause = Cause::NotInstalled;
            return Ok(Event::Skipped { cause }.into());
        }
    };
    let ways = [now(step, Rank::Begun)];
    let (step, pass) = match unless_heard(cx, person, take(cx, &ways)).await? {
        Turn::Heard(chat) => return Ok(Event::ChatResolved { chat }.into()),
        Turn::Due(due) => due,
    };
    let fact = Box::pin(make(cx, person, step, pass)).await?;
    if matches!(fact.event, Event::AppInstalled | Event::AlreadyInstalled) {
        routes.prove();
    }
    if fact.event == Event::FoundMissing {
        // The team has lost the app since, or the person the team.
        let cause = Cause::NotInstalled;
        return Ok(Fact {
            event: Event::Skipped { cause },
            evidence: fact.evidence,
        });
    }
    Ok(fact)
}

/// The next thing known on the way to the chat of somebody who has the app:
/// the installation's id, or the chat. `stale`: one they had is gone. `is_old`:
/// it was long ago that they had the app, so it may be gone too.
pub(super) async fn resolve_chat(
    cx: Cx<'_>,
    routes: &Routes,
    person: &ObjectId,
    installation: Option<&InstallationId>,
    stale: bool,
    is_old: bool,
) -> Result<Fact, Halt> {
    let mut resolve = routes.resolve(cx);
    loop {
        let ways = ways_to_chat(resolve, installation, stale);
        let (step, fact) = match poll(cx, person, &ways).await? {
            Turn::Heard(chat) => return Ok(Event::ChatResolved { chat }.into()),
            Turn::Due(polled) => polled,
        };
        match (&fact.event, routes.resolve(cx)) {
            _ if routes.go_by_graph(cx, step, &fact) => resolve = Resolve::Graph,
            // What Graph does not know, the connector may.
            (Event::FoundMissing, Resolve::Auto) if resolve == Resolve::Auto => {
                resolve = Resolve::Connector;
            }
            (Event::FoundMissing, _) if is_old => return Ok(fact),
            (Event::FoundMissing, _) => return Ok(unavailable(fact.evidence)),
            (_, _) => return Ok(fact),
        }
    }
}

/// Waits until the message may be sent.
pub(super) async fn pass(cx: Cx<'_>, tries: &Tries) -> Result<Pass, Halt> {
    match cx.connector.pass(tries).await {
        Ok(pass) => Ok(pass),
        Err(Trouble::Blocked(blocker)) => Err(Halt::Blocked(blocker)),
        Err(Trouble::Stopped | Trouble::Person { .. }) => Err(Halt::Stopped),
    }
}

/// Sends the message.
///
/// Returns a fact and no `Result`: once the intent is durable, what is known
/// about the result must become durable too. A fault that would befall
/// everyone comes beside it, for after that.
pub(super) async fn send(
    cx: Cx<'_>,
    pass: Pass,
    to: (&ChatId, Option<&Url>),
    activity: &Value,
    last_chance: bool,
    tries: &mut Tries,
) -> (Fact, Option<Blocker>) {
    let fact = match cx.connector.send(pass, to, activity, tries).await {
        // Known not sent, and due again: nobody waits as if it were under way.
        Ok(None) => Event::SendAbandoned.into(),
        Ok(Some(sent)) => Fact {
            event: Event::Delivered {
                activity: sent.activity,
            },
            evidence: sent.evidence,
        },
        Err(SendError::ChatGone(evidence)) if last_chance => unavailable(*evidence),
        Err(SendError::ChatGone(evidence)) => Fact {
            event: Event::ChatForgotten,
            evidence: *evidence,
        },
        Err(SendError::Unknown(evidence)) => Fact {
            event: Event::LeftInDoubt,
            evidence: *evidence,
        },
        Err(SendError::Trouble(Trouble::Person { cause, evidence })) => Fact {
            event: Event::Failed { cause },
            evidence: *evidence,
        },
        // Stopped between attempts, or refused for everyone: known not sent.
        Err(SendError::Trouble(Trouble::Stopped)) => Event::SendAbandoned.into(),
        Err(SendError::Trouble(Trouble::Blocked(blocker))) => {
            return (Event::SendAbandoned.into(), Some(blocker));
        }
    };
    (fact, None)
}

/// Gives a service that did not answer a moment; says whether to go on.
pub(super) async fn moment(cx: Cx<'_>) -> bool {
    pause(cx, BEFORE_RESENDING).await.is_ok()
}

/// Takes the first of `ways` that is open, again and again while what it asks
/// for is not there: right after an install a service may not know of it yet.
async fn poll<'a>(
    cx: Cx<'_>,
    person: &ObjectId,
    ways: &[Way<'a>],
) -> Result<Turn<(Step<'a>, Fact)>, Halt> {
    let mut delays = Delays::new(|delay| delay).take(POLLS);
    loop {
        let (step, pass) = match unless_heard(cx, person, take(cx, ways)).await? {
            Turn::Heard(chat) => return Ok(Turn::Heard(chat)),
            Turn::Due(due) => due,
        };
        let fact = Box::pin(make(cx, person, step, pass)).await?;
        if fact.event != Event::FoundMissing {
            return Ok(Turn::Due((step, fact)));
        }
        let Some(delay) = delays.next() else {
            return Ok(Turn::Due((step, fact)));
        };
        if let Turn::Heard(chat) = unless_heard(cx, person, pause(cx, delay)).await? {
            return Ok(Turn::Heard(chat));
        }
    }
}

/// Makes one request on the way to a chat, and says what it showed. What it
/// asks for and is not there counts as a missing app.
async fn make(cx: Cx<'_>, person: &ObjectId, step: Step<'_>, pass: Pass) -> Result<Fact, Halt> {
    match step {
        Step::List => match cx.graph.installation(pass, person).await {
            Ok(Installation::Present(id)) => Ok(Event::FoundInstalled {
                installation: Some(id),
            }
            .into()),
            Ok(Installation::Absent) => Ok(Event::FoundMissing.into()),
            Err(trouble) => failed(trouble),
        },
        Step::Install => match cx.graph.install(pass, person).await {
            Ok(Installed::ByUs) => Ok(Event::AppInstalled.into()),
            Ok(Installed::Before) => Ok(Event::AlreadyInstalled.into()),
            Err(trouble) => failed(trouble),
        },
        Step::Chat(id) => match cx.graph.chat(pass, person, id).await {
            Ok(Chat::Found(chat)) => Ok(Event::ChatResolved { chat }.into()),
            Ok(Chat::NotYet) => Ok(Event::FoundMissing.into()),
            Err(trouble) => failed(trouble),
        },
        Step::Create => created(cx.connector.create_conversation(pass, person).await),
        Step::CreateForMember(id) => created(cx.connector.conversation_of_member(pass, id).await),
    }
}

/// What came of asking the connector for a conversation.
fn created(answer: Result<ChatId, SendError>) -> Result<Fact, Halt> {
    match answer {
        Ok(chat) => Ok(Event::ChatResolved { chat }.into()),
        Err(SendError::ChatGone(evidence)) => Ok(Fact {
            event: Event::FoundMissing,
            evidence: *evidence,
        }),
        Err(SendError::Unknown(evidence)) => Ok(unavailable(*evidence)),
        Err(SendError::Trouble(trouble)) => failed(trouble),
    }
}

fn unavailable(mut evidence: Evidence) -> Fact {
    let silent = || "the service knows no chat between this person and the app".to_owned();
    evidence.detail.get_or_insert_with(silent);
    Fact {
        event: Event::Failed {
            cause: Cause::ChatUnavailable,
        },
        evidence,
    }
}

/// A person's own trouble is a fact; anything else ends the run.
fn failed(trouble: Trouble) -> Result<Fact, Halt> {
    match trouble {
        Trouble::Person { cause, evidence } => Ok(Fact {
            event: Event::Failed { cause },
            evidence: *evidence,
        }),
        Trouble::Blocked(blocker) => Err(Halt::Blocked(blocker)),
        Trouble::Stopped => Err(Halt::Stopped),
    }
}

async fn pause(cx: Cx<'_>, delay: Duration) -> Result<(), Halt> {
    tokio::select! {
        biased;
        () = cx.stop.cancelled() => Err(Halt::Stopped),
        () = sleep(delay) => Ok(()),
    }
}
