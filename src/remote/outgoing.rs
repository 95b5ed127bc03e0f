//! A request as a caller wants it made.

use std::num::NonZeroU32;

use bytes::Bytes;
use http::Method;
use url::Url;

use super::{Extent, Repeat};

/// A request to be made.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// The whole URL, on the service's own origin.
    pub url: Url,
    /// A JSON body, if any.
    pub body: Option<Bytes>,
    /// Extra headers, as `ConsistencyLevel`.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Whether a second time does harm.
    pub repeat: Repeat,
    /// What it costs, in units of its budget.
    pub units: NonZeroU32,
    /// How large the answer may be.
    pub extent: Extent,
}

impl Outgoing {
    /// A read, which costs one unit and may be repeated.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            body: None,
            headers: Vec::new(),
            repeat: Repeat::Harmless,
            units: NonZeroU32::MIN,
            extent: Extent::Short,
        }
    }

    /// The same for a page of a list.
    pub fn page(url: Url) -> Self {
        Self {
            extent: Extent::List,
            ..Self::get(url)
        }
    }

    /// A POST with a JSON body, which costs one unit.
    pub fn post(url: Url, body: &serde_json::Value, repeat: Repeat) -> Self {
        let body = Some(Bytes::from(body.to_string()));
        Self {
            method: Method::POST,
            body,
            repeat,
            ..Self::get(url)
        }
    }
}
