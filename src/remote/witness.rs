//! What can be seen of a service from its first answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, header};
use jiff::{SignedDuration, Timestamp};

use super::{NoRoundTrip, Transport, retry_after::http_date};

/// A transport that remembers how each host answered first.
#[derive(Debug)]
pub struct Witness {
    inner: Arc<dyn Transport>,
    now: fn() -> Timestamp,
    seen: Mutex<BTreeMap<String, Sighting>>,
}

/// How a host answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// It did, whatever its status.
    Answered {
        /// How far its clock is ahead of ours, where it told the time; right
        /// to about a second.
        ahead: Option<SignedDuration>,
    },
    /// It did not.
    Silent(NoRoundTrip),
}

impl Witness {
    /// What our calendar says.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Watches what goes through `inner`; `now` is our calendar.
    pub fn new(inner: Arc<dyn Transport>, now: fn() -> Timestamp) -> Self {
        Self {
            inner,
            now,
            seen: Mutex::default(),
        }
    }

    /// How `host` with its port (`graph.microsoft.com`, `127.0.0.1:8443`)
    /// answered; nothing where it was not asked.
    pub fn of(&self, host: &str) -> Option<Sighting> {
        self.seen().get(host).cloned()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Sighting>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, host: String, answer: &Result<Response<Bytes>, NoRoundTrip>) {
        let sighting = match answer {
            Ok(response) => {
                let date = response.headers().get(header::DATE);
                let date = date.and_then(|date| http_date(date.to_str().ok()?));
                let ahead = date.map(|date| date.duration_since((self.now)()));
                Sighting::Answered { ahead }
            }
            Err(silence) => Sighting::Silent(silence.clone()),
        };
        self.seen().insert(host, sighting);
    }
}

#[async_trait]
impl Transport for Witness {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let host = request.uri().authority().map(ToString::to_string);
        let host = host.unwrap_or_default();
        let is_known = matches!(self.of(&host), Some(Sighting::Answered { .. }));
        let answer = self.inner.round_trip(request).await;
        if !is_known {
            self.note(host, &answer);
        }
        answer
    }
}
