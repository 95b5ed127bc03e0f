//! `GET /groups`, `GET /groups/$count` and `GET /groups/{group}`.

use http::StatusCode;

use super::{
    Cx, Outcome,
    error::GraphError,
    group,
    page::{self, Page},
    question::Question,
    select::Shown,
    users,
};
use crate::simulator::{odata::schema::Demand, reply, tenant::groups::Group};

/// Lists groups, a page at a time.
pub(super) fn list(cx: &Cx<'_>) -> Outcome {
    let question = Question::read(cx, &group::ASKABLE, Demand::Basic)?;
    let shown = Shown::read(cx, group::PROPERTIES)?;
    let page = Page::read(cx)?;
    let meant = meant(cx, &question);
    let domain = &cx.world.facts().domain;
    let rows = meant.iter().enumerate().skip(page.start);
    let rows = rows.map(|(position, group)| (position, shown.of(group::show(group, domain), &[])));
    Ok(page.reply(cx, "groups", rows, || meant.len()))
}

/// Counts groups.
pub(super) fn count(cx: &Cx<'_>) -> Outcome {
    let question = Question::read_for_count(cx, &group::ASKABLE)?;
    Ok(page::number(meant(cx, &question).len()))
}

/// Shows one group.
pub(super) fn get(cx: &Cx<'_>, key: &str) -> Outcome {
    let shown = Shown::read(cx, group::PROPERTIES)?;
    let group = find(cx, key)?;
    let mut body = shown.of(group::show(group, &cx.world.facts().domain), &[]);
    if let Some(fields) = body.as_object_mut() {
        let context = cx.context("groups/$entity");
        fields.insert("@odata.context".to_owned(), context.into());
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Finds the group named in the path; groups only have ids.
pub(super) fn find<'a>(cx: &Cx<'a>, key: &str) -> Result<&'a Group, GraphError> {
    let id = key.parse().map_err(|_| {
        GraphError::new(
            StatusCode::BAD_REQUEST,
            "Request_BadRequest",
            format!("Invalid object identifier '{key}'."),
        )
    })?;
    let found = cx.world.tenant.groups.by_id(id);
    found
        .map(|(_, group)| group)
        .ok_or_else(|| users::not_found(key))
}

fn meant<'a>(cx: &Cx<'a>, question: &Question) -> Vec<&'a Group> {
    let groups = cx.world.tenant.groups.all().iter();
    let mut groups: Vec<&Group> = groups.filter(|group| question.means(*group)).collect();
    if let Some(order) = &question.order {
        groups.sort_by_cached_key(|group| order.key(*group));
        order.turn(&mut groups);
    }
    groups
}
