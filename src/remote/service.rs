//! Calls to one service: gate, token, attempts, verdict.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    identity::{SignInError, Token, Tokens, redact},
    model::Evidence,
};

use super::{
    Answer, Blocker, Budget, CallError, Fault, Jitter, NoRoundTrip, Outgoing, Pass, Rank,
    Transport, Tries, Verdict, retry_after,
};

/// Which service a [`Service`] speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceKind {
    /// Microsoft Graph.
    Graph,
    /// The Teams Bot Connector.
    Connector,
}

impl ServiceKind {
    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::Connector => "the Bot Connector",
        }
    }
}

/// How long a caller keeps trying.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Attempts that may end in a failure of the network or the service.
    pub attempts: u32,
    /// Waiting because the service asked to; longer than that, the call gives
    /// up and says so.
    pub throttled: Duration,
}

impl Default for Patience {
    /// Six attempts, and half an hour of being told to wait.
    fn default() -> Self {
        Self {
            attempts: 6,
            throttled: Duration::from_mins(30),
        }
    }
}

/// One service, its token and its ways.
#[derive(Clone)]
pub struct Service {
    kind: ServiceKind,
    transport: Arc<dyn Transport>,
    tokens: Arc<dyn Tokens>,
    patience: Patience,
    jitter: Jitter,
    now: fn() -> Timestamp,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What one attempt ended in.
struct Attempt {
    fault: Fault,
    answer: Option<Answer>,
    detail: String,
}

impl Service {
    /// A service reached through `transport` with `tokens`; `jitter` spreads
    /// delays, `now` reads dates in `Retry-After`.
    pub fn new(
        kind: ServiceKind,
        transport: Arc<dyn Transport>,
        tokens: Arc<dyn Tokens>,
        jitter: Jitter,
        now: fn() -> Timestamp,
    ) -> Self {
        Self {
            kind,
            transport,
            tokens,
            patience: Patience::default(),
            jitter,
            now,
        }
    }

    /// The successful answer to `outgoing`, paid from `budget`.
    ///
    /// Stopping ends every wait, never a request that has left.
    pub async fn call(
        &self,
        budget: &Budget,
        outgoing: &Outgoing,
        stop: &CancellationToken,
    ) -> Result<Answer, CallError> {
        let pass = budget.pass(outgoing.units, Rank::Due, stop).await?;
        self.call_with(pass, budget, outgoing, stop).await
    }

    /// As [`Self::call`], for a caller who has waited for `budget` already.
    pub async fn call_with(
        &self,
        mut pass: Pass,
        budget: &Budget,
        outgoing: &Outgoing,
        stop: &CancellationToken,
    ) -> Result<Answer, CallError> {
        let mut tries = self.tries();
        loop {
            if let Some(answer) = self
                .try_once(pass, budget, outgoing, &mut tries, stop)
                .await?
            {
                return Ok(answer);
            }
            tries.wait(stop).await?;
            pass = budget.pass(outgoing.units, Rank::Due, stop).await?;
        }
    }

    /// The cost of a request that was not made yet.
    pub fn tries(&self) -> Tries {
        Tries::new(self.jitter)
    }

    /// Makes sure that there is a token, so that a request that follows at
    /// once need not wait for one.
    pub async fn ready(&self, stop: &CancellationToken) -> Result<(), CallError> {
        self.token(stop).await.map(drop)
    }

    /// One attempt: the answer, or nothing where the request may be made again
    /// after [`Tries::wait`]; then it had no effect.
    pub async fn try_once(
        &self,
        pass: Pass,
        budget: &Budget,
        outgoing: &Outgoing,
        tries: &mut Tries,
        stop: &CancellationToken,
    ) -> Result<Option<Answer>, CallError> {
        let token = self.token(stop).await?;
        tries.attempts += 1;
        let attempt = match self.attempt(pass, outgoing, &token, tries.attempts).await {
            Ok(answer) => return Ok(Some(answer)),
            Err(attempt) => attempt,
        };
        let evidence = attempt.evidence(tries.attempts);
        let backoff = tries.delays.next().unwrap_or_default();
        slow_down(budget, attempt.fault, backoff);
        match attempt.fault.verdict(outgoing.repeat, backoff) {
            Verdict::GiveUp => Err(refused(attempt, evidence)),
            Verdict::Unknown => Err(CallError::Unknown {
                evidence: Box::new(evidence),
            }),
            Verdict::RenewToken if tries.renewed => {
                Err(CallError::Blocked(Blocker::TokenRefused {
                    service: self.kind.name(),
                    detail: attempt.detail,
                }))
            }
            Verdict::RenewToken => {
                tries.renewed = true;
                self.tokens.renew(&token).await;
                Ok(None)
            }
            Verdict::RetryAfter(delay) => {
                let throttled = matches!(attempt.fault, Fault::Throttled { .. });
                tries.failures += u32::from(!throttled);
                tries.again_after(delay);
                if self.patience.attempts <= tries.failures
                    || self.patience.throttled < tries.waited
                {
                    let fault = attempt.fault;
                    return Err(CallError::GaveUp {
                        fault,
                        evidence: Box::new(evidence),
                    });
                }
                Ok(None)
            }
        }
    }

    /// A token, or the end of the wait for one because the run is stopping.
    async fn token(&self, stop: &CancellationToken) -> Result<Token, CallError> {
        tokio::select! {
            biased;
            token = self.tokens.token() => {
                token.map_err(|fault: SignInError| CallError::Blocked(Blocker::SignIn(fault)))
            }
            () = stop.cancelled() => Err(CallError::Stopped),
        }
    }

    /// One request on the wire. The pass is spent here.
    async fn attempt(
        &self,
        _spent: Pass,
        outgoing: &Outgoing,
        token: &Token,
        attempts: u32,
    ) -> Result<Answer, Attempt> {
        let request = build(outgoing, token).map_err(|detail| Attempt {
            fault: Fault::Rejected,
            answer: None,
            detail,
        })?;
        let started = Instant::now();
        let outcome = self.transport.round_trip(request).await;
        let millis = started.elapsed().as_millis();
        let response = match outcome {
            Ok(response) => response,
            Err(silence) => {
                debug!(service = self.kind.name(), %silence, millis, attempts, "no round trip");
                let fault = match silence {
                    NoRoundTrip::NotSent { .. } => Fault::NotSent,
                    NoRoundTrip::NoAnswer { .. } => Fault::NoAnswer,
                };
                return Err(Attempt {
                    fault,
                    answer: None,
                    detail: silence.to_string(),
                });
            }
        };
        let (parts, mut body) = response.into_parts();
        if !parts.status.is_success() {
            // Whatever a refusal repeats of our request ends in logs and reports.
            let text = String::from_utf8_lossy(&body);
            let text = redact(&text, &[token.expose()]);
            body = Bytes::from(self.tokens.hide(&text));
        }
        let wait = retry_after(&parts.headers, (self.now)());
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body,
            attempts,
        };
        debug!(
            service = self.kind.name(),
            method = %outgoing.method,
            status = answer.status.as_u16(),
            request_id = answer.request_id(),
            millis,
            attempts,
            "answered"
        );
        match Fault::of_status(self.kind, answer.status.as_u16(), wait) {
            None => Ok(answer),
            Some(fault) => {
                let detail = describe(&answer);
                Err(Attempt {
                    fault,
                    answer: Some(answer),
                    detail,
                })
            }
        }
    }
}

impl Attempt {
    fn evidence(&self, attempts: u32) -> Evidence {
        let known = self
            .answer
            .as_ref()
            .map(Answer::evidence)
            .unwrap_or_default();
        Evidence {
            attempts,
            detail: Some(self.detail.clone()),
            ..known
        }
    }
}

fn refused(attempt: Attempt, evidence: Evidence) -> CallError {
    match attempt.answer {
        Some(answer) => CallError::Refused(Box::new(answer)),
        None => CallError::GaveUp {
            fault: attempt.fault,
            evidence: Box::new(evidence),
        },
    }
}

/// Tells everyone who spends `budget` what the service asked for.
fn slow_down(budget: &Budget, fault: Fault, backoff: Duration) {
    match (fault, fault.closes_gate_for(backoff)) {
        (_, None) => {}
        (Fault::Throttled { .. }, Some(delay)) => budget.throttle(delay),
        (
            Fault::NotSent
            | Fault::NoAnswer
            | Fault::Conflict
            | Fault::Server { .. }
            | Fault::Unauthorised
            | Fault::Rejected,
            Some(delay),
        ) => budget.hold(delay),
    }
}

fn build(outgoing: &Outgoing, token: &Token) -> Result<Request<Bytes>, String> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| "the token is not a valid header".to_owned())?;
    bearer.set_sensitive(true);
    let mut builder = Request::builder()
        .method(outgoing.method.clone())
        .uri(outgoing.url.as_str())
        .extension(outgoing.extent)
        .header(header::AUTHORIZATION, bearer)
        .header(header::ACCEPT, "application/json");
    for (name, value) in &outgoing.headers {
        builder = builder.header(*name, *value);
    }
    if outgoing.body.is_some() {
        builder = builder.header(header::CONTENT_TYPE, "application/json");
    }
    builder
        .body(outgoing.body.clone().unwrap_or_default())
        .map_err(|error| format!("the request cannot be built: {error}"))
}

/// Status and the beginning of the body, for logs and reports.
fn describe(answer: &Answer) -> String {
    const LONGEST: usize = 300;
    let body = String::from_utf8_lossy(&answer.body);
    let start: String = body.chars().take(LONGEST).collect();
    format!("{} {}", answer.status.as_u16(), start.trim())
}

#[cfg(test)]
mod tests;
