//! One recipient, from where they stand to settled.

use serde_json::Value;

use crate::{
    model::{ChatId, ContentPrint, Event, Fact, ObjectId, Outcome, State},
    remote::Pass,
};

use super::{Cx, Halt, Stage, stages, stages::Route};

/// How often a stale chat is forgotten and resolved again.
const FRESH_STARTS: u32 = 1;

/// Somebody to be written to.
#[derive(Debug)]
pub(super) struct Recipient {
    /// Who.
    pub(super) id: ObjectId,
    /// What they get.
    pub(super) activity: Value,
    /// By what it is recognised in the chat.
    pub(super) content: Option<ContentPrint>,
    /// A chat id known from the input or the address book.
    pub(super) chat: Option<ChatId>,
}

/// Takes `recipient` from `state` to settled, one durable event at a time.
///
/// Each turn decides, records, then applies, so a crash between any two lines
/// leaves a ledger whose state this function can start from.
pub(super) async fn drive(
    cx: Cx<'_>,
    recipient: &Recipient,
    mut state: State,
) -> Result<Outcome, Halt> {
    let mut known_chat = recipient.chat.clone();
    let mut fresh_starts = 0;
    let mut pass: Option<Pass> = None;
    let mut halt = None;
    let mut tries = cx.connector.tries();
    loop {
        let fact = match &state {
            State::Settled(outcome) => return Ok(*outcome),
            // Before the stop is looked at: what was started must end on record.
            State::Sending { chat } => match pass.take() {
                Some(pass) => {
                    let last_chance = FRESH_STARTS <= fresh_starts;
                    let (fact, blocker) =
                        stages::send(cx, pass, chat, &recipient.activity, last_chance, &mut tries)
                            .await;
                    halt = blocker;
                    fact
                }
                // Found mid-send: an earlier run ended between intent and answer.
                None => Event::LeftInDoubt.into(),
            },
            _ if cx.stop.is_cancelled() => return Err(Halt::Stopped),
            State::Identified => match known_chat.take() {
                Some(chat) => Event::ChatResolved { chat }.into(),
                None => stages::check(cx, &recipient.id).await?,
            },
            State::Missing => stages::install(cx, &recipient.id).await?,
            State::Installed { installation } => {
                let route = if fresh_starts == 0 || installation.is_none() {
                    Route::Graph
                } else {
                    Route::Connector
                };
                stages::resolve_chat(cx, &recipient.id, installation.as_ref(), route).await?
            }
            State::Addressed { .. } => {
                pass = Some(stages::pass(cx, &tries).await?);
                let content = recipient.content.clone();
                Event::SendStarted { content }.into()
            }
        };
        fresh_starts += u32::from(fact.event == Event::ChatForgotten);
        state = record(cx, &recipient.id, state, fact).await?;
        if let Some(blocker) = halt.take() {
            return Err(Halt::Blocked(blocker));
        }
    }
}

/// Settles somebody an earlier run left between intent and answer as in doubt,
/// and arms again whom the operator named.
pub(super) async fn recover(cx: Cx<'_>, id: &ObjectId, state: State) -> Result<State, Halt> {
    let state = match &state {
        State::Sending { .. } => record(cx, id, state, Event::LeftInDoubt.into()).await?,
        State::Identified
        | State::Missing
        | State::Installed { .. }
        | State::Addressed { .. }
        | State::Settled(_) => state,
    };
    match state {
        State::Settled(outcome) if cx.tries_again(outcome) => {
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
    let next = state.apply(&fact.event)?;
    let passed = Stage::passed_at(&fact.event);
    cx.ledger.record(id, fact, &next).await?;
    if let Some(stage) = passed {
        cx.observer.passed(stage);
    }
    Ok(next)
}
