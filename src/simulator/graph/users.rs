//! `GET /users` and `GET /users/{user}`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Cx, Outcome,
    access::{self, Reach},
    error::GraphError,
    user::{self, Selection},
};
use crate::simulator::{
    odata::{
        filter::{Filter, Literal},
        schema::Demand,
    },
    reply,
    tenant::{Place, Tenant, person::Person},
};

/// The page size that nobody asked for.
const DEFAULT_PAGE: usize = 100;
/// The largest page.
const LARGEST_PAGE: usize = 999;

/// Lists people, a page at a time.
pub(crate) fn list(cx: &Cx<'_>) -> Outcome {
    for option in ["$search", "$orderby", "$skip"] {
        if cx.query.get(option).is_some() {
            return Err(unsupported(format!(
                "The query option '{option}' is not supported."
            )));
        }
    }
    let top = cx.query.top(LARGEST_PAGE)?.unwrap_or(DEFAULT_PAGE);
    let filter: Option<Filter> = cx.query.get("$filter").map(str::parse).transpose()?;
    check_capabilities(cx, filter.as_ref())?;
    let selection = selection(cx)?;
    if cx.reach == Reach::BasicProfile && !filter.as_ref().is_none_or(user::is_basic_filter) {
        return Err(access::denied());
    }
    let start = cx.query.position()?;
    let tenant = &cx.world.tenant;
    let candidates = filter
        .as_ref()
        .and_then(|filter| candidates(tenant, filter));
    let mut matches = matching(tenant, filter.as_ref(), candidates.as_deref(), start);
    let value: Vec<Value> = matches
        .by_ref()
        .take(top)
        .map(|(_, person)| selection.show(person))
        .collect();
    let mut body = json!({ "@odata.context": cx.context("users"), "value": value });
    if let (Some((next, _)), Some(fields)) = (matches.next(), body.as_object_mut()) {
        let link = cx.exchange.address(&cx.query.continued(next));
        fields.insert("@odata.nextLink".to_owned(), link.into());
    }
    if let (true, 0, Some(fields)) = (cx.query.counts(), start, body.as_object_mut()) {
        let count = matching(tenant, filter.as_ref(), candidates.as_deref(), 0).count();
        fields.insert("@odata.count".to_owned(), count.into());
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Shows one person.
pub(crate) fn get(cx: &Cx<'_>, key: &str) -> Outcome {
    let selection = selection(cx)?;
    let (_, person) = cx.user(key).map_err(|_| not_found(key))?;
    let mut body = selection.show(person);
    if let Some(fields) = body.as_object_mut() {
        fields.insert(
            "@odata.context".to_owned(),
            cx.context("users/$entity").into(),
        );
    }
    Ok(reply::json(StatusCode::OK, &body))
}

fn selection<'a>(cx: &Cx<'a>) -> Result<Selection<'a>, GraphError> {
    let asked = cx.query.list("$select");
    let explicit = asked.is_some();
    let selection = Selection::new(asked).map_err(|unknown| {
        GraphError::bad_request(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{}' on type \
             'microsoft.graph.user'.",
            unknown.0
        ))
    })?;
    match cx.reach {
        Reach::BasicProfile if explicit && !selection.is_basic() => Err(access::denied()),
        Reach::BasicProfile => Ok(selection.basic()),
        Reach::Full | Reach::OwnApps => Ok(selection),
    }
}

/// Advanced queries need the header and the count.
fn check_capabilities(cx: &Cx<'_>, filter: Option<&Filter>) -> Result<(), GraphError> {
    let demand = filter.map_or(Ok(Demand::Basic), |filter| user::SCHEMA.check(filter))?;
    let consistency = cx.exchange.header("consistencylevel");
    let eventual = consistency.is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
    match demand {
        Demand::Advanced if !eventual || !cx.query.counts() => Err(unsupported(
            "Unsupported Query. The query needs $count=true and the ConsistencyLevel: eventual header.",
        )),
        Demand::Basic if cx.query.counts() && !eventual => Err(unsupported(
            "$count is not currently supported without the ConsistencyLevel: eventual header.",
        )),
        Demand::Basic | Demand::Advanced => Ok(()),
    }
}

fn unsupported(message: impl Into<std::borrow::Cow<'static, str>>) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
}

fn not_found(key: &str) -> GraphError {
    let message = format!(
        "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    );
    GraphError::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
}

/// Returns everybody from position `start` on who fulfils `filter`, with their position.
fn matching<'a>(
    tenant: &'a Tenant,
    filter: Option<&'a Filter>,
    candidates: Option<&'a [Place]>,
    start: usize,
) -> impl Iterator<Item = (usize, &'a Person)> {
    let count = candidates.map_or(tenant.people.len(), <[Place]>::len);
    (start..count)
        .filter_map(move |position| {
            let place = match candidates {
                Some(places) => places.get(position).copied(),
                None => Some(position),
            };
            Some((position, tenant.person(place?)?))
        })
        .filter(move |(_, person)| filter.is_none_or(|filter| filter.holds(*person)))
}

/// Returns the few people who can fulfil `filter` at all, if it names them.
fn candidates(tenant: &Tenant, filter: &Filter) -> Option<Vec<Place>> {
    let mut places = match filter {
        Filter::Equal(path, value) => named(tenant, path, value)?,
        Filter::In(path, values) => collect(values.iter().map(|value| named(tenant, path, value)))?,
        Filter::Or(parts) => collect(parts.iter().map(|part| candidates(tenant, part)))?,
        Filter::And(parts) => parts.iter().find_map(|part| candidates(tenant, part))?,
        Filter::Not(_)
        | Filter::Unequal(..)
        | Filter::Starts(..)
        | Filter::Ends(..)
        | Filter::Any(..) => return None,
    };
    places.sort_unstable();
    places.dedup();
    Some(places)
}

fn collect(parts: impl Iterator<Item = Option<Vec<Place>>>) -> Option<Vec<Place>> {
    let parts: Option<Vec<Vec<Place>>> = parts.collect();
    parts.map(|parts| parts.concat())
}

fn named(tenant: &Tenant, path: &str, value: &Literal) -> Option<Vec<Place>> {
    match (path, value) {
        ("id", Literal::Text(text)) => {
            let place = text.parse().ok().and_then(|id| tenant.by_object_id(id));
            Some(place.into_iter().collect())
        }
        ("userPrincipalName", Literal::Text(text)) => {
            Some(tenant.by_upn(text).into_iter().collect())
        }
        ("mail", Literal::Text(text)) => Some(tenant.by_mail(text)),
        (_, Literal::Text(_) | Literal::Bool(_) | Literal::Guid(_) | Literal::Null) => None,
    }
}
