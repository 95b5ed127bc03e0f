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
    signin,
    tenant::{Place, Tenant},
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
            ["common", "discovery", "instance"] => Self::Instances,
            [tenant, "oauth2", "v2.0", "token"] if *method == Method::POST => Self::Token(tenant),
            [tenant, "v2.0", ".well-known", "openid-configuration"] => Self::Metadata(tenant),
            [_, "discovery", "v2.0", "keys"] => Self::Keys,
            _ => Self::Nowhere,
        }
    }

    /// Returns the kind of request, unless no hardship can befall it.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Token(_) => Some(Endpoint::Token),
            Self::Graph(call) => Some(call.endpoint()),
            Self::Connector(call) => Some(call.endpoint()),
            Self::Metadata(_) | Self::Keys | Self::Instances => None,
            Self::Truth | Self::Hardships => None,
            Self::Nowhere => Some(Endpoint::Unknown),
        }
    }

    /// Returns whom the request concerns.
    pub(crate) fn person(&self, tenant: &Tenant, exchange: &Exchange) -> Option<Place> {
        match self {
            Self::Graph(call) => call.person(tenant),
            Self::Connector(call) => call.person(tenant, exchange),
            Self::Token(_) | Self::Metadata(_) | Self::Keys | Self::Instances => None,
            Self::Truth | Self::Hardships | Self::Nowhere => None,
        }
    }

    /// Does not do what was asked, and answers with an error of the service.
    pub(crate) fn fail(&self, world: &World, exchange: &Exchange, mishap: Mishap) -> Reply {
        match self {
            Self::Graph(_) => graph::fail(world, exchange, mishap),
            Self::Connector(_) => connector::fail(world, exchange, mishap),
            Self::Token(_) | Self::Metadata(_) | Self::Keys | Self::Instances | Self::Nowhere => {
                signin::fail(world, exchange, mishap)
            }
            Self::Truth | Self::Hardships => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
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
            Self::Hardships => add_hardships(world, exchange),
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
