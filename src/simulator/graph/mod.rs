//! Microsoft Graph, as far as this job goes.

mod access;
mod apps;
mod batch;
mod body;
mod call;
mod catalogue;
mod chats;
mod crowd;
mod delta;
mod error;
mod group;
mod groups;
mod installation;
mod licences;
mod markup;
mod members;
mod mishap;
mod page;
mod question;
mod select;
mod teams;
#[cfg(test)]
mod tests;
mod throttle;
mod transcript;
mod user;
mod users;

use std::borrow::Cow;

use http::StatusCode;

use self::{call::Holder, error::GraphError};
use super::{
    guid::Guid,
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    signin,
    state::{Audience, Grant, Seat},
    tenant::{Place, groups::Group, person::Person},
    world::World,
};

pub(crate) use self::call::GraphCall;

/// What a handler returns.
type Outcome = Result<Reply, GraphError>;

/// Answers a request to Graph.
pub(crate) fn serve(world: &World, exchange: &Exchange, call: &GraphCall<'_>) -> Reply {
    let outcome = signin::authorize(world, exchange, Audience::Graph)
        .map_err(GraphError::from)
        .and_then(|grant| perform(world, exchange, call, &grant));
    conclude(world, exchange, outcome)
}

/// Answers a request that something befell.
pub(crate) fn fail(world: &World, exchange: &Exchange, mishap: Mishap) -> Reply {
    conclude(world, exchange, Err(mishap.into()))
}

fn conclude(world: &World, exchange: &Exchange, outcome: Outcome) -> Reply {
    let request_id = request_id(world, exchange);
    let client_request_id = exchange.header("client-request-id").unwrap_or(&request_id);
    let mut reply = match outcome {
        Ok(reply) => reply,
        Err(error) => error.reply(world, exchange, &request_id, client_request_id),
    };
    reply::header(&mut reply, "request-id", &request_id);
    reply::header(&mut reply, "client-request-id", client_request_id);
    reply
}

fn perform(world: &World, exchange: &Exchange, call: &GraphCall<'_>, grant: &Grant) -> Outcome {
    let units = throttle::pass(world, exchange, call, grant)?;
    if exchange.is_oversized() {
        return Err(GraphError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "The request is too large.",
        ));
    }
    let query = exchange
        .query
        .as_ref()
        .map_err(|error| GraphError::bad_request(error.to_string()))?;
    let reach = access::check(world, call, grant)?;
    let cx = Cx {
        world,
        exchange,
        query,
        grant,
        reach,
    };
    let mut reply = match call {
        GraphCall::ListUsers => users::list(&cx),
        GraphCall::GetUser(user) => users::get(&cx, user),
        GraphCall::CountUsers => users::count(&cx),
        GraphCall::DeltaUsers => delta::list(&cx),
        GraphCall::ListLicenses(user) => licences::list(&cx, user),
        GraphCall::ListGroups => groups::list(&cx),
        GraphCall::CountGroups => groups::count(&cx),
        GraphCall::GetGroup(group) => groups::get(&cx, group),
        GraphCall::ListMembers(group, depth, cast) => members::list(&cx, group, *depth, *cast),
        GraphCall::CountMembers(group, depth, cast) => members::count(&cx, group, *depth, *cast),
        GraphCall::GetTeam(team) => teams::get(&cx, team),
        GraphCall::ListTeamMembers(team) => teams::members(&cx, team),
        GraphCall::ListInstalled(holder) => apps::list(&cx, *holder),
        GraphCall::Install(holder) => installation::install(&cx, *holder),
        GraphCall::GetInstalled(holder, id) => apps::get(&cx, *holder, id),
        GraphCall::Upgrade(holder, id) => installation::upgrade(&cx, *holder, id),
        GraphCall::Uninstall(holder, id) => installation::uninstall(&cx, *holder, id),
        GraphCall::Batch => batch::run(&cx),
        GraphCall::GetChat(user, id) => chats::of_installation(&cx, user, id),
        GraphCall::ListChats(user) => chats::list(&cx, user),
        GraphCall::ListMessages(chat) => chats::messages(&cx, chat),
        GraphCall::ListCatalog => catalogue::list(&cx),
        GraphCall::OtherMethod => Err(GraphError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )),
        GraphCall::Unknown(piece) => Err(GraphError::bad_request(format!(
            "Resource not found for the segment '{piece}'."
        ))),
    }?;
    throttle::report(world, grant, &mut reply, units);
    Ok(reply)
}

/// What a handler of Graph works with.
struct Cx<'a> {
    world: &'a World,
    exchange: &'a Exchange,
    query: &'a super::odata::options::Query,
    grant: &'a Grant,
    reach: access::Reach,
}

impl Cx<'_> {
    /// Finds the person named in the path.
    fn user(&self, key: &str) -> Result<(Place, Cow<'_, Person>), GraphError> {
        let tenant = &self.world.tenant;
        let found = tenant
            .by_key(key)
            .and_then(|place| tenant.person(place).map(|person| (place, person)));
        found.ok_or(GraphError::NOT_FOUND)
    }

    /// Finds the team named in the path, with its group.
    fn team(&self, key: &str) -> Result<(usize, &Group), GraphError> {
        let id = key.parse().map_err(|_| {
            GraphError::bad_request(format!("teamId '{key}' needs to be a valid GUID."))
        })?;
        let found = self.world.tenant.groups.team_by_id(id);
        found.ok_or(GraphError::NOT_FOUND)
    }

    /// Finds whose installed apps the path names.
    fn owner(&self, holder: Holder<'_>) -> Result<Owner<'_>, GraphError> {
        match holder {
            Holder::User(key) => self.user(key).map(|(place, person)| Owner {
                id: person.object_id,
                seat: Seat::Person(place),
                person: Some(person),
            }),
            Holder::Team(key) => self.team(key).map(|(number, group)| Owner {
                id: group.id,
                seat: Seat::Team(number),
                person: None,
            }),
        }
    }

    /// Returns the context that a response declares.
    fn context(&self, what: &str) -> String {
        let version = self
            .exchange
            .segments
            .first()
            .map_or("v1.0", String::as_str);
        format!("{}/{version}/$metadata#{what}", self.exchange.origin())
    }
}

/// Somebody who has apps: a person or a team.
struct Owner<'a> {
    id: Guid,
    seat: Seat,
    /// The person, if it is one.
    person: Option<Cow<'a, Person>>,
}

fn request_id(world: &World, exchange: &Exchange) -> String {
    let high = u128::from(world.tenant.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Guid((high << 64) | u128::from(exchange.number)).to_string()
}
