//! Who is in a conversation with the bot: one person, or a team.

use http::StatusCode;
use serde_json::{Value, json};

use super::{ConnectorError, Cx, Outcome, activities, conversations, roster};
use crate::simulator::{
    reply,
    tenant::{
        ids::ConversationId,
        person::{Person, UserType},
    },
};

/// Lists the members.
pub(crate) fn list(cx: &Cx<'_>, id: &str) -> Outcome {
    let members = match team(cx, id) {
        Some(team) => roster::everybody(cx, team?)?,
        None => vec![find(cx, id)?],
    };
    Ok(reply::json(StatusCode::OK, &members))
}

/// Lists a page of the members; chats are not paged.
pub(crate) fn page(cx: &Cx<'_>, id: &str) -> Outcome {
    let page = match team(cx, id) {
        Some(team) => roster::page(cx, team?)?,
        None => json!({ "members": [find(cx, id)?] }),
    };
    Ok(reply::json(StatusCode::OK, &page))
}

/// Shows one member.
pub(crate) fn get(cx: &Cx<'_>, id: &str, member: &str) -> Outcome {
    let tenant = &cx.world.tenant;
    let member = conversations::member(tenant, member);
    if let Some(team) = team(cx, id) {
        let shown = roster::member(cx, team?, member)?;
        return Ok(reply::json(StatusCode::OK, &shown));
    }
    let shown = find(cx, id)?;
    if member != Some(cx.conversation(id)?) {
        return Err(ConnectorError::MEMBER_NOT_FOUND);
    }
    Ok(reply::json(StatusCode::OK, &shown))
}

/// Returns the team whose conversation `id` is, if it is one's.
fn team(cx: &Cx<'_>, id: &str) -> Option<Result<usize, ConnectorError>> {
    let tenant = &cx.world.tenant;
    match tenant.ids.read_conversation(id) {
        ConversationId::Team(team) => {
            let found = tenant.groups.team_by_id(team).map(|(number, _)| number);
            Some(found.ok_or(ConnectorError::CONVERSATION_NOT_FOUND))
        }
        ConversationId::Of(_) | ConversationId::Undecipherable | ConversationId::Malformed => None,
    }
}

fn find(cx: &Cx<'_>, id: &str) -> Result<Value, ConnectorError> {
    let place = cx.conversation(id)?;
    match activities::check(cx, &cx.world.state(), place) {
        // Who blocked the bot is still a member.
        Ok(()) | Err(ConnectorError::BLOCKED_BY_USER | ConnectorError::WritesBlocked) => {}
        Err(error) => return Err(error),
    }
    cx.world
        .tenant
        .person(place)
        .map(|person| show(cx, &person))
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)
}

/// Shows a person as the bot sees them.
pub(super) fn show(cx: &Cx<'_>, person: &Person) -> Value {
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
