//! One input row: who it is, whether the rules allow them, then the drive.

use tokio::sync::oneshot;

use crate::{
    audience::rule_out,
    connector::Body,
    graph::Lookup,
    ledger::{Bound, Standing},
    message::{Content, Marker, RenderFault},
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
    /// Resolves once every row before is bound, or has given up.
    pub(super) before: Option<oneshot::Receiver<()>>,
    /// Dropped once this row and every row before is bound, or has given up.
    pub(super) after: oneshot::Sender<()>,
}

impl Turn {
    /// Waits for the rows before; the row after waits for what comes back.
    async fn come(self) -> oneshot::Sender<()> {
        if let Some(before) = self.before {
            // A predecessor that gave up has dropped its end; either way it is our turn.
            before.await.ok();
        }
        self.after
    }

    /// Hands the turn on, for a row that is bound already.
    async fn pass_on(self) {
        drop(self.come().await);
    }
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
    let listed = match row.content {
        RowContent::Listed(listed) => *listed,
        RowContent::Malformed { .. } => {
            turn.pass_on().await;
            return Ok(Outcome::Skipped(Cause::MalformedRow));
        }
    };
    match standing {
        Standing::Settled(outcome) if !cx.tries_again(outcome) => {
            turn.pass_on().await;
            Ok(outcome)
        }
        Standing::Known {
            person,
            state,
            chat,
        } => {
            // The row after need not wait for the delivery, only for its turn.
            let (outcome, ()) =
                futures::join!(go_on(cx, &person, listed, state, chat), turn.pass_on());
            outcome
        }
        Standing::New | Standing::Settled(_) => {
            match identify(cx, row.number, &listed, turn).await? {
                Identified::Settled(outcome) => Ok(outcome),
                Identified::Person {
                    person,
                    state,
                    chat,
                } => go_on(cx, &person, listed, state, chat).await,
            }
        }
    }
}

/// Takes somebody on from where they stand.
async fn go_on(
    cx: Cx<'_>,
    person: &Person,
    listed: Listed,
    state: State,
    chat: Option<ChatId>,
) -> Result<Outcome, Halt> {
    cx.observer.passed(Stage::Identified);
    match recover(cx, &person.object_id, state).await? {
        State::Settled(outcome) => Ok(outcome),
        state @ (State::Identified
        | State::Missing
        | State::Installed { .. }
        | State::Addressed { .. }
        | State::Sending { .. }) => {
            let chat = chat.or_else(|| listed.chat.clone());
            address(cx, person, listed, state, chat).await
        }
    }
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
    let found = match &listed.person {
        Some(person) => Ok(Lookup::Found(Box::new(person.clone()))),
        None if cx.stop.is_cancelled() => return Err(Halt::Stopped),
        None => cx.graph.user(&listed.key).await,
    };
    let after = turn.come().await;
    let (cause, evidence) = match found {
        Ok(Lookup::Found(person)) => {
            let bound = cx.ledger.bind(number, (*person).clone()).await?;
            drop(after);
            return Ok(match bound {
                Bound::Duplicate { .. } => Identified::Settled(Outcome::Skipped(Cause::Duplicate)),
                Bound::First { state, chat } => Identified::Person {
                    person,
                    state,
                    chat,
                },
            });
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
    let print = content.print();
    let content = Marker::new(cx.campaign, id).put_into(content);
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
            content: print,
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
