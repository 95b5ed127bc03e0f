//! Sending, replacing and deleting messages.

use http::StatusCode;
use serde_json::json;

use super::{
    ConnectorError, Cx, Outcome,
    activity::{self, Activity},
    throttle,
};
use crate::simulator::{
    reply,
    state::{Chat, Content, Message, Standing, State},
    tenant::{Place, person::Obstacle},
};

/// What became of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// It has this id.
    As(u64),
    /// It became two messages, so it has none.
    Split,
}

/// Sends an activity.
pub(crate) fn send(cx: &Cx<'_>, id: &str) -> Outcome {
    let place = cx.conversation(id)?;
    let activity = activity::read(&activity::body(cx)?, &cx.exchange.body)?;
    let written = {
        let mut state = cx.world.state();
        check(cx, &state, place)?;
        write(cx, &mut state, place, activity)
    };
    Ok(match written {
        Written::As(id) => reply::json(StatusCode::CREATED, &json!({ "id": id.to_string() })),
        Written::Split => {
            throttle::count_half(cx.world, cx.exchange, place);
            reply::json(StatusCode::CREATED, &json!({}))
        }
    })
}

/// Replaces a message.
pub(crate) fn update(cx: &Cx<'_>, id: &str, message: &str) -> Outcome {
    let place = cx.conversation(id)?;
    let content = match activity::read(&activity::body(cx)?, &cx.exchange.body)? {
        Activity::Message(content) => content,
        Activity::Split(text, attachments) => Content {
            text: text.text,
            format: text.format,
            ..attachments
        },
        Activity::Passing => return Err(ConnectorError::TYPE_UNKNOWN),
    };
    let mut state = cx.world.state();
    check(cx, &state, place)?;
    let found = state
        .desk(place)
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)?
        .visible(message)
        .ok_or(ConnectorError::ACTIVITY_NOT_FOUND)?;
    found.content = content;
    found.edits += 1;
    found.changed = cx.milliseconds();
    drop(state);
    Ok(reply::json(StatusCode::OK, &json!({ "id": message })))
}

/// Deletes a message.
pub(crate) fn delete(cx: &Cx<'_>, id: &str, message: &str) -> Outcome {
    let place = cx.conversation(id)?;
    let mut state = cx.world.state();
    check(cx, &state, place)?;
    let found = state
        .desk(place)
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)?
        .visible(message)
        .ok_or(ConnectorError::ACTIVITY_NOT_FOUND)?;
    found.standing = Standing::Deleted;
    found.changed = cx.milliseconds();
    drop(state);
    Ok(reply::empty(StatusCode::OK))
}

/// Checks that the bot may write into the chat of the person at `place`.
pub(crate) fn check(cx: &Cx<'_>, state: &State, place: Place) -> Result<(), ConnectorError> {
    let desk = state
        .desks()
        .get(place)
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)?;
    if desk.chat == Chat::Absent {
        return Err(ConnectorError::CONVERSATION_NOT_FOUND);
    }
    if !state.is_reachable(&cx.world.tenant, place, cx.exchange.now) {
        return Err(ConnectorError::NOT_IN_ROSTER);
    }
    match desk.obstacle {
        Obstacle::Clear | Obstacle::NeverSignedIn | Obstacle::PermissionPolicy => Ok(()),
        Obstacle::BlockedByUser => Err(ConnectorError::BLOCKED_BY_USER),
        Obstacle::WritesBlocked => Err(ConnectorError::WritesBlocked),
        Obstacle::DisabledByAdmin => Err(ConnectorError::DISABLED_BY_ADMIN),
    }
}

/// Writes what an activity becomes.
pub(crate) fn write(cx: &Cx<'_>, state: &mut State, place: Place, activity: Activity) -> Written {
    match activity {
        Activity::Message(content) => Written::As(add(cx, state, place, content)),
        Activity::Split(first, second) => {
            add(cx, state, place, first);
            add(cx, state, place, second);
            Written::Split
        }
        Activity::Passing => Written::As(state.next_message(cx.milliseconds())),
    }
}

fn add(cx: &Cx<'_>, state: &mut State, place: Place, content: Content) -> u64 {
    let id = state.next_message(cx.milliseconds());
    if let Some(desk) = state.desk(place) {
        // Most people get one, and a million of them should not take room for four.
        if desk.messages.is_empty() {
            desk.messages.reserve_exact(1);
        }
        desk.messages.push(Message {
            id,
            content,
            edits: 0,
            changed: id,
            standing: Standing::Visible,
        });
    }
    id
}
