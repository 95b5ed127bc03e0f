//! How one posting is answered.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{self, Body},
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use tokio::time::{Instant, timeout};
use tracing::{Level, debug, enabled, warn};

use super::{
    Addressee, Clerk, Expected, KeyRing, Noted, PEOPLE, Refusal, Speaker, Tally, Told,
    token::{self, verify},
    told,
};
use crate::ledger::{Notice, Presence};

/// The largest activity that is read, in bytes; one without attachments, as
/// those told of here, has two thousand.
const LARGEST_BODY: usize = 256 * 1024;
/// How long its body may take to come.
const SLOWEST_BODY: Duration = Duration::from_secs(10);
/// How often the log warns of refusals.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// Answers postings.
#[derive(Debug)]
pub struct Door {
    /// The keys of those who may post.
    pub keys: KeyRing,
    /// What their tokens have to say.
    pub expected: Expected,
    /// Who is spoken to.
    pub addressee: Addressee,
    /// Who writes it down.
    pub clerk: Clerk,
    /// Counts.
    pub tally: Arc<Tally>,
    /// What time it is.
    pub now: fn() -> Timestamp,
    /// When the log last warned of refusals.
    pub(super) warned: Mutex<Option<Instant>>,
}

impl Door {
    /// A door to `clerk`.
    pub fn new(
        keys: KeyRing,
        expected: Expected,
        addressee: Addressee,
        clerk: Clerk,
        now: fn() -> Timestamp,
    ) -> Self {
        Self {
            keys,
            expected,
            addressee,
            clerk,
            tally: Arc::default(),
            now,
            warned: Mutex::default(),
        }
    }

    /// What is served: the endpoint, and whether the program is well.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/api/messages", post(answer))
            .route("/health", get(|| async { "ok" }))
            .with_state(Arc::new(self))
    }

    /// Takes a posting in.
    ///
    /// Nothing of the body is read before the token is known to be right.
    async fn take(&self, request: Request<Body>) -> Result<StatusCode, Refusal> {
        let (head, body) = request.into_parts();
        let speaker = self.recognise(&head.headers).await?;
        let body = timeout(SLOWEST_BODY, body::to_bytes(body, LARGEST_BODY))
            .await
            .map_err(|_| Refusal::TooSlow)?
            .map_err(|_| Refusal::TooLarge)?;
        match told(&body, &speaker, &self.addressee, (self.now)())? {
            Told::Notice(notice) => Ok(self.note(notice).await),
            Told::Nothing(why) => {
                self.tally.count(|tallied| tallied.ignored += 1);
                debug!(why, "an activity tells nothing");
                Ok(StatusCode::OK)
            }
        }
    }

    async fn recognise(&self, headers: &HeaderMap) -> Result<Speaker, Refusal> {
        let token = bearer(headers)?;
        let id = token::key_id(token)?;
        let key = self.keys.key(&id).await.ok_or(Refusal::UnknownKey)?;
        verify(token, &key, &self.expected, (self.now)())
    }

    async fn note(&self, notice: Notice) -> StatusCode {
        mention(&notice);
        match self.clerk.note(notice).await {
            Noted::Durable => {
                self.tally.count(|tallied| tallied.noted += 1);
                StatusCode::OK
            }
            Noted::Soon => {
                self.tally.count(|tallied| tallied.noted += 1);
                StatusCode::ACCEPTED
            }
            Noted::Unready => {
                self.tally.count(|tallied| tallied.unready += 1);
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        self.tally
            .count(|tallied| *tallied.refused.entry(refusal).or_default() += 1);
        debug!(%refusal, "a posting is refused");
        if self.is_time_to_warn() {
            let refused = self.tally.so_far().all_refused();
            warn!(
                refused,
                latest = %refusal,
                "postings are refused that are not what Teams sends to this bot"
            );
        }
        let status = refusal.status();
        if status == StatusCode::UNAUTHORIZED {
            return (status, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
        }
        status.into_response()
    }

    /// Anybody can be refused, and must not fill the log.
    fn is_time_to_warn(&self) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = warned.is_none_or(|warned| WARN_EVERY <= warned.elapsed());
        if is_time {
            *warned = Some(Instant::now());
        }
        is_time
    }
}

async fn answer(State(door): State<Arc<Door>>, request: Request<Body>) -> Response {
    match door.take(request).await {
        Ok(status) => status.into_response(),
        Err(refusal) => door.refuse(refusal),
    }
}

/// The one bearer token of the request.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(Refusal::Absent);
    };
    let text = value.to_str().map_err(|_| Refusal::Unreadable)?;
    match text.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
        {
            Ok(token.trim())
        }
        Some(_) | None => Err(Refusal::Absent),
    }
}

/// Tells the log, which names people only where the operator asked for that.
fn mention(notice: &Notice) {
    let is_here = matches!(notice.presence, Presence::Here { .. });
    if enabled!(target: PEOPLE, Level::DEBUG) {
        debug!(target: PEOPLE, person = %notice.person, is_here, at = notice.at, "told");
    } else {
        debug!(is_here, at = notice.at, "told");
    }
}
