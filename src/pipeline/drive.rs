//! One recipient, from where they stand to settled.

use std::mem;

use serde_json::Value;
use url::Url;

use crate::{
    campaign::InDoubt,
    ledger::Ledger,
    model::{ChatId, Event, Fact, Fields, ObjectId, Outcome, Person, State},
    remote::Pass,
};

use super::{
    Cx, Halt, Observer, Stage,
    render::{Rendered, render, unsendable},
    route::Routes,
    stages,
};

/// How often a stale chat is forgotten and resolved again.
const FRESH_STARTS: u32 = 1;

/// Somebody to be written to.
#[derive(Debug)]
pub(super) struct Recipient {
    /// Who.
    pub(super) id: ObjectId,
    /// What the message says of them. It is made when it is due: thousands may
    /// wait, and a card may be large.
    pub(super) fields: Fields,
    /// A chat id known from the input or the address book.
    pub(super) chat: Option<ChatId>,
    /// Where Teams said their messages are taken.
    pub(super) service_url: Option<String>,
}

/// Takes `recipient` from `state` to settled, one durable event at a time.
///
/// Each turn decides, records, then applies, so a crash between any two lines
/// leaves a ledger whose state this function can start from.
pub(super) async fn drive(
    cx: Cx<'_>,
    routes: &Routes,
    recipient: &Recipient,
    mut state: State,
) -> Result<Outcome, Halt> {
    let mut known_chat = recipient.chat.clone();
    let mut fresh_starts = 0;
    // What an earlier run found may be gone.
    let mut is_old = matches!(state, State::Installed { .. });
    // The person's own place, if any, is tried once; then the configured one.
    let mut is_first = true;
    let mut ready: Option<(Pass, Value)> = None;
    let mut halt = None;
    let mut tries = cx.connector.tries();
    // The campaign accepts that somebody may see two messages, but not more.
    let mut resend = (cx.delivery.in_doubt == InDoubt::Resend).then_some(());
    loop {
        let fact = match &state {
            State::Settled(Outcome::InDoubt) if resend.take().is_some() => {
                if !stages::moment(cx).await {
                    return Ok(Outcome::InDoubt);
                }
                tries = cx.connector.tries();
                Event::Rearmed.into()
            }
            State::Settled(outcome) => return Ok(*outcome),
            // Before the stop is looked at: what was started must end on record.
            State::Sending { chat } => match ready.take() {
                Some((pass, activity)) => {
                    let last_chance = FRESH_STARTS <= fresh_starts;
                    let own = mem::take(&mut is_first).then(|| own_place(cx, recipient));
                    let own = own.flatten();
                    let (fact, blocker) = Box::pin(stages::send(
                        cx,
                        pass,
                        (chat, own.as_ref()),
                        &activity,
                        last_chance,
                        &mut tries,
                    ))
                    .await;
                    // What one place refuses for everyone, the other may not.
                    halt = blocker.filter(|_| own.is_none());
                    if fact.event == Event::LeftInDoubt {
                        known_chat = Some(chat.clone());
                    }
                    fact
                }
                // Found mid-send: an earlier run ended between intent and answer.
                None => Event::LeftInDoubt.into(),
            },
            _ if cx.stop.is_cancelled() => return Err(Halt::Stopped),
            State::Identified => match known_chat.take() {
                Some(chat) => Event::ChatResolved { chat }.into(),
                None => stages::check(cx, routes, &recipient.id).await?,
            },
            State::Missing => stages::make_reachable(cx, routes, &recipient.id).await?,
            State::Installed { installation } => {
                let was_gone = 0 < fresh_starts;
                let installation = installation.as_ref();
                let id = &recipient.id;
                stages::resolve_chat(cx, routes, id, installation, was_gone, is_old).await?
            }
            State::Addressed { .. } => {
                let pass = stages::pass(cx, &tries).await?;
                match render(cx, &recipient.id, &recipient.fields) {
                    Ok(Rendered { activity, content }) => {
                        ready = Some((pass, activity));
                        Event::SendStarted { content }.into()
                    }
                    Err(fault) => unsendable(&fault),
                }
            }
        };
        is_old = false;
        if let (Event::ChatForgotten, Some(stale)) = (&fact.event, state.chat()) {
            cx.tidings.forget(&recipient.id, stale);
        }
        fresh_starts += u32::from(fact.event == Event::ChatForgotten);
        state = record(cx, &recipient.id, state, fact).await?;
        if let Some(blocker) = halt.take() {
            return Err(Halt::Blocked(blocker));
        }
    }
}

/// Where Teams named another place for the person than the configured one.
fn own_place(cx: Cx<'_>, recipient: &Recipient) -> Option<Url> {
    let heard = cx.tidings.service_url(&recipient.id);
    let service_url = heard.as_ref().or(recipient.service_url.as_ref())?;
    cx.connector.other_place(service_url)
}

/// Settles somebody an earlier run left between intent and answer as in doubt,
/// and arms again whom the operator named.
pub(super) async fn recover(cx: Cx<'_>, person: &Person, state: State) -> Result<State, Halt> {
    let id = &person.object_id;
    let state = match &state {
        State::Sending { .. } => record(cx, id, state, Event::LeftInDoubt.into()).await?,
        State::Identified
        | State::Missing
        | State::Installed { .. }
        | State::Addressed { .. }
        | State::Settled(_) => state,
    };
    match state {
        State::Settled(outcome) if cx.takes_up(outcome, person) => {
            record(cx, id, state, Event::Rearmed.into()).await
        }
        State::Settled(_)
        | State::Identified
        | State::Missing
        | State::Installed { .. }
        | State::Addressed { .. }
        | State::Sending { .. } => Ok(state),
    }
}

/// Makes `fact` durable, then gives the state after it.
pub(super) async fn record(
    cx: Cx<'_>,
    id: &ObjectId,
    state: State,
    fact: Fact,
) -> Result<State, Halt> {
    Box::pin(note(cx.ledger, cx.observer, id, state, fact)).await
}

/// As [`record`], for whoever has no more than a ledger and an observer.
pub(super) async fn note(
    ledger: &Ledger,
    observer: &dyn Observer,
    id: &ObjectId,
    state: State,
    fact: Fact,
) -> Result<State, Halt> {
    let passed = Stage::passed_at(&state, &fact.event);
    let next = state.apply(&fact.event)?;
    ledger.record(id, fact, &next).await?;
    for stage in passed {
        observer.passed(*stage);
    }
    Ok(next)
}
