//! `GET /teams/{team}` and `GET /teams/{team}/members`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Cx, Outcome,
    crowd::Crowd,
    page::Page,
    question::{self, Question},
    select::Shown,
};
use crate::simulator::{
    reply,
    tenant::person::{Person, UserType},
};

/// The properties of a team.
const PROPERTIES: &[&str] = &[
    "id",
    "displayName",
    "description",
    "internalId",
    "isArchived",
    "tenantId",
    "visibility",
    "webUrl",
];
/// The properties of a member.
const OF_MEMBERS: &[&str] = &["id", "displayName", "email", "roles", "tenantId", "userId"];

/// Shows a team; its internal id is the id of its conversation at the connector.
pub(super) fn get(cx: &Cx<'_>, key: &str) -> Outcome {
    let shown = Shown::read(cx, PROPERTIES)?;
    let (_, group) = cx.team(key)?;
    let tenant = &cx.world.tenant;
    let internal_id = tenant.ids.team_conversation(group.id);
    let body = json!({
        "@odata.context": cx.context("teams/$entity"),
        "id": group.id.to_string(),
        "displayName": group.name,
        "description": group.name,
        "internalId": internal_id,
        "isArchived": false,
        "tenantId": tenant.facts.tenant_id,
        "visibility": "private",
        "webUrl": format!("https://teams.microsoft.com/l/team/{internal_id}/conversations?groupId={}", group.id),
    });
    Ok(reply::json(StatusCode::OK, &shown.of(body, &[])))
}

/// Lists the members of a team, a page at a time.
pub(super) fn members(cx: &Cx<'_>, key: &str) -> Outcome {
    for option in ["$filter", "$search", "$orderby", "$skip"] {
        if cx.query.get(option).is_some() {
            let message = format!("The query option '{option}' is not supported.");
            return Err(question::unsupported(message));
        }
    }
    let shown = Shown::read(cx, OF_MEMBERS)?;
    let (_, group) = cx.team(key)?;
    let page = Page::read(cx)?;
    let everybody = Question::default();
    let crowd = Crowd::from(&group.members.people);
    let tenant = &cx.world.tenant;
    let people = crowd.people(tenant, &everybody, page.start);
    let rows = people.map(|(position, person)| {
        let owns = position == 0;
        (position, shown.of(show(cx, group.id, &person, owns), &[]))
    });
    let context = format!("teams('{key}')/members");
    Ok(page.reply(cx, &context, rows, || {
        crowd.people(tenant, &everybody, 0).count()
    }))
}

fn show(cx: &Cx<'_>, team: crate::simulator::Guid, person: &Person, owns: bool) -> Value {
    let tenant_id = &cx.world.facts().tenant_id;
    let roles: &[&str] = match (owns, person.user_type) {
        (true, _) => &["owner"],
        (false, Some(UserType::Guest)) => &["guest"],
        (false, Some(UserType::Member) | None) => &[],
    };
    json!({
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": STANDARD.encode(format!("1##{tenant_id}##{team}##{}", person.object_id)),
        "roles": roles,
        "displayName": person.display_name,
        "userId": person.object_id.to_string(),
        "email": person.mail,
        "tenantId": tenant_id,
    })
}
