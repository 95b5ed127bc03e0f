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
    let place = match member
        .parse()
        .map_or_else(|_| tenant.ids.read_pairwise(member), Some)
    {
        Some(person) => tenant
            .by_object_id(person)
            .ok_or(ConnectorError::not_installed(0))?,
        None => return Err(ConnectorError::UNDECIPHERABLE_USER),
    };
    let person = tenant
        .person(place)
        .ok_or(ConnectorError::not_installed(0))?;
    let mut state = cx.world.state();
    let desk = state
        .desk(place)
        .ok_or(ConnectorError::not_installed(place))?;
    if !desk.has_settled_app(cx.exchange.now) {
        return Err(ConnectorError::not_installed(place));
    }
    let session = match tenant.registration.sessions {
        Sessions::One => 0,
        Sessions::Many => desk.sessions + 1,
    };
    let mut created = json!({ "id": tenant.ids.conversation(person.object_id, session) });
    desk.chat = Chat::Open;
    if let Some(activity) = first {
        activities::check(cx, desk)?;
        desk.sessions = session;
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
    let mut state = cx.world.state();
    let desk = state
        .desk(place)
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)?;
    if desk.chat == Chat::Absent {
        return Err(ConnectorError::CONVERSATION_NOT_FOUND);
    }
    if !desk.has_settled_app(cx.exchange.now) {
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
