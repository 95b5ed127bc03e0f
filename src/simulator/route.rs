//! Which service a request is for, and what it asks there.

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    connector::{self, ConnectorCall},
    graph::{self, GraphCall},
    guid::Guid,
    hardship::{Endpoint, Hardship},
    reply::{self, Reply},
    request::Exchange,
    signin,
    tenant::{Place, Tenant},
    turnover,
    world::World,
};

/// Where a path leads.
#[derive(Debug, Clone)]
pub(crate) enum Route<'a> {
    /// A token, from the tenant named in the path.
    Token(&'a str),
    /// What a tenant says about its sign-in.
    Metadata(&'a str),
    /// Its keys.
    Keys,
    /// Which sign-in hosts there are.
    Instances,
    /// Something of Graph.
    Graph(GraphCall<'a>),
    /// Something of the connector.
    Connector(ConnectorCall<'a>),
    /// What really happened.
    Truth,
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
            ["_simulator", "hardships"] if *method == Method::POST => Self::Hardships,
            ["_simulator", "people"] => Self::People(None),
            ["_simulator", "people", id] => Self::People(Some(id)),
            ["common", "discovery", "instance"] => Self::Instances,
            [tenant, "oauth2", "v2.0", "token"] if *method == Method::POST => Self::Token(tenant),
            [tenant, "v2.0", ".well-known", "openid-configuration"] => Self::Metadata(tenant),
            [_, "discovery", "v2.0", "keys"] => Self::Keys,
            _ => Self::Nowhere,
        }
    }

    /// Returns the kind of request, unless no hardship can befall it.
    pub(crate) fn endpoint(&self, tenant: &Tenant) -> Option<Endpoint> {
        match self {
            Self::Token(_) => Some(Endpoint::Token),
            Self::Graph(call) => Some(call.endpoint()),
            Self::Connector(call) => Some(call.endpoint(tenant)),
            Self::Metadata(_) | Self::Keys | Self::Instances => None,
            Self::Truth | Self::Hardships | Self::People(_) => None,
            Self::Nowhere => Some(Endpoint::Unknown),
        }
    }

    /// Returns whom the request concerns.
    pub(crate) fn person(&self, tenant: &Tenant, exchange: &Exchange) -> Option<Guid> {
        let place: Option<Place> = match self {
            Self::Graph(call) => call.person(tenant),
            Self::Connector(call) => call.person(tenant, exchange),
            Self::Token(_) | Self::Metadata(_) | Self::Keys | Self::Instances => None,
            Self::Truth | Self::Hardships | Self::People(_) | Self::Nowhere => None,
        };
        place
            .and_then(|place| tenant.person(place))
            .map(|person| person.object_id)
    }

    /// Does what was asked.
    pub(crate) fn serve(&self, world: &World, exchange: &Exchange) -> Reply {
        match self {
            Self::Token(tenant) => signin::token(world, exchange, tenant),
            Self::Metadata(tenant) => signin::metadata(world, exchange, tenant),
            Self::Keys => reply::json(StatusCode::OK, &json!({ "keys": [] })),
            Self::Instances => signin::instances(world, exchange),
            Self::Graph(call) => graph::serve(world, exchange, call),
            Self::Connector(call) => connector::serve(world, exchange, call),
            Self::Truth => reply::json(StatusCode::OK, &world.truth()),
            Self::Hardships => add_hardship(world, exchange),
            Self::People(id) => turnover::serve(world, exchange, *id),
            Self::Nowhere => reply::empty(StatusCode::NOT_FOUND),
        }
    }
}

fn add_hardship(world: &World, exchange: &Exchange) -> Reply {
    match serde_json::from_slice::<Hardship>(&exchange.body) {
        Ok(hardship) => {
            world.script(hardship);
            reply::empty(StatusCode::NO_CONTENT)
        }
        Err(error) => reply::json(
            StatusCode::BAD_REQUEST,
            &json!({ "error": error.to_string() }),
        ),
    }
}
