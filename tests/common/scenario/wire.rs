//! The network of a scenario: the world under the transport seam.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use teamcast::{
    identity::{SignInError, Token, Tokens},
    remote::{NoRoundTrip, Transport},
    simulator::{Answer, World},
};
use tokio::time::{Instant, sleep};

/// How long a request is on its way, and its answer again.
pub(crate) const ONE_WAY: Duration = Duration::from_millis(50);
/// After how long a client gives up on an answer.
const SILENCE: Duration = Duration::from_secs(10);

/// A request that was written, with its times since the world began.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) at: Duration,
    /// When it was over, and with which status.
    pub(crate) answered: Option<(Duration, Option<u16>)>,
}

impl Written {
    /// Whether it carries a message.
    pub(crate) fn is_send(&self) -> bool {
        self.path.ends_with("/activities")
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.answered.and_then(|(_, status)| status)
    }
}

/// The way to the world and back.
#[derive(Debug)]
pub(crate) struct Wire {
    world: Arc<World>,
    origin: Instant,
    begun: Timestamp,
    unplugged: AtomicBool,
    log: Mutex<Vec<Written>>,
}

impl Wire {
    pub(crate) fn new(world: Arc<World>, begun: Timestamp) -> Self {
        Self {
            world,
            origin: Instant::now(),
            begun,
            unplugged: AtomicBool::new(false),
            log: Mutex::default(),
        }
    }

    /// Every request that was written so far.
    pub(crate) fn log(&self) -> Vec<Written> {
        self.log.lock().unwrap().clone()
    }

    /// Lets no request out any more, or lets them out again.
    pub(crate) fn unplug(&self, unplugged: bool) {
        self.unplugged.store(unplugged, Ordering::Relaxed);
    }

    fn answered(&self, place: usize, status: Option<u16>) {
        let answered = (self.origin.elapsed(), status);
        self.log.lock().unwrap()[place].answered = Some(answered);
    }

    /// A token for `scope`, or a text that opens nothing when none is given.
    fn sign_in(&self, scope: &str) -> Token {
        let facts = self.world.facts();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}/.default",
            facts.client_id, facts.client_secret
        );
        let request = Request::post(format!(
            "https://sim.example/{}/oauth2/v2.0/token",
            facts.tenant_id
        ))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
        let token = match self.world.answer(self.origin.elapsed(), request) {
            Answer::Respond { response, .. } => {
                let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
                body["access_token"].as_str().map(ToOwned::to_owned)
            }
            Answer::Cut { .. } | Answer::Drop => None,
        };
        Token::new(token.unwrap_or_else(|| "none".to_owned()))
    }
}

#[async_trait]
impl Transport for Wire {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        if self.unplugged.load(Ordering::Relaxed) {
            sleep(ONE_WAY).await;
            let detail = "unplugged".to_owned();
            return Err(NoRoundTrip::NotSent { detail });
        }
        let place = {
            let mut log = self.log.lock().unwrap();
            log.push(Written {
                method: request.method().clone(),
                path: request.uri().path().to_owned(),
                at: self.origin.elapsed(),
                answered: None,
            });
            log.len() - 1
        };
        sleep(ONE_WAY).await;
        match self.world.answer(self.origin.elapsed(), request) {
            Answer::Respond {
                mut response,
                delay,
            } => {
                sleep(ONE_WAY + delay).await;
                // As every HTTP server does.
                let now = self.begun.checked_add(self.origin.elapsed()).unwrap();
                let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
                response
                    .headers_mut()
                    .insert(header::DATE, HeaderValue::try_from(date.unwrap()).unwrap());
                self.answered(place, Some(response.status().as_u16()));
                Ok(response)
            }
            Answer::Cut { delay, .. } => {
                sleep(ONE_WAY + delay).await;
                self.answered(place, None);
                let detail = "the body ended early".to_owned();
                Err(NoRoundTrip::NoAnswer { detail })
            }
            Answer::Drop => {
                sleep(SILENCE).await;
                self.answered(place, None);
                let detail = "connection lost".to_owned();
                Err(NoRoundTrip::NoAnswer { detail })
            }
        }
    }
}

/// Tokens of the world, asked for once and again when one was refused.
#[derive(Debug)]
pub(crate) struct WorldTokens {
    wire: Arc<Wire>,
    scope: &'static str,
    current: Mutex<Option<Token>>,
}

impl WorldTokens {
    pub(crate) fn new(wire: &Arc<Wire>, scope: &'static str) -> Arc<Self> {
        Arc::new(Self {
            wire: Arc::clone(wire),
            scope,
            current: Mutex::default(),
        })
    }
}

#[async_trait]
impl Tokens for WorldTokens {
    async fn token(&self) -> Result<Token, SignInError> {
        let mut current = self.current.lock().unwrap();
        Ok(current
            .get_or_insert_with(|| self.wire.sign_in(self.scope))
            .clone())
    }

    async fn renew(&self, refused: &Token) {
        self.current
            .lock()
            .unwrap()
            .take_if(|token| token == refused);
    }
}
