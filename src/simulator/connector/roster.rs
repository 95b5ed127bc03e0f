//! Who is in a team that has the app.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{ConnectorError, Cx, members};
use crate::simulator::{
    state::Seat,
    tenant::{Place, groups::People},
};

/// Page sizes: what is asked is brought between the first and the last (get-teams-context).
const SMALLEST: usize = 50;
const DEFAULT: usize = 200;
const LARGEST: usize = 500;

/// Shows everybody.
pub(super) fn everybody(cx: &Cx<'_>, team: usize) -> Result<Vec<Value>, ConnectorError> {
    let members = people(cx, team)?;
    Ok(shown(cx, members, 0).map(|(_, shown)| shown).collect())
}

/// Shows a page, with a token for the next one unless it is the last.
pub(super) fn page(cx: &Cx<'_>, team: usize) -> Result<Value, ConnectorError> {
    let members = people(cx, team)?;
    let query = cx.exchange.query.clone().unwrap_or_default();
    let size = query
        .get("pageSize")
        .and_then(|text| text.parse().ok())
        .unwrap_or(DEFAULT)
        .clamp(SMALLEST, LARGEST);
    let start = match query.get("continuationToken") {
        None => 0,
        Some(token) => read_token(team, token).ok_or(ConnectorError::CONTINUATION_TOKEN)?,
    };
    let mut rest = shown(cx, members, start);
    let page: Vec<Value> = rest.by_ref().take(size).map(|(_, shown)| shown).collect();
    let mut body = json!({ "members": page });
    if let (Some((next, _)), Some(fields)) = (rest.next(), body.as_object_mut()) {
        let token = URL_SAFE_NO_PAD.encode(format!("{team}.{next}"));
        fields.insert("continuationToken".to_owned(), token.into());
    }
    Ok(body)
}

/// Shows one member.
pub(super) fn member(
    cx: &Cx<'_>,
    team: usize,
    member: Option<Place>,
) -> Result<Value, ConnectorError> {
    let members = people(cx, team)?;
    member
        .filter(|&place| members.has(place))
        .and_then(|place| cx.world.tenant.person(place))
        .map(|person| members::show(cx, &person))
        .ok_or(ConnectorError::MEMBER_NOT_FOUND)
}

/// Returns who is in a team, if the bot is.
fn people<'a>(cx: &Cx<'a>, team: usize) -> Result<&'a People, ConnectorError> {
    let mut state = cx.world.state();
    let desk = state.seat(Seat::Team(team));
    if !desk.is_some_and(|desk| desk.has_settled_app(cx.exchange.now)) {
        return Err(ConnectorError::NOT_IN_ROSTER);
    }
    drop(state);
    let group = cx.world.tenant.groups.of_team(team);
    group
        .map(|group| &group.members.people)
        .ok_or(ConnectorError::CONVERSATION_NOT_FOUND)
}

/// Shows those at positions from `start` on.
fn shown<'a>(
    cx: &'a Cx<'_>,
    people: &'a People,
    start: usize,
) -> impl Iterator<Item = (usize, Value)> + 'a {
    let listed = match people {
        People::Everybody => &[][..],
        People::Listed(listed) => listed,
    };
    let all = match people {
        People::Everybody => cx.world.tenant.places(),
        People::Listed(_) => 0,
    };
    let listed = listed
        .iter()
        .filter_map(|&place| Place::try_from(place).ok());
    let places = (0..all).chain(listed).enumerate().skip(start);
    places.filter_map(|(position, place)| {
        let person = cx.world.tenant.person(place)?;
        Some((position, members::show(cx, &person)))
    })
}

fn read_token(team: usize, token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (whose, start) = text.split_once('.')?;
    (whose.parse() == Ok(team))
        .then(|| start.parse().ok())
        .flatten()
}
