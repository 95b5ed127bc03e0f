//! `GET /users`, `GET /users/$count` and `GET /users/{user}`.

use http::StatusCode;

use super::{
    Cx, Outcome,
    access::{self, Reach},
    crowd::Crowd,
    error::GraphError,
    page::{self, Page},
    question::Question,
    user::{self, Selection},
};
use crate::simulator::{odata::schema::Demand, reply};

/// Lists people, a page at a time.
pub(crate) fn list(cx: &Cx<'_>) -> Outcome {
    let question = Question::read(cx, &user::ASKABLE, Demand::Basic)?;
    check_profile(cx, &question)?;
    let selection = selection(cx)?;
    let crowd = Crowd::asked_for(&cx.world.tenant, &question);
    page_of(cx, "users", &crowd, &question, &selection)
}

/// Counts people.
pub(crate) fn count(cx: &Cx<'_>) -> Outcome {
    let question = Question::read_for_count(cx, &user::ASKABLE)?;
    check_profile(cx, &question)?;
    let crowd = Crowd::asked_for(&cx.world.tenant, &question);
    let people = crowd.people(&cx.world.tenant, &question, 0);
    Ok(page::number(people.count()))
}

/// Shows one person.
pub(crate) fn get(cx: &Cx<'_>, key: &str) -> Outcome {
    let selection = selection(cx)?;
    let (_, person) = cx.user(key).map_err(|_| not_found(key))?;
    let mut body = selection.show(&person);
    if let Some(fields) = body.as_object_mut() {
        fields.insert(
            "@odata.context".to_owned(),
            cx.context("users/$entity").into(),
        );
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Shows a page of those in `crowd` whom `question` means.
pub(super) fn page_of(
    cx: &Cx<'_>,
    context: &str,
    crowd: &Crowd<'_>,
    question: &Question,
    selection: &Selection<'_>,
) -> Outcome {
    let page = Page::read(cx)?;
    let tenant = &cx.world.tenant;
    let plain = Question::default();
    let sorted = question
        .order
        .as_ref()
        .map(|order| crowd.sorted(tenant, question, order));
    let (crowd, question) = match &sorted {
        Some(sorted) => (sorted, &plain),
        None => (crowd, question),
    };
    let rows = crowd.people(tenant, question, page.start);
    let rows = rows.map(|(position, person)| (position, selection.show(&person)));
    Ok(page.reply(cx, context, rows, || {
        crowd.people(tenant, question, 0).count()
    }))
}

/// Reads which properties of a person are shown.
pub(super) fn selection<'a>(cx: &Cx<'a>) -> Result<Selection<'a>, GraphError> {
    let asked = cx.query.list("$select");
    let explicit = asked.is_some();
    let selection = Selection::new(asked).map_err(|unknown| unknown.refusal())?;
    match cx.reach {
        Reach::BasicProfile if explicit && !selection.is_basic() => Err(access::denied()),
        Reach::BasicProfile => Ok(selection.basic()),
        Reach::Full | Reach::OwnApps => Ok(selection),
    }
}

/// Whoever may only see the basic profile cannot ask about the rest either.
fn check_profile(cx: &Cx<'_>, question: &Question) -> Result<(), GraphError> {
    let filter = question.filter.as_ref();
    let basic = filter.is_none_or(user::is_basic_filter) && question.searched().all(user::is_basic);
    if cx.reach == Reach::BasicProfile && !basic {
        Err(access::denied())
    } else {
        Ok(())
    }
}

/// Returns the directory's refusal of something that does not exist.
pub(super) fn not_found(key: &str) -> GraphError {
    let message = format!(
        "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    );
    GraphError::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
}
