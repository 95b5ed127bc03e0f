//! Who is in a conversation with the bot: one person.

use http::StatusCode;
use serde_json::{Value, json};

use super::{ConnectorError, Cx, Outcome, activities, conversations};
use crate::simulator::{
    reply,
    tenant::person::{Person, UserType},
};

/// Lists the members.
pub(crate) fn list(cx: &Cx<'_>, id: &str) -> Outcome {
    Ok(reply::json(StatusCode::OK, &json!([find(cx, id)?])))
}

/// Lists a page of the members, which is all of them.
pub(crate) fn page(cx: &Cx<'_>, id: &str) -> Outcome {
    Ok(reply::json(
        StatusCode::OK,
        &json!({ "members": [find(cx, id)?] }),
    ))
}

/// Shows one member.
pub(crate) fn get(cx: &Cx<'_>, id: &str, member: &str) -> Outcome {
    let shown = find(cx, id)?;
    if conversations::member(&cx.world.tenant, member) == Some(cx.conversation(id)?) {
        Ok(reply::json(StatusCode::OK, &shown))
    } else {
        Err(ConnectorError::MEMBER_NOT_FOUND)
    }
}

fn find(cx: &Cx<'_>, id: &str) -> Result<Value, ConnectorError> {
    let place = cx.conversation(id)?;
    let mut state = cx.world.state();
    let desk = state
        .desk(place)
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)?;
    match activities::check(cx, desk) {
        // Who blocked the bot is still a member.
        Ok(()) | Err(ConnectorError::BLOCKED_BY_USER | ConnectorError::WritesBlocked) => {}
        Err(error) => return Err(error),
    }
    drop(state);
    cx.world
        .tenant
        .person(place)
        .map(|person| show(cx, person))
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)
}

fn show(cx: &Cx<'_>, person: &Person) -> Value {
    let tenant = &cx.world.tenant;
    let role = match person.user_type {
        Some(UserType::Guest) => "guest",
        Some(UserType::Member) | None => "user",
    };
    json!({
        "id": tenant.ids.pairwise(person.object_id),
        "name": person.display_name,
        "objectId": person.object_id.to_string(),
        "aadObjectId": person.object_id.to_string(),
        "givenName": person.given_name,
        "surname": person.surname,
        "email": person.mail,
        "userPrincipalName": person.upn,
        "tenantId": tenant.facts.tenant_id,
        "userRole": role,
    })
}
