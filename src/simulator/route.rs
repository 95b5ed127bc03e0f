//! Which service a request is for, and what it asks there.

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    connector::{self, ConnectorCall},
    graph::{self, GraphCall},
    hardship::{Endpoint, Hardship},
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    signin::{self, SignInCall},
    tenant::{Place, Tenant},
    turnover,
    world::World,
};

/// Where a path leads.
#[derive(Debug, Clone)]
pub(crate) enum Route<'a> {
    /// Sign-in, or what vouches for a program.
    SignIn(SignInCall<'a>),
    /// Something of Graph.
    Graph(GraphCall<'a>),
    /// Something of the connector.
    Connector(ConnectorCall<'a>),
    /// What really happened.
    Truth,
    /// The app's manifest.
    Manifest,
    /// What the bot was told.
    Events,
    /// A new hardship.
    Hardships,
    /// Somebody who comes, or the person with this id, who changes or leaves.
    People(Option<&'a str>),
    /// Nothing.
    Nowhere,
}

impl<'a> Route<'a> {
    /// Reads method and path.
    pub(crate) fn of(method: &'a Method, path: &'a [&'a str]) -> Self {
        match path {
            ["v1.0" | "beta", rest @ ..] => Self::Graph(GraphCall::of(method, rest)),
            ["teams", "v3", rest @ ..] => Self::Connector(ConnectorCall::of(method, rest)),
            ["_simulator", "truth"] if *method == Method::GET => Self::Truth,
            ["_simulator", "manifest"] if *method == Method::GET => Self::Manifest,
            ["_simulator", "events"] if *method == Method::GET => Self::Events,
            ["_simulator", "hardships"] if *method == Method::POST => Self::Hardships,
            ["_simulator", "people"] => Self::People(None),
            ["_simulator", "people", id] => Self::People(Some(id)),
            _ => SignInCall::of(method, path).map_or(Self::Nowhere, Self::SignIn),
        }
    }

    /// Returns the kind of request, unless no hardship can befall it.
    pub(crate) fn endpoint(&self, tenant: &Tenant) -> Option<Endpoint> {
        match self {
            Self::SignIn(call) => call.endpoint(),
            Self::Graph(call) => Some(call.endpoint()),
            Self::Connector(call) => Some(call.endpoint(tenant)),
            Self::Truth | Self::Manifest | Self::Events => None,
            Self::Hardships | Self::People(_) => None,
            Self::Nowhere => Some(Endpoint::Unknown),
        }
    }

    /// Returns whom the request concerns.
    pub(crate) fn person(&self, tenant: &Tenant, exchange: &Exchange) -> Option<Place> {
        match self {
            Self::Graph(call) => call.person(tenant),
            Self::Connector(call) => call.person(tenant, exchange),
            Self::SignIn(_) => None,
            Self::Truth | Self::Manifest | Self::Events => None,
            Self::Hardships | Self::People(_) | Self::Nowhere => None,
        }
    }

    /// Does not do what was asked, and answers with an error of the service.
    pub(crate) fn fail(&self, world: &World, exchange: &Exchange, mishap: Mishap) -> Reply {
        match self {
            Self::Graph(_) => graph::fail(world, exchange, mishap),
            Self::Connector(_) => connector::fail(world, exchange, mishap),
            Self::SignIn(_) | Self::Nowhere => signin::fail(world, exchange, mishap),
            Self::Truth | Self::Manifest | Self::Events | Self::Hardships | Self::People(_) => {
                reply::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Does what was asked.
    pub(crate) fn serve(&self, world: &World, exchange: &Exchange) -> Reply {
        match self {
            Self::SignIn(call) => call.serve(world, exchange),
            Self::Graph(call) => graph::serve(world, exchange, call),
            Self::Connector(call) => connector::serve(world, exchange, call),
            Self::Truth => reply::json(StatusCode::OK, &world.truth()),
            Self::Manifest => reply::json(StatusCode::OK, &world.tenant.manifest()),
            Self::Events => reply::json(StatusCode::OK, &world.events(exchange.origin())),
            Self::Hardships => add_hardships(world, exchange),
            Self::People(id) => turnover::serve(world, exchange, *id),
            Self::Nowhere => reply::empty(StatusCode::NOT_FOUND),
        }
    }
}

fn add_hardships(world: &World, exchange: &Exchange) -> Reply {
    match Hardship::from_json(&exchange.body) {
        Ok(hardships) => {
            for hardship in hardships {
                world.script(hardship);
            }
            reply::empty(StatusCode::NO_CONTENT)
        }
        Err(problem) => reply::json(StatusCode::BAD_REQUEST, &json!({ "error": problem })),
    }
}
