//! `GET /users/delta`: everybody once, then what changed.
//!
//! A token holds everything that was asked and where to go on, so the world
//! remembers nothing of its readers.

use std::{collections::HashSet, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Cx, Outcome,
    crowd::Crowd,
    error::GraphError,
    page,
    question::{self, Question},
    user::{self, Selection},
};
use crate::simulator::{
    odata::filter::{Filter, Literal},
    reply::{self, Reply},
    tenant::{Place, changes::Standing, person::Person},
};

/// How long a token is good for: seven days for the directory (devblogs.microsoft.com, 2020-07-03).
const LIFETIME: i64 = 7 * 24 * 3600;
/// The most people a delta query may be limited to (user: delta).
const MOST_IDS: usize = 50;

/// What was asked and where to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Token {
    seed: u64,
    epoch: u64,
    /// When the round began, in seconds of the calendar.
    issued: i64,
    round: Round,
    select: Option<String>,
    filter: Option<String>,
    top: usize,
}

/// Where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Round {
    /// Among everybody, from this position on; changes from `since` on are for later.
    First { position: usize, since: usize },
    /// Among the changes from the first to the second number, from this position on.
    Later {
        since: usize,
        until: usize,
        position: usize,
    },
    /// With a new round, of changes from this one on.
    Due { since: usize },
}

/// Shows a page of the round that the token is in, or of a first one.
pub(super) fn list(cx: &Cx<'_>) -> Outcome {
    let token = match (cx.query.get("$skiptoken"), cx.query.get("$deltatoken")) {
        (Some(text), _) => Token::read(cx, text)?,
        (None, Some("latest")) => {
            let token = Token::begin(cx)?;
            return Ok(reply(
                cx,
                &[],
                &token.due(cx.world.tenant.changes().log().len()),
            ));
        }
        (None, Some(text)) => Token::read(cx, text)?,
        (None, None) => Token::begin(cx)?,
    };
    let names = token
        .select
        .as_deref()
        .map(|names| names.split(',').collect());
    let selection = Selection::new(names).map_err(|unknown| unknown.refusal())?;
    let filter: Option<Filter> = token.filter.as_deref().map(str::parse).transpose()?;
    match token.round {
        Round::First { position, since } => {
            Ok(first(cx, &token, filter, &selection, position, since))
        }
        Round::Later {
            since,
            until,
            position,
        } => Ok(later(
            cx,
            &token,
            filter.as_ref(),
            &selection,
            (since, until),
            position,
        )),
        Round::Due { since } => {
            let until = cx.world.tenant.changes().log().len();
            let token = token.renewed(cx);
            Ok(later(
                cx,
                &token,
                filter.as_ref(),
                &selection,
                (since, until),
                0,
            ))
        }
    }
}

/// Shows everybody who is there.
fn first(
    cx: &Cx<'_>,
    token: &Token,
    filter: Option<Filter>,
    selection: &Selection<'_>,
    position: usize,
    since: usize,
) -> Reply {
    let question = Question {
        filter,
        ..Question::default()
    };
    let tenant = &cx.world.tenant;
    let crowd = Crowd::asked_for(tenant, &question);
    let mut people = crowd.people(tenant, &question, position);
    let page = people.by_ref().take(token.size(cx));
    let rows: Vec<Value> = page.map(|(_, person)| show(&person, selection)).collect();
    let next = match people.next() {
        Some((position, _)) => token.at(Round::First { position, since }),
        None => token.due(since),
    };
    reply(cx, &rows, &next)
}

/// Shows what changed from one change to another.
fn later(
    cx: &Cx<'_>,
    token: &Token,
    filter: Option<&Filter>,
    selection: &Selection<'_>,
    (since, until): (usize, usize),
    position: usize,
) -> Reply {
    let minimal = cx.exchange.header("prefer").is_some_and(|prefer| {
        let mut preferences = prefer.split(',').map(str::trim);
        preferences.any(|preference| preference.eq_ignore_ascii_case("return=minimal"))
    });
    let changed = changed(cx, since, until);
    let rows = changed.into_iter().filter_map(|(before, now)| {
        let meant = filter.is_none_or(|filter| filter.holds(now.person()));
        let row = if minimal { show_least } else { show_all };
        meant
            .then(|| row(before.as_deref(), &now, selection))
            .flatten()
    });
    let size = token.size(cx);
    let rows: Vec<Value> = rows.skip(position).take(size + 1).collect();
    let page = rows.get(..size).unwrap_or(&rows);
    let next = if size < rows.len() {
        let position = position + size;
        token.at(Round::Later {
            since,
            until,
            position,
        })
    } else {
        token.due(until)
    };
    let mut reply = reply(cx, page, &next);
    if minimal {
        reply::header(&mut reply, "preference-applied", "return=minimal");
    }
    reply
}

/// Returns everybody who changed in a round: how they were before it, and how they stand.
fn changed(cx: &Cx<'_>, since: usize, until: usize) -> Vec<(Option<Arc<Person>>, Standing)> {
    let changes = cx.world.tenant.changes();
    let mut seen: HashSet<Place> = HashSet::new();
    let log = changes.log().get(since..until).unwrap_or_default();
    log.iter()
        .filter(|change| seen.insert(change.place))
        .filter_map(|change| {
            let now = changes.standing(change.place)?.clone();
            Some((change.before.clone(), now))
        })
        .collect()
}

fn show(person: &Person, selection: &Selection<'_>) -> Value {
    let mut row = selection.show(person);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("id".to_owned(), person.object_id.to_string().into());
    }
    row
}

/// Shows a change with every property, if any that was asked for is different.
fn show_all(before: Option<&Person>, now: &Standing, selection: &Selection<'_>) -> Option<Value> {
    match (before, now) {
        (None, Standing::Gone(_)) => None,
        (Some(_), Standing::Gone(person)) => Some(json!({
            "id": person.object_id.to_string(),
            "@removed": { "reason": "changed" },
        })),
        (None, Standing::Here(person)) => Some(show(person, selection)),
        (Some(before), Standing::Here(person)) => {
            let different = |name| user::property(before, name) != user::property(person, name);
            selection
                .names()
                .any(different)
                .then(|| show(person, selection))
        }
    }
}

/// Shows a change with the properties that are different.
fn show_least(before: Option<&Person>, now: &Standing, selection: &Selection<'_>) -> Option<Value> {
    let mut row = show_all(before, now, selection)?;
    if let (Some(before), Some(fields)) = (before, row.as_object_mut()) {
        fields.retain(|name, value| {
            matches!(name.as_str(), "id" | "@removed") || user::property(before, name) != *value
        });
    }
    Some(row)
}

fn reply(cx: &Cx<'_>, rows: &[Value], next: &Token) -> Reply {
    let (link, option) = match next.round {
        Round::First { .. } | Round::Later { .. } => ("@odata.nextLink", "$skiptoken"),
        Round::Due { .. } => ("@odata.deltaLink", "$deltatoken"),
    };
    let address = cx.exchange.address(&format!("{option}={}", next.write()));
    let body = json!({ "@odata.context": cx.context("users"), "value": rows, link: address });
    reply::json(StatusCode::OK, &body)
}

impl Token {
    /// Reads what a first request asks.
    fn begin(cx: &Cx<'_>) -> Result<Self, GraphError> {
        let options = ["$search", "$orderby", "$count", "$skip", "$expand"];
        if let Some(name) = options.iter().find(|name| cx.query.get(name).is_some()) {
            return Err(question::unsupported(format!(
                "The query option '{name}' is not supported by delta queries."
            )));
        }
        if let Some(filter) = cx.query.get("$filter") {
            check_filter(&filter.parse()?)?;
        }
        Ok(Self {
            seed: cx.world.tenant.seed,
            epoch: cx.world.state().delta_epoch,
            issued: cx.exchange.wall.as_second(),
            round: Round::First {
                position: 0,
                since: cx.world.tenant.changes().log().len(),
            },
            select: cx.query.get("$select").map(str::to_owned),
            filter: cx.query.get("$filter").map(str::to_owned),
            top: cx.query.asked(page::LARGEST)?.unwrap_or(page::DEFAULT),
        })
    }

    /// Reads a token that this world gave and has not forgotten.
    fn read(cx: &Cx<'_>, text: &str) -> Result<Self, GraphError> {
        let gone = || {
            GraphError::new(
                StatusCode::GONE,
                "syncStateNotFound",
                "The sync state generation is not found. The delta token is expired and data must be \
                 synchronized again.",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| gone())?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|_| gone())?;
        let age = cx.exchange.wall.as_second().saturating_sub(token.issued);
        let known = token.seed == cx.world.tenant.seed
            && token.epoch == cx.world.state().delta_epoch
            && age < LIFETIME;
        known.then_some(token).ok_or_else(gone)
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Returns how many rows this page shows; only a first page can be empty.
    fn size(&self, cx: &Cx<'_>) -> usize {
        let least = usize::from(cx.query.get("$skiptoken").is_some());
        cx.query.shortened(self.top).max(least)
    }

    fn at(&self, round: Round) -> Self {
        Self {
            round,
            ..self.clone()
        }
    }

    fn due(&self, since: usize) -> Self {
        self.at(Round::Due { since })
    }

    fn renewed(&self, cx: &Cx<'_>) -> Self {
        Self {
            issued: cx.exchange.wall.as_second(),
            ..self.clone()
        }
    }
}

/// Only people can be named, by id, and not too many.
fn check_filter(filter: &Filter) -> Result<(), GraphError> {
    let parts = if let Filter::Or(parts) = filter {
        parts
    } else {
        std::slice::from_ref(filter)
    };
    let names_ids = parts
        .iter()
        .all(|part| matches!(part, Filter::Equal(path, Literal::Text(_)) if path == "id"));
    if !names_ids {
        return Err(question::unsupported(
            "Delta queries support '$filter' with 'id eq' only.",
        ));
    }
    if MOST_IDS < parts.len() {
        return Err(question::unsupported(format!(
            "Too many objects to track: {} exceed the maximum of {MOST_IDS}.",
            parts.len()
        )));
    }
    Ok(())
}
