//! The steps of a delivery: one question to a service, one fact back.
//!
//! A stage never touches the ledger, the state or another stage.

use serde_json::Value;
use tokio::time::sleep;

use crate::{
    campaign::{InDoubt, Install, Resolve},
    connector::SendError,
    graph::{Chat, Installation, Installed},
    model::{Cause, ChatId, Event, Evidence, Fact, InstallationId, ObjectId},
    remote::{Blocker, Delays, Pass, Repeat, Tries, Trouble},
};

use super::{Cx, Halt};

/// How often a chat or installation that is not there yet is asked for again;
/// the delays grow from one second.
const POLLS: usize = 3;

/// By which service a chat is found, where the campaign leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Graph, and the connector where Graph knows no chat.
    Graph,
    /// The connector: Graph goes on naming a chat the person has deleted, and
    /// only creating the conversation opens it again.
    Connector,
}

/// Whether the app is installed, or at once the chat: the connector makes one
/// only where it is.
pub(super) async fn check(cx: Cx<'_>, person: &ObjectId) -> Result<Fact, Halt> {
    if cx.delivery.resolve == Resolve::Connector {
        return match cx.connector.create_conversation(person).await {
            Ok(chat) => Ok(Event::ChatResolved { chat }.into()),
            Err(SendError::ChatGone(evidence)) => Ok(Fact {
                event: Event::FoundMissing,
                evidence: *evidence,
            }),
            Err(SendError::Unknown(evidence)) => Ok(unavailable(*evidence)),
            Err(SendError::Trouble(trouble)) => failed(trouble),
        };
    }
    match cx.graph.installation(person).await {
        Ok(Installation::Present(id)) => Ok(Event::FoundInstalled {
            installation: Some(id),
        }
        .into()),
        Ok(Installation::Absent) => Ok(Event::FoundMissing.into()),
        Err(trouble) => failed(trouble),
    }
}

/// Installs the app, where the campaign allows it.
pub(super) async fn install(cx: Cx<'_>, person: &ObjectId) -> Result<Fact, Halt> {
    match cx.delivery.install {
        Install::Never => Ok(Event::Skipped {
            cause: Cause::NotInstalled,
        }
        .into()),
        Install::IfMissing => match cx.graph.install(person).await {
            Ok(Installed::ByUs) => Ok(Event::AppInstalled.into()),
            Ok(Installed::Before) => Ok(Event::AlreadyInstalled.into()),
            Err(trouble) => failed(trouble),
        },
    }
}

/// The next thing known on the way to the chat: the installation's id, then
/// the chat.
pub(super) async fn resolve_chat(
    cx: Cx<'_>,
    person: &ObjectId,
    installation: Option<&InstallationId>,
    route: Route,
) -> Result<Fact, Halt> {
    let found = match (cx.delivery.resolve, installation) {
        (Resolve::Connector, _) => Ok(None),
        (Resolve::Auto, _) if route == Route::Connector => Ok(None),
        (Resolve::Auto | Resolve::Graph, None) => poll_installation(cx, person).await,
        (Resolve::Auto | Resolve::Graph, Some(id)) => poll_chat(cx, person, id).await,
    };
    match (found, cx.delivery.resolve) {
        (Ok(Some(event)), _) => Ok(event.into()),
        (Ok(None), Resolve::Auto | Resolve::Connector) => create_conversation(cx, person).await,
        (Ok(None), Resolve::Graph) => Ok(unavailable(Evidence::detail(
            "Graph knows no chat between this person and the app",
        ))),
        (Err(trouble), _) => failed(trouble),
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
    chat: &ChatId,
    activity: &Value,
    last_chance: bool,
    tries: &mut Tries,
) -> (Fact, Option<Blocker>) {
    let repeat = match cx.delivery.in_doubt {
        InDoubt::Hold => Repeat::Duplicates,
        InDoubt::Resend => Repeat::DuplicatesAccepted,
    };
    let fact = match cx.connector.send(pass, chat, activity, repeat, tries).await {
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

async fn poll_installation(cx: Cx<'_>, person: &ObjectId) -> Result<Option<Event>, Trouble> {
    let mut delays = Delays::new(|delay| delay).take(POLLS);
    loop {
        if let Installation::Present(id) = cx.graph.installation(person).await? {
            return Ok(Some(Event::FoundInstalled {
                installation: Some(id),
            }));
        }
        match delays.next() {
            Some(delay) => pause(cx, delay).await?,
            None => return Ok(None),
        }
    }
}

async fn poll_chat(
    cx: Cx<'_>,
    person: &ObjectId,
    installation: &InstallationId,
) -> Result<Option<Event>, Trouble> {
    let mut delays = Delays::new(|delay| delay).take(POLLS);
    loop {
        if let Chat::Found(chat) = cx.graph.chat(person, installation).await? {
            return Ok(Some(Event::ChatResolved { chat }));
        }
        match delays.next() {
            Some(delay) => pause(cx, delay).await?,
            None => return Ok(None),
        }
    }
}

fn unavailable(evidence: Evidence) -> Fact {
    Fact {
        event: Event::Failed {
            cause: Cause::ChatUnavailable,
        },
        evidence,
    }
}

async fn create_conversation(cx: Cx<'_>, person: &ObjectId) -> Result<Fact, Halt> {
    let mut delays = Delays::new(|delay| delay).take(POLLS);
    loop {
        let gone = match cx.connector.create_conversation(person).await {
            Ok(chat) => return Ok(Event::ChatResolved { chat }.into()),
            Err(SendError::ChatGone(evidence)) => evidence,
            Err(SendError::Unknown(evidence)) => return Ok(unavailable(*evidence)),
            Err(SendError::Trouble(trouble)) => return failed(trouble),
        };
        // Right after an install the connector may not know of it yet.
        match delays.next() {
            Some(delay) => pause(cx, delay)
                .await
                .or_else(|trouble| failed(trouble).map(drop))?,
            None => return Ok(unavailable(*gone)),
        }
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

async fn pause(cx: Cx<'_>, delay: std::time::Duration) -> Result<(), Trouble> {
    tokio::select! {
        biased;
        () = cx.stop.cancelled() => Err(Trouble::Stopped),
        () = sleep(delay) => Ok(()),
    }
}
