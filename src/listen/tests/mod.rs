//! What the tests of the listener share: keys, tokens, a service that has the
//! keys, and activities as Teams posts them.

mod activity;
mod clerk;
mod keys;
mod token;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};

use super::{Expected, Keys, Source};
use crate::remote::{NoRoundTrip, Transport};

const TEAMS: &str = include_str!("../../simulator/crypto/keys/bot-framework.pem");
const SOMEBODY: &str = include_str!("../../simulator/crypto/keys/external.pem");
const BOT: &str = "6b1fd6ea-1111-2222-3333-444455556666";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const URL: &str = "https://smba.trafficmanager.net/emea/";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn key_pair(pem: &str) -> RsaKeyPair {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()
}

/// An entry of a key set.
fn published(pem: &str, id: &str, endorsements: &Value) -> Value {
    let public = PublicKeyComponents::<Vec<u8>>::from(key_pair(pem).public());
    json!({
        "kty": "RSA",
        "kid": id,
        "n": BASE64.encode(public.n),
        "e": BASE64.encode(public.e),
        "endorsements": endorsements,
    })
}

fn sign(pem: &str, head: &Value, claims: &Value) -> String {
    let encode = |part: &Value| BASE64.encode(part.to_string());
    let text = format!("{}.{}", encode(head), encode(claims));
    let pair = key_pair(pem);
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    format!("{text}.{}", BASE64.encode(signature))
}

fn head() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": "one" })
}

fn claims() -> Value {
    let now = now().as_second();
    json!({
        "iss": "https://api.botframework.com",
        "aud": BOT,
        "serviceurl": URL,
        "nbf": now,
        "exp": now + 3600,
    })
}

fn expected() -> Expected {
    Expected {
        issuer: "https://api.botframework.com".to_owned(),
        audience: BOT.to_owned(),
    }
}

/// Publishes keys, until it is told to fail, and counts how often it is asked.
#[derive(Debug, Default)]
struct Publisher {
    keys: Mutex<Option<Vec<Value>>>,
    asked: AtomicUsize,
}

impl Publisher {
    fn of(keys: Vec<Value>) -> Arc<Self> {
        let publisher = Self::default();
        publisher.publish(Some(keys));
        Arc::new(publisher)
    }

    fn publish(&self, keys: Option<Vec<Value>>) {
        *self.keys.lock().unwrap() = keys;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn source(self: &Arc<Self>) -> Source {
        Source {
            transport: Arc::clone(self) as Arc<dyn Transport>,
            metadata: "https://login.example/metadata".parse().unwrap(),
        }
    }
}

#[async_trait]
impl Transport for Publisher {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let keys = self.keys.lock().unwrap().clone();
        let Some(keys) = keys else {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let detail = "nobody is there".to_owned();
            return Err(NoRoundTrip::NotSent { detail });
        };
        let body = if request.uri().path() == "/metadata" {
            json!({ "jwks_uri": "https://login.example/keys" })
        } else {
            self.asked.fetch_add(1, Ordering::Relaxed);
            json!({ "keys": keys })
        };
        Ok(Response::new(body.to_string().into()))
    }
}

/// The keys of which `entry` is the only one.
async fn only(entry: Value) -> Keys {
    Publisher::of(vec![entry]).source().keys().await.unwrap()
}

/// An activity as Teams posts it when somebody installs the app.
fn installed() -> Value {
    json!({
        "type": "installationUpdate",
        "action": "add",
        "id": "f:1",
        "timestamp": "2027-01-15T07:59:58.123Z",
        "channelId": "msteams",
        "serviceUrl": URL,
        "from": { "id": "29:ann", "aadObjectId": "AAAAAAAA-0000-0000-0000-000000000001" },
        "recipient": { "id": format!("28:{BOT}"), "name": "Bot" },
        "conversation": { "id": "a:ann", "conversationType": "personal", "tenantId": TENANT },
        "channelData": { "tenant": { "id": TENANT }, "source": { "name": "message" } },
    })
}
