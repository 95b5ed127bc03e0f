//! One input row: who it is, whether the rules allow them, then the drive.

use tokio::sync::oneshot;

use crate::{
    audience::rule_out,
    connector::Body,
    graph::Lookup,
    ledger::{Bound, Standing},
    message::{Content, RenderFault},
    model::{
        Cause, ChatId, Event, Evidence, Fact, Listed, ObjectId, Outcome, Person, Row, RowContent,
        RowNumber, State,
    },
    remote::Trouble,
};

use super::{
    Cx, Halt, Stage,
    drive::{Recipient, drive, record, recover},
};

/// A row's place in the order in which rows are bound to people, so that of
/// two rows for one person the earlier is the one that counts.
#[derive(Debug)]
pub(super) struct Turn {
    /// Resolves once the row before is bound, or has given up.
    pub(super) before: Option<oneshot::Receiver<()>>,
    /// Dropped once this row is bound, or has given up.
    pub(super) after: oneshot::Sender<()>,
}

/// What became of `row`, which stands where the ledger says.
pub(super) async fn deliver(
    cx: Cx<'_>,
    row: Row,
    standing: Standing,
    turn: Turn,
) -> Result<Outcome, Halt> {
    let outcome = settle(cx, row, standing, turn).await?;
    cx.observer.settled(outcome);
    Ok(outcome)
}

async fn settle(cx: Cx<'_>, row: Row, standing: Standing, turn: Turn) -> Result<Outcome, Halt> {
    let number = row.number;
    let listed = match row.content {
        RowContent::Listed(listed) => *listed,
        RowContent::Malformed { .. } => return Ok(Outcome::Skipped(Cause::MalformedRow)),
    };
    let (person, state, chat) = match standing {
        Standing::Settled(outcome) if !cx.retry.contains(&outcome.kind()) => return Ok(outcome),
        Standing::Known {
            person,
            state,
            chat,
        } => {
            cx.observer.passed(Stage::Identified);
            let state = recover(cx, &person.object_id, state).await?;
            (person, state, chat)
        }
        Standing::New | Standing::Settled(_) => match identify(cx, number, &listed, turn).await? {
            Identified::Settled(outcome) => return Ok(outcome),
            Identified::Person {
                person,
                state,
                chat,
            } => (*person, state, chat),
        },
    };
    if let State::Settled(outcome) = state {
        return Ok(outcome);
    }
    let chat = chat.or_else(|| listed.chat.clone());
    address(cx, &person, listed, state, chat).await
}

enum Identified {
    Settled(Outcome),
    Person {
        person: Box<Person>,
        state: State,
        chat: Option<ChatId>,
    },
}

/// Finds the person and binds the row to them, in the order of the input.
async fn identify(
    cx: Cx<'_>,
    number: RowNumber,
    listed: &Listed,
    turn: Turn,
) -> Result<Identified, Halt> {
    let Turn { before, after } = turn;
    let found = match &listed.person {
        Some(person) => Ok(Lookup::Found(Box::new(person.clone()))),
        None if cx.stop.is_cancelled() => return Err(Halt::Stopped),
        None => cx.graph.user(&listed.key).await,
    };
    if let Some(before) = before {
        // A predecessor that gave up has dropped its end; either way it is our turn.
        before.await.ok();
    }
    let (cause, evidence) = match found {
        Ok(Lookup::Found(person)) => {
            let bound = cx.ledger.bind(number, (*person).clone()).await?;
            drop(after);
            return bound_to(cx, person, bound).await;
        }
        Ok(Lookup::Unknown) => (Cause::UnknownUser, Evidence::default()),
        Ok(Lookup::Ambiguous { at_least }) => (
            Cause::AmbiguousUser,
            Evidence::detail(format!("at least {at_least} people have this mail address")),
        ),
        Err(Trouble::Person { cause, evidence }) => (cause, *evidence),
        Err(Trouble::Blocked(blocker)) => return Err(Halt::Blocked(blocker)),
        Err(Trouble::Stopped) => return Err(Halt::Stopped),
    };
    let outcome = Outcome::Failed(cause);
    cx.ledger.settle_row(number, outcome, evidence).await?;
    Ok(Identified::Settled(outcome))
}

async fn bound_to(cx: Cx<'_>, person: Box<Person>, bound: Bound) -> Result<Identified, Halt> {
    match bound {
        Bound::Duplicate { .. } => Ok(Identified::Settled(Outcome::Skipped(Cause::Duplicate))),
        Bound::First { state, chat } => {
            cx.observer.passed(Stage::Identified);
            let state = recover(cx, &person.object_id, state).await?;
            Ok(Identified::Person {
                person,
                state,
                chat,
            })
        }
    }
}

/// Applies the rules, renders the message, and drives.
async fn address(
    cx: Cx<'_>,
    person: &Person,
    listed: Listed,
    state: State,
    chat: Option<ChatId>,
) -> Result<Outcome, Halt> {
    let id = &person.object_id;
    if let Some(cause) = rule_out(cx.rules, person) {
        return close(cx, id, state, Event::Skipped { cause }.into()).await;
    }
    let mut fields = person.fields();
    fields.extend(listed.fields);
    let content = match cx.message.render(&fields) {
        Ok(content) => content,
        Err(fault) => {
            let cause = match &fault {
                RenderFault::TooLarge { .. } => Cause::MessageTooLarge,
                RenderFault::Missing { .. } | RenderFault::Broken { .. } => {
                    Cause::MessageNotRendered
                }
            };
            let evidence = Evidence::detail(fault.to_string());
            return close(
                cx,
                id,
                state,
                Fact {
                    event: Event::Failed { cause },
                    evidence,
                },
            )
            .await;
        }
    };
    let activity = cx.connector.activity(&match &content {
        Content::Text { text, format } => Body::Text {
            text,
            format: format.wire(),
        },
        Content::Card { card, notification } => Body::Card { card, notification },
    });
    drive(
        cx,
        &Recipient {
            id: id.clone(),
            activity,
            chat,
        },
        state,
    )
    .await
}

async fn close(cx: Cx<'_>, id: &ObjectId, state: State, fact: Fact) -> Result<Outcome, Halt> {
    match record(cx, id, state, fact).await? {
        State::Settled(outcome) => Ok(outcome),
        State::Identified
        | State::Missing
        | State::Installed { .. }
        | State::Addressed { .. }
        | State::Sending { .. } => Err(Halt::Stopped),
    }
}
