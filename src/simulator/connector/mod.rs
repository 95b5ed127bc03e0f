//! The Bot Connector, version 3, as Teams serves it.

mod activities;
mod activity;
mod conversations;
mod error;
mod members;
#[cfg(test)]
mod refusals;
mod roster;
#[cfg(test)]
mod tests;
mod throttle;
#[cfg(test)]
mod throttle_tests;

use http::Method;
use serde_json::Value;

use self::error::ConnectorError;
use super::{
    hardship::Endpoint,
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    signin,
    state::Audience,
    tenant::{Place, Tenant, ids::ConversationId, registration::Channel},
    world::World,
};

/// What a handler returns.
type Outcome = Result<Reply, ConnectorError>;

/// What is asked of the connector.
#[derive(Debug, Clone)]
pub(crate) enum ConnectorCall<'a> {
    /// `POST /v3/conversations`
    Create,
    /// `POST /v3/conversations/{conversation}/activities`
    Send(&'a str),
    /// `PUT …/activities/{activity}`
    Update(&'a str, &'a str),
    /// `DELETE …/activities/{activity}`
    Delete(&'a str, &'a str),
    /// `GET /v3/conversations/{conversation}`
    Conversation(&'a str),
    /// `GET …/members`
    Members(&'a str),
    /// `GET …/pagedmembers`
    PagedMembers(&'a str),
    /// `GET …/members/{member}`
    Member(&'a str, &'a str),
    /// Anything else.
    Unknown,
}

impl<'a> ConnectorCall<'a> {
    /// Reads method and path, without the version.
    pub(crate) fn of(method: &Method, path: &[&'a str]) -> Self {
        match (method.as_str(), path) {
            ("POST", ["conversations"]) => Self::Create,
            // A reply to an activity is one more activity.
            (
                "POST",
                ["conversations", id, "activities"] | ["conversations", id, "activities", _],
            ) => Self::Send(id),
            ("PUT", ["conversations", id, "activities", activity]) => Self::Update(id, activity),
            ("DELETE", ["conversations", id, "activities", activity]) => Self::Delete(id, activity),
            ("GET", ["conversations", id]) => Self::Conversation(id),
            ("GET", ["conversations", id, "members"]) => Self::Members(id),
            ("GET", ["conversations", id, "pagedmembers"]) => Self::PagedMembers(id),
            ("GET", ["conversations", id, "members", member]) => Self::Member(id, member),
            _ => Self::Unknown,
        }
    }

    /// Returns the kind of request.
    pub(crate) fn endpoint(&self, tenant: &Tenant) -> Endpoint {
        match self {
            Self::Members(_) | Self::PagedMembers(_) | Self::Member(..)
                if self.team(tenant).is_some() =>
            {
                Endpoint::ListTeamRoster
            }
            Self::Create => Endpoint::CreateConversation,
            Self::Send(_) => Endpoint::SendActivity,
            Self::Update(..) => Endpoint::UpdateActivity,
            Self::Delete(..) => Endpoint::DeleteActivity,
            Self::Conversation(_) => Endpoint::GetConversation,
            Self::Members(_) | Self::PagedMembers(_) | Self::Member(..) => Endpoint::ListMembers,
            Self::Unknown => Endpoint::Unknown,
        }
    }

    /// Returns whom it concerns.
    pub(crate) fn person(&self, tenant: &Tenant, exchange: &Exchange) -> Option<Place> {
        match self {
            Self::Create => {
                let body: Value = serde_json::from_slice(&exchange.body).ok()?;
                conversations::member(tenant, body.pointer("/members/0/id")?.as_str()?)
            }
            Self::Send(id)
            | Self::Update(id, _)
            | Self::Delete(id, _)
            | Self::Conversation(id)
            | Self::Members(id)
            | Self::PagedMembers(id)
            | Self::Member(id, _) => match tenant.ids.read_conversation(id) {
                ConversationId::Of(person) => tenant.by_object_id(person),
                ConversationId::Team(_)
                | ConversationId::Undecipherable
                | ConversationId::Malformed => None,
            },
            Self::Unknown => None,
        }
    }

    /// Returns the team whose members it asks for.
    pub(crate) fn team(&self, tenant: &Tenant) -> Option<usize> {
        let (Self::Members(id) | Self::PagedMembers(id) | Self::Member(id, _)) = self else {
            return None;
        };
        match tenant.ids.read_conversation(id) {
            ConversationId::Team(team) => Some(tenant.groups.team_by_id(team)?.0),
            ConversationId::Of(_) | ConversationId::Undecipherable | ConversationId::Malformed => {
                None
            }
        }
    }
}

/// What a handler of the connector works with.
struct Cx<'a> {
    world: &'a World,
    exchange: &'a Exchange,
}

impl Cx<'_> {
    /// Finds whose chat an id is; nothing can be written to a team here.
    fn conversation(&self, id: &str) -> Result<Place, ConnectorError> {
        let tenant = &self.world.tenant;
        match tenant.ids.read_conversation(id) {
            ConversationId::Of(person) => tenant
                .by_object_id(person)
                .ok_or(ConnectorError::CONVERSATION_NOT_FOUND),
            ConversationId::Team(_) => Err(ConnectorError::NOT_ENOUGH_PERMISSIONS),
            ConversationId::Undecipherable => Err(ConnectorError::UNDECIPHERABLE_CONVERSATION),
            ConversationId::Malformed => Err(ConnectorError::MALFORMED_CONVERSATION),
        }
    }

    /// Returns the calendar time in milliseconds.
    fn milliseconds(&self) -> u64 {
        u64::try_from(self.exchange.wall.as_millisecond()).unwrap_or_default()
    }
}

/// Answers a request to the connector.
pub(crate) fn serve(world: &World, exchange: &Exchange, call: &ConnectorCall<'_>) -> Reply {
    conclude(world, exchange, perform(world, exchange, call))
}

/// Answers a request that something befell.
pub(crate) fn fail(world: &World, exchange: &Exchange, mishap: Mishap) -> Reply {
    conclude(world, exchange, Err(mishap.into()))
}

fn conclude(world: &World, exchange: &Exchange, outcome: Outcome) -> Reply {
    let mut reply = match outcome {
        Ok(reply) => reply,
        Err(error) => error.reply(world, exchange),
    };
    let number = exchange.number;
    let seed = world.tenant.seed;
    reply::header(&mut reply, "ms-cv", &format!("sim{seed:x}.{number:x}.0"));
    reply::header(
        &mut reply,
        "x-correlating-operationid",
        &format!("{seed:016x}{number:016x}"),
    );
    reply::header(
        &mut reply,
        "contextid",
        &format!("tcid=0,server=simulator,cv=sim{seed:x}.{number:x}.0"),
    );
    reply
}

fn perform(world: &World, exchange: &Exchange, call: &ConnectorCall<'_>) -> Outcome {
    let grant = signin::authorize(world, exchange, Audience::Connector)
        .map_err(|_| ConnectorError::AUTHORIZATION_DENIED)?;
    match world.tenant.registration.channel {
        Channel::Enabled => {}
        Channel::Missing => return Err(ConnectorError::AUTHORIZATION_DENIED),
        Channel::OtherHost => return Err(ConnectorError::WRONG_HOST),
    }
    if grant.app != world.tenant.own.bot {
        return Err(ConnectorError::BOT_NOT_REGISTERED);
    }
    throttle::pass(world, exchange, call)?;
    let cx = Cx { world, exchange };
    match call {
        ConnectorCall::Create => conversations::create(&cx),
        ConnectorCall::Send(id) => activities::send(&cx, id),
        ConnectorCall::Update(id, activity) => activities::update(&cx, id, activity),
        ConnectorCall::Delete(id, activity) => activities::delete(&cx, id, activity),
        ConnectorCall::Conversation(id) => conversations::get(&cx, id),
        ConnectorCall::Members(id) => members::list(&cx, id),
        ConnectorCall::PagedMembers(id) => members::page(&cx, id),
        ConnectorCall::Member(id, member) => members::get(&cx, id, member),
        ConnectorCall::Unknown => Err(ConnectorError::NO_SUCH_RESOURCE),
    }
}
