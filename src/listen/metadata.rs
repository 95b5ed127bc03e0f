//! Who signs what Teams tells a bot, and with which keys.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, header};
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, de::DeserializeOwned};
use url::{Host, Url};

use crate::remote::{NoRoundTrip, Transport, encode, endpoint};

use super::{Key, Keys};

/// Where a tenant says who it is, behind its name.
const TENANT_METADATA: &str = "v2.0/.well-known/openid-configuration";

/// Why it is not known who signs.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// No answer.
    #[error("`{url}` cannot be reached")]
    Unreachable {
        /// What was asked.
        url: Box<Url>,
        /// Why not.
        #[source]
        source: NoRoundTrip,
    },
    /// An answer that is none.
    #[error("`{url}` answered {status}")]
    Refused {
        /// What was asked.
        url: Box<Url>,
        /// The status.
        status: u16,
    },
    /// An answer that says something else.
    #[error("`{url}` does not say {missing}")]
    Unreadable {
        /// What was asked.
        url: Box<Url>,
        /// What it should have said.
        missing: &'static str,
    },
}

/// Where the keys are found.
#[derive(Debug, Clone)]
pub struct Source {
    /// The way there.
    pub transport: Arc<dyn Transport>,
    /// The metadata that name the keys.
    pub metadata: Url,
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// An entry of a key set, where it is an RSA key with a name.
#[derive(Deserialize)]
struct WireKey {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(default)]
    endorsements: Vec<String>,
}

#[derive(Deserialize)]
struct TenantMetadata {
    issuer: String,
}

impl Source {
    /// The keys that are published now.
    ///
    /// # Errors
    ///
    /// [`MetadataError`], also where there is no key of use.
    pub async fn keys(&self) -> Result<Keys, MetadataError> {
        let metadata: Metadata =
            ask(&*self.transport, &self.metadata, "where the keys are").await?;
        let place = key_place(&metadata.jwks_uri).ok_or_else(|| MetadataError::Unreadable {
            url: Box::new(self.metadata.clone()),
            missing: "an https address of the keys",
        })?;
        let missing = "any RSA key";
        let set: KeySet = ask(&*self.transport, &place, missing).await?;
        let keys: Keys = set.keys.into_iter().filter_map(key).collect();
        if keys.is_empty() {
            let url = Box::new(place);
            return Err(MetadataError::Unreadable { url, missing });
        }
        Ok(keys)
    }
}

/// The GUID of a tenant that may be named by a domain.
///
/// # Errors
///
/// [`MetadataError`].
pub async fn tenant_guid(
    transport: &dyn Transport,
    authority: &Url,
    tenant: &str,
) -> Result<String, MetadataError> {
    if is_guid(tenant) {
        return Ok(tenant.to_owned());
    }
    let url = endpoint(
        authority,
        &format!("/{}/{TENANT_METADATA}", encode(tenant)),
        &[],
    );
    let missing = "which tenant that is";
    let said: TenantMetadata = ask(transport, &url, missing).await?;
    let guid = said.issuer.split('/').find(|part| is_guid(part));
    guid.map(str::to_ascii_lowercase)
        .ok_or_else(|| MetadataError::Unreadable {
            url: Box::new(url),
            missing,
        })
}

/// Whether `text` is a GUID as the services write them.
pub(super) fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

async fn ask<T: DeserializeOwned>(
    transport: &dyn Transport,
    url: &Url,
    missing: &'static str,
) -> Result<T, MetadataError> {
    let unreadable = || MetadataError::Unreadable {
        url: Box::new(url.clone()),
        missing,
    };
    let request = Request::get(url.as_str())
        .header(header::ACCEPT, "application/json")
        .body(Bytes::new())
        .map_err(|_| unreadable())?;
    let answer = match transport.round_trip(request).await {
        Ok(answer) => answer,
        Err(source) => {
            let url = Box::new(url.clone());
            return Err(MetadataError::Unreachable { url, source });
        }
    };
    if !answer.status().is_success() {
        return Err(MetadataError::Refused {
            url: Box::new(url.clone()),
            status: answer.status().as_u16(),
        });
    }
    serde_json::from_slice(answer.body()).map_err(|_| unreadable())
}

/// An address whose answer nobody on the way can change.
fn key_place(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (url.scheme() == "https" || (url.scheme() == "http" && is_loopback)).then_some(url)
}

fn key(entry: serde_json::Value) -> Option<(String, Arc<Key>)> {
    let entry: WireKey = serde_json::from_value(entry).ok()?;
    if entry.kty != "RSA" {
        return None;
    }
    let key = Key {
        key: DecodingKey::from_rsa_components(&entry.n, &entry.e).ok()?,
        endorsements: entry.endorsements,
    };
    Some((entry.kid, Arc::new(key)))
}
