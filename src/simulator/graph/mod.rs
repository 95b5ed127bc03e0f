//! Microsoft Graph, as far as this job goes.

mod access;
mod apps;
mod catalogue;
mod chats;
mod error;
mod installation;
mod mishap;
#[cfg(test)]
mod tests;
mod throttle;
mod user;
mod users;

use http::{Method, StatusCode};

use self::error::GraphError;
use super::{
    guid::Guid,
    hardship::Endpoint,
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    signin,
    state::{Audience, Grant},
    tenant::{Place, Tenant},
    world::World,
};

/// What a handler returns.
type Outcome = Result<Reply, GraphError>;

/// What is asked of Graph.
#[derive(Debug, Clone)]
pub(crate) enum GraphCall<'a> {
    /// `GET /users`
    ListUsers,
    /// `GET /users/{user}`
    GetUser(&'a str),
    /// `GET /users/{user}/teamwork/installedApps`
    ListInstalled(&'a str),
    /// `POST /users/{user}/teamwork/installedApps`
    Install(&'a str),
    /// `GET /users/{user}/teamwork/installedApps/{installation}`
    GetInstalled(&'a str, &'a str),
    /// `POST …/{installation}/upgrade`
    Upgrade(&'a str, &'a str),
    /// `DELETE …/{installation}`
    Uninstall(&'a str, &'a str),
    /// `GET …/{installation}/chat`
    GetChat(&'a str, &'a str),
    /// `GET /users/{user}/chats`
    ListChats(&'a str),
    /// `GET /chats/{chat}/messages`
    ListMessages(&'a str),
    /// `GET /appCatalogs/teamsApps`
    ListCatalog,
    /// A known path with another method.
    OtherMethod,
    /// A path with this unknown piece.
    Unknown(&'a str),
}

impl<'a> GraphCall<'a> {
    /// Reads method and path, without the version.
    pub(crate) fn of(method: &Method, path: &[&'a str]) -> Self {
        let call = match path {
            ["users"] => (Method::GET, Self::ListUsers),
            ["users", user] => (Method::GET, Self::GetUser(user)),
            ["users", user, "teamwork", "installedApps"] if *method == Method::POST => {
                (Method::POST, Self::Install(user))
            }
            ["users", user, "teamwork", "installedApps"] => {
                (Method::GET, Self::ListInstalled(user))
            }
            ["users", user, "teamwork", "installedApps", id] if *method == Method::DELETE => {
                (Method::DELETE, Self::Uninstall(user, id))
            }
            ["users", user, "teamwork", "installedApps", id] => {
                (Method::GET, Self::GetInstalled(user, id))
            }
            ["users", user, "teamwork", "installedApps", id, "upgrade"] => {
                (Method::POST, Self::Upgrade(user, id))
            }
            ["users", user, "teamwork", "installedApps", id, "chat"] => {
                (Method::GET, Self::GetChat(user, id))
            }
            ["users", user, "chats"] => (Method::GET, Self::ListChats(user)),
            ["chats", chat, "messages"] => (Method::GET, Self::ListMessages(chat)),
            ["appCatalogs", "teamsApps"] => (Method::GET, Self::ListCatalog),
            _ => return Self::Unknown(path.last().copied().unwrap_or_default()),
        };
        if call.0 == *method {
            call.1
        } else {
            Self::OtherMethod
        }
    }

    /// Returns the kind of request.
    pub(crate) fn endpoint(&self) -> Endpoint {
        match self {
            Self::ListUsers => Endpoint::ListUsers,
            Self::GetUser(_) => Endpoint::GetUser,
            Self::ListInstalled(_) => Endpoint::ListInstalledApps,
            Self::Install(_) => Endpoint::InstallApp,
            Self::GetInstalled(..) => Endpoint::GetInstalledApp,
            Self::Upgrade(..) => Endpoint::UpgradeApp,
            Self::Uninstall(..) => Endpoint::UninstallApp,
            Self::GetChat(..) => Endpoint::GetChat,
            Self::ListChats(_) => Endpoint::ListChats,
            Self::ListMessages(_) => Endpoint::ListMessages,
            Self::ListCatalog => Endpoint::ListCatalog,
            Self::OtherMethod | Self::Unknown(_) => Endpoint::Unknown,
        }
    }

    /// Returns whom it concerns.
    pub(crate) fn person(&self, tenant: &Tenant) -> Option<Place> {
        match self {
            Self::GetUser(user)
            | Self::ListInstalled(user)
            | Self::Install(user)
            | Self::GetInstalled(user, _)
            | Self::Upgrade(user, _)
            | Self::Uninstall(user, _)
            | Self::GetChat(user, _)
            | Self::ListChats(user) => tenant.by_key(user),
            Self::ListMessages(chat) => tenant
                .ids
                .read_chat(chat)
                .and_then(|id| tenant.by_object_id(id)),
            Self::ListUsers | Self::ListCatalog | Self::OtherMethod | Self::Unknown(_) => None,
        }
    }
}

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
    let units = throttle::pass(world, exchange, call)?;
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
    let reach = access::check(call, grant)?;
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
        GraphCall::ListInstalled(user) => apps::list(&cx, user),
        GraphCall::Install(user) => installation::install(&cx, user),
        GraphCall::GetInstalled(user, id) => apps::get(&cx, user, id),
        GraphCall::Upgrade(user, id) => installation::upgrade(&cx, user, id),
        GraphCall::Uninstall(user, id) => installation::uninstall(&cx, user, id),
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
    throttle::report(world, &mut reply, units);
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
    fn user(&self, key: &str) -> Result<(Place, &super::tenant::person::Person), GraphError> {
        let tenant = &self.world.tenant;
        let found = tenant
            .by_key(key)
            .and_then(|place| tenant.person(place).map(|person| (place, person)));
        found.ok_or(GraphError::NOT_FOUND)
    }

    /// Returns the context that a response declares.
    fn context(&self, what: &str) -> String {
        format!("{}/v1.0/$metadata#{what}", self.exchange.origin())
    }
}

fn request_id(world: &World, exchange: &Exchange) -> String {
    let high = u128::from(world.tenant.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Guid((high << 64) | u128::from(exchange.number)).to_string()
}
