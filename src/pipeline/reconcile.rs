//! Settles people in doubt by looking into their chats.

use std::{fmt, time::Duration};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    graph::{Chat, ChatMessage, Graph, Installation},
    ledger::{Doubtful, Ledger},
    message::Marker,
    model::{ChatId, Event, Evidence, Fact, Outcome, State},
    remote::{Blocker, Trouble},
};

use super::{
    Halt, Observer,
    doubt::{CLOCK_SKEW, Finding, judge},
    drive::note,
};

/// Chats looked into at once; the budget allows a few dozen a second.
const UNDER_WAY: usize = 200;
/// So many refusals and no chat read: it is not the people.
const ENOUGH_REFUSALS: usize = 10;
/// What the id of a chat begins with by which Graph knows it; the connector's
/// own ids begin with `a:`.
const GRAPH_CHAT: &str = "19:";

/// What looking into chats needs; borrowed for as long as that takes.
#[derive(Clone, Copy)]
pub struct Reconciliation<'a> {
    /// Chats.
    pub graph: &'a Graph,
    /// What is durable.
    pub ledger: &'a Ledger,
    /// The campaign's name.
    pub campaign: &'a str,
    /// How long after an attempt its message may still turn up.
    pub settling: Duration,
    /// What time it is.
    pub now: fn() -> Timestamp,
    /// Who watches.
    pub observer: &'a dyn Observer,
    /// Cancelled when it is to stop.
    pub stop: &'a CancellationToken,
}

impl fmt::Debug for Reconciliation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconciliation")
            .field("campaign", &self.campaign)
            .field("settling", &self.settling)
            .finish_non_exhaustive()
    }
}

/// What became of those who were in doubt.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// The message is in the chat.
    pub delivered: u64,
    /// Of those: more than once.
    pub twice: u64,
    /// It is not, so the next run sends it.
    pub absent: u64,
    /// It cannot be told.
    pub unclear: u64,
    /// Why it stopped before the end, if it did.
    pub halted: Option<Halt>,
}

impl Reconciled {
    /// How many chats could be read, or were said not to exist.
    fn readable(&self) -> u64 {
        self.delivered + self.absent + self.unclear
    }
}

/// Asks of everybody in `doubtful` whether the message is in their chat.
///
/// After a halt nobody else is asked; those who were not are still in doubt.
pub async fn reconcile(cx: Reconciliation<'_>, doubtful: Vec<Doubtful>) -> Reconciled {
    cx.observer.expected(doubtful.len() as u64);
    cx.observer.listed(doubtful.len() as u64);
    cx.observer.all_listed();
    let mut done = Reconciled::default();
    let mut refused = Vec::new();
    let mut ends = stream::iter(doubtful)
        .map(|sent| async move {
            let end = settle(cx, &sent).await;
            (sent, end)
        })
        .buffer_unordered(UNDER_WAY);
    while let Some((sent, end)) = ends.next().await {
        match end {
            Ok(Err(blocker)) => {
                refused.push((sent, blocker));
                if done.readable() == 0 && refused.len() == ENOUGH_REFUSALS {
                    cx.stop.cancel();
                }
            }
            Ok(Ok(Finding::There { copies, .. })) => {
                done.delivered += 1;
                done.twice += u64::from(1 < copies);
            }
            Ok(Ok(Finding::Absent)) => done.absent += 1,
            Ok(Ok(Finding::Unclear(_))) => done.unclear += 1,
            Err(halt) => {
                cx.stop.cancel();
                if matches!(done.halted, None | Some(Halt::Stopped)) {
                    done.halted = Some(halt);
                }
            }
        }
    }
    drop(ends);
    conclude_refusals(cx, &mut done, refused).await;
    done
}

/// Refused everywhere, a permission is missing. Refused to some, it is they:
/// a permission in the app's manifest ends where the app is removed.
async fn conclude_refusals(
    cx: Reconciliation<'_>,
    done: &mut Reconciled,
    refused: Vec<(Doubtful, Blocker)>,
) {
    for (sent, blocker) in refused {
        if done.readable() == 0 {
            done.halted = Some(Halt::Blocked(blocker));
            return;
        }
        let reason = "Graph does not show this chat to the app, though it shows others";
        let state = State::Settled(Outcome::InDoubt);
        match record(cx, &sent, state, remained(reason)).await {
            Ok(_) => done.unclear += 1,
            Err(halt) => done.halted = Some(halt),
        }
    }
}

/// What the chat says, or why it is not shown.
type Looked = Result<Finding, Blocker>;

async fn settle(cx: Reconciliation<'_>, sent: &Doubtful) -> Result<Looked, Halt> {
    let mut state = sent.state.clone();
    if matches!(state, State::Sending { .. }) {
        state = record(cx, sent, state, Event::LeftInDoubt.into()).await?;
    }
    let finding = match look(cx, sent).await {
        Ok(finding) => finding,
        Err(Trouble::Person { evidence, .. }) => Finding::Unclear(said(*evidence)),
        Err(Trouble::Blocked(blocker @ Blocker::PermissionMissing { .. })) => {
            return Ok(Err(blocker));
        }
        Err(Trouble::Blocked(blocker)) => return Err(Halt::Blocked(blocker)),
        Err(Trouble::Stopped) => return Err(Halt::Stopped),
    };
    let fact = match &finding {
        Finding::There { fact, .. } => (**fact).clone(),
        Finding::Absent => Fact {
            event: Event::FoundAbsent,
            evidence: Evidence::detail("not found in the chat"),
        },
        Finding::Unclear(reason) => remained(reason),
    };
    let state = record(cx, sent, state, fact).await?;
    if let State::Settled(outcome @ (Outcome::Delivered | Outcome::InDoubt)) = state {
        cx.observer.settled(outcome);
    }
    Ok(Ok(finding))
}

fn remained(reason: &str) -> Fact {
    Fact {
        event: Event::DoubtRemained,
        evidence: Evidence::detail(reason),
    }
}

/// Reads the chat as far back as the message can be.
async fn look(cx: Reconciliation<'_>, sent: &Doubtful) -> Result<Finding, Trouble> {
    wait_until_settled(cx, sent).await?;
    let Some(chat) = graph_chat(cx.graph, sent).await? else {
        let reason = "the app is not installed any more, so Graph does not say which chat it was";
        return Ok(Finding::Unclear(reason.to_owned()));
    };
    let mut messages: Vec<ChatMessage> = Vec::new();
    let mut page = cx.graph.messages(&chat).await?;
    loop {
        let Some(read) = page else {
            let reason = "Graph knows no such chat: the person may have deleted it";
            return Ok(Finding::Unclear(reason.to_owned()));
        };
        messages.extend(read.messages);
        match read.older {
            Some(link) if !reaches_before(&messages, sent) => {
                page = cx.graph.older_messages(link).await?;
            }
            Some(_) | None => break,
        }
    }
    let marker = Marker::new(cx.campaign, &sent.person);
    Ok(judge(&messages, sent, &marker))
}

/// Waits until what was sent last must have turned up, if it ever does.
async fn wait_until_settled(cx: Reconciliation<'_>, sent: &Doubtful) -> Result<(), Trouble> {
    let age = (cx.now)().duration_since(sent.last_tried);
    // A clock that was set back makes an attempt seem to lie ahead.
    let age = Duration::try_from(age).unwrap_or_default();
    tokio::select! {
        biased;
        () = cx.stop.cancelled() => Err(Trouble::Stopped),
        () = sleep(cx.settling.saturating_sub(age)) => Ok(()),
    }
}

/// The chat by the name Graph has for it.
async fn graph_chat(graph: &Graph, sent: &Doubtful) -> Result<Option<ChatId>, Trouble> {
    if sent.chat.as_str().starts_with(GRAPH_CHAT) {
        return Ok(Some(sent.chat.clone()));
    }
    let budgets = graph.budgets();
    let pass = graph.pass(&budgets.installed_apps_read).await?;
    match graph.installation(pass, &sent.person).await? {
        Installation::Absent => Ok(None),
        Installation::Present(installation) => {
            let pass = graph.pass(&budgets.graph_read).await?;
            match graph.chat(pass, &sent.person, &installation).await? {
                Chat::Found(chat) => Ok(Some(chat)),
                Chat::NotYet => Ok(None),
            }
        }
    }
}

/// Whether older messages are too old to matter.
fn reaches_before(messages: &[ChatMessage], sent: &Doubtful) -> bool {
    let oldest = messages.last().map(|message| message.modified);
    oldest.is_some_and(|oldest| oldest.duration_since(sent.first_tried) < -CLOCK_SKEW)
}

fn said(evidence: Evidence) -> String {
    let status = evidence
        .http_status
        .map(|status| format!("Graph answered {status}"));
    let parts = [status, evidence.code, evidence.detail];
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}

async fn record(
    cx: Reconciliation<'_>,
    sent: &Doubtful,
    state: State,
    fact: Fact,
) -> Result<State, Halt> {
    note(cx.ledger, cx.observer, &sent.person, state, fact).await
}
