//! Creating the conversation of bot and person.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    ConnectorError, Cx, Outcome, activities,
    activity::{self, Activity},
};
use crate::simulator::{
    reply,
    state::Chat,
    tenant::{Place, Tenant, registration::Sessions},
};

/// Creates the conversation, or returns the one there is.
pub(crate) fn create(cx: &Cx<'_>) -> Outcome {
    let body = activity::body(cx)?;
    let tenant = &cx.world.tenant;
    check_tenant(tenant, &body)?;
    check_bot(tenant, &body)?;
    let member = only_member(&body)?;
    let first = first_activity(cx, &body)?;
    let (place, reach) = find(tenant, member)?;
    let person = tenant
        .person(place)
        .ok_or(ConnectorError::not_installed(0))?;
    let mut state = cx.world.state();
    let reachable = match reach {
        By::ObjectId => {
            let desk = state.desks().get(place);
            desk.is_some_and(|desk| desk.has_settled_bot(cx.exchange.now))
        }
        By::PairwiseId => state.is_reachable(tenant, place, cx.exchange.now),
    };
    if !reachable {
        return Err(ConnectorError::not_installed(place));
    }
    let desk = state
        .desk(place)
        .ok_or(ConnectorError::not_installed(place))?;
    let session = match tenant.registration.sessions {
        Sessions::One => 0,
        Sessions::Many => desk.sessions + 1,
    };
    let mut created = json!({ "id": tenant.ids.conversation(person.object_id, session) });
    desk.chat = Chat::Open;
    if let Some(activity) = first {
        activities::check(cx, &state, place)?;
        if let Some(desk) = state.desk(place) {
            desk.sessions = session;
        }
        let written = activities::write(cx, &mut state, place, activity);
        if let (activities::Written::As(id), Some(fields)) = (written, created.as_object_mut()) {
            fields.insert("activityId".to_owned(), id.to_string().into());
        }
    }
    drop(state);
    Ok(reply::json(StatusCode::CREATED, &created))
}

/// Shows a conversation.
pub(crate) fn get(cx: &Cx<'_>, id: &str) -> Outcome {
    let place = cx.conversation(id)?;
    let state = cx.world.state();
    let chat = state.desks().get(place).map(|desk| desk.chat);
    if chat != Some(Chat::Open) {
        return Err(ConnectorError::CONVERSATION_NOT_FOUND);
    }
    if !state.is_reachable(&cx.world.tenant, place, cx.exchange.now) {
        return Err(ConnectorError::NOT_IN_ROSTER);
    }
    drop(state);
    let tenant_id = &cx.world.facts().tenant_id;
    let body = json!({
        "id": id,
        "isGroup": false,
        "conversationType": "personal",
        "tenantId": tenant_id,
    });
    Ok(reply::json(StatusCode::OK, &body))
}

/// By which of their ids a person was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The directory's: the person has to have the app personally.
    ObjectId,
    /// The bot's own, from a roster: a team with the app is enough.
    PairwiseId,
}

fn find(tenant: &Tenant, member: &str) -> Result<(Place, By), ConnectorError> {
    let object_id = member.parse().ok().map(|id| (id, By::ObjectId));
    let pairwise = || Some((tenant.ids.read_pairwise(member)?, By::PairwiseId));
    let (person, by) = object_id
        .or_else(pairwise)
        .ok_or(ConnectorError::UNDECIPHERABLE_USER)?;
    let place = tenant.by_object_id(person);
    Ok((place.ok_or(ConnectorError::not_installed(0))?, by))
}

/// Finds a member by object id or by the id this bot knows them by.
pub(crate) fn member(tenant: &Tenant, id: &str) -> Option<Place> {
    let person = id.parse().ok().or_else(|| tenant.ids.read_pairwise(id))?;
    tenant.by_object_id(person)
}

fn check_tenant(tenant: &Tenant, body: &Value) -> Result<(), ConnectorError> {
    let named = body
        .get("tenantId")
        .or_else(|| body.pointer("/channelData/tenant/id"));
    let named = named
        .and_then(Value::as_str)
        .ok_or(ConnectorError::MALFORMED_CONVERSATION)?;
    if named.eq_ignore_ascii_case(&tenant.facts.tenant_id) {
        Ok(())
    } else {
        Err(ConnectorError::AUTHORIZATION_DENIED)
    }
}

/// The bot may be left out, but it cannot be another one.
fn check_bot(tenant: &Tenant, body: &Value) -> Result<(), ConnectorError> {
    let Some(named) = body.pointer("/bot/id").and_then(Value::as_str) else {
        return Ok(());
    };
    let named = named.strip_prefix("28:").unwrap_or(named);
    if named.eq_ignore_ascii_case(&tenant.facts.bot_id) {
        Ok(())
    } else {
        Err(ConnectorError::CREATION_PARAMETERS)
    }
}

fn only_member(body: &Value) -> Result<&str, ConnectorError> {
    let members = body
        .get("members")
        .and_then(Value::as_array)
        .map(Vec::as_slice);
    let is_group = body
        .get("isGroup")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    match members {
        Some([member]) if !is_group => member
            .get("id")
            .and_then(Value::as_str)
            .ok_or(ConnectorError::CREATION_PARAMETERS),
        Some(_) | None => Err(ConnectorError::CREATION_PARAMETERS),
    }
}

/// A bot with sessions needs a first activity, since every call starts one.
fn first_activity(cx: &Cx<'_>, body: &Value) -> Result<Option<Activity>, ConnectorError> {
    match (
        body.get("activity").filter(|activity| !activity.is_null()),
        cx.world.tenant.registration.sessions,
    ) {
        (Some(activity), _) => activity::read(activity, &cx.exchange.body).map(Some),
        (None, Sessions::One) => Ok(None),
        (None, Sessions::Many) => Err(ConnectorError::CREATION_PARAMETERS),
    }
}
