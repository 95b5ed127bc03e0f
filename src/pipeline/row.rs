//! One input row: who it is, whether the rules allow them, then the drive.

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::{
    graph::Lookup,
    ledger::{Bound, Standing},
    model::{
        Cause, ChatId, Evidence, Fact, Listed, ObjectId, Outcome, Person, Row, RowContent,
        RowNumber, State, UserKey,
    },
    remote::Trouble,
};

use super::{
    Cx, Halt, Stage,
    drive::{Recipient, drive, record, recover},
    lookup::{Ask, id_is_enough},
    mention::Mention,
    render::unsendable,
    route::Routes,
};

/// A row's place in the order in which rows are bound to people, so that of
/// two rows for one person the earlier is the one that counts.
#[derive(Debug)]
pub(super) struct Turn {
    /// Resolves once every row before is about to be bound, or has given up.
    pub(super) before: Option<oneshot::Receiver<()>>,
    /// Dropped once this row and every row before is about to be bound, or has
    /// given up.
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

/// A row that is written down, on its way into the stream.
#[derive(Debug)]
pub(super) struct Enrolled<'a> {
    pub(super) row: Row,
    /// Where it stands.
    pub(super) standing: Standing,
    /// The request by which it may learn who it is.
    pub(super) ask: Option<Ask<'a>>,
}

/// A place among those who are not on their way yet; given back by dropping it.
pub(super) type Place = Option<OwnedSemaphorePermit>;

/// What became of a row.
pub(super) async fn deliver(
    cx: Cx<'_>,
    routes: &Routes,
    enrolled: Box<Enrolled<'_>>,
    turn: Turn,
    place: Place,
) -> Result<Outcome, Halt> {
    let mention = Mention::of(&enrolled.row);
    let outcome = settle(cx, routes, enrolled, turn, place).await?;
    mention.settled(outcome);
    cx.observer.settled(outcome);
    Ok(outcome)
}

/// Each part lives on the heap for as long as it lasts: thousands wait in one
/// of them, and none should carry the room the others need.
async fn settle(
    cx: Cx<'_>,
    routes: &Routes,
    enrolled: Box<Enrolled<'_>>,
    turn: Turn,
    place: Place,
) -> Result<Outcome, Halt> {
    let Enrolled { row, standing, ask } = *enrolled;
    let mut listed = match row.content {
        RowContent::Listed(listed) => listed,
        RowContent::Malformed { .. } => {
            turn.pass_on().await;
            return Ok(Outcome::Skipped(Cause::MalformedRow));
        }
    };
    match standing {
        Standing::Settled(outcome) if !is_open(cx, outcome, &listed) => {
            turn.pass_on().await;
            Ok(outcome)
        }
        Standing::Known {
            person,
            state,
            chat,
            service_url,
        } => {
            let known = Known {
                person: Box::new(person),
                state,
                chat,
                service_url,
                place,
            };
            // The row after need not wait for the delivery, only for its turn.
            let (outcome, ()) =
                futures::join!(Box::pin(go_on(cx, routes, listed, known)), turn.pass_on());
            outcome
        }
        Standing::New | Standing::Settled(_) => {
            let person = listed.person.take();
            match Box::pin(identify(cx, row.number, &listed, person, ask, turn)).await? {
                Identified::Settled(outcome) => Ok(outcome),
                Identified::Person(known) => {
                    let known = Known { place, ..known };
                    Box::pin(go_on(cx, routes, listed, known)).await
                }
            }
        }
    }
}

/// Whether a settled row is looked at again.
pub(super) fn is_open(cx: Cx<'_>, outcome: Outcome, listed: &Listed) -> bool {
    cx.tries_again(outcome) || cx.may_differ(outcome, listed.person.is_some())
}

/// Takes somebody on from where they stand.
async fn go_on(
    cx: Cx<'_>,
    routes: &Routes,
    listed: Box<Listed>,
    known: Known,
) -> Result<Outcome, Halt> {
    cx.observer.passed(Stage::Identified);
    match recover(cx, &known.person, known.state).await? {
        State::Settled(outcome) => Ok(outcome),
        state @ (State::Identified
        | State::Missing
        | State::Installed { .. }
        | State::Addressed { .. }
        | State::Sending { .. }) => address(cx, routes, listed, Known { state, ..known }).await,
    }
}

/// A person, and what is known of them.
struct Known {
    person: Box<Person>,
    state: State,
    /// Their chat by the address book.
    chat: Option<ChatId>,
    /// Where Teams said their messages are taken.
    service_url: Option<String>,
    place: Place,
}

enum Identified {
    Settled(Outcome),
    Person(Known),
}

/// Finds the person and binds the row to them, in the order of the input.
async fn identify(
    cx: Cx<'_>,
    number: RowNumber,
    listed: &Listed,
    person: Option<Person>,
    ask: Option<Ask<'_>>,
    turn: Turn,
) -> Result<Identified, Halt> {
    let found = match person {
        Some(person) => Ok(Lookup::Found(Box::new(person))),
        None => look_up(cx, listed, ask).await,
    };
    let after = turn.come().await;
    let nobody = |cause, evidence| {
        // Whom the directory does not know is left out by the same name.
        if cx.bounds.excluded.has_key(&listed.key) {
            (Outcome::Skipped(Cause::Excluded), Evidence::default())
        } else {
            (Outcome::Failed(cause), evidence)
        }
    };
    let (outcome, evidence) = match found {
        Ok(Lookup::Found(person)) => {
            let binding = cx.ledger.start_binding(number, (*person).clone()).await?;
            // The ledger binds in this order: many rows share a commit.
            drop(after);
            return Ok(match binding.bound().await? {
                Bound::Duplicate { .. } => Identified::Settled(Outcome::Skipped(Cause::Duplicate)),
                Bound::First {
                    state,
                    chat,
                    service_url,
                } => Identified::Person(Known {
                    person,
                    state,
                    chat,
                    service_url,
                    place: None,
                }),
            });
        }
        Ok(Lookup::Unknown) => nobody(Cause::UnknownUser, Evidence::default()),
        Ok(Lookup::Ambiguous { at_least }) => nobody(
            Cause::AmbiguousUser,
            Evidence::detail(format!("at least {at_least} people have this mail address")),
        ),
        Err(Trouble::Person { cause, evidence }) => nobody(cause, *evidence),
        Err(Trouble::Blocked(blocker)) => return Err(Halt::Blocked(blocker)),
        Err(Trouble::Stopped) => return Err(Halt::Stopped),
    };
    cx.ledger.settle_row(number, outcome, evidence).await?;
    Ok(Identified::Settled(outcome))
}

/// Who the row's user is: asked for together with others, or alone, unless that
/// does not matter.
async fn look_up(cx: Cx<'_>, listed: &Listed, ask: Option<Ask<'_>>) -> Result<Lookup, Trouble> {
    if let UserKey::ObjectId(id) = &listed.key
        && id_is_enough(cx, listed)
    {
        return Ok(Lookup::Found(Box::new(Person::unknown(id.clone()))));
    }
    if cx.stop.is_cancelled() {
        return Err(Trouble::Stopped);
    }
    if let Some(ask) = ask
        && let Some(lookup) = ask.answer().await?
    {
        return Ok(lookup);
    }
    cx.graph.user(&listed.key).await
}

/// Applies the rules, sees whether there is a message for them, and drives.
async fn address(
    cx: Cx<'_>,
    routes: &Routes,
    listed: Box<Listed>,
    known: Known,
) -> Result<Outcome, Halt> {
    let Known {
        person,
        state,
        chat,
        service_url,
        place,
    } = known;
    if let Some(fact) = cx.left_out(&person) {
        return close(cx, &person.object_id, state, fact).await;
    }
    let mut fields = person.fields();
    fields.extend(listed.fields);
    fields.retain(|field, _| cx.message.fields().contains(field));
    // Nobody gets the app for a message that cannot be made.
    if let Err(fault) = cx.message.render(&fields) {
        return close(cx, &person.object_id, state, unsendable(&fault)).await;
    }
    let chats = [chat, listed.chat].into_iter().flatten();
    let mut chats = chats.filter_map(|chat| routes.given.checked(chat, &person.object_id));
    let chat = chats.next();
    let recipient = Recipient {
        id: person.object_id,
        fields,
        chat,
        service_url,
    };
    drop(place);
    Box::pin(drive(cx, routes, &recipient, state)).await
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
