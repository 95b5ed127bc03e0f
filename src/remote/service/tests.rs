//! What a call promises, in virtual time.

use std::{collections::VecDeque, sync::Mutex};

use async_trait::async_trait;
use http::Response;

use super::*;
use crate::remote::Repeat;
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

type Script = VecDeque<Result<(u16, Option<&'static str>), NoRoundTrip>>;

/// Answers in the order of a script, then 200.
#[derive(Debug, Default)]
struct Scripted(Mutex<Script>);

#[async_trait]
impl Transport for Scripted {
    async fn round_trip(&self, _: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let (status, wait) = self
            .0
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Ok((200, None)))?;
        let mut builder = Response::builder().status(status);
        if let Some(wait) = wait {
            builder = builder.header("Retry-After", wait);
        }
        Ok(builder.body(Bytes::new()).unwrap())
    }
}

#[derive(Debug, Default)]
struct Fixed(Mutex<u32>);

#[async_trait]
impl Tokens for Fixed {
    async fn token(&self) -> Result<Token, SignInError> {
        Ok(Token::new("secret".to_owned()))
    }

    async fn renew(&self, _: &Token) {
        *self.0.lock().unwrap() += 1;
    }
}

fn service(script: impl IntoIterator<Item = (u16, Option<&'static str>)>) -> Service {
    scripted(script.into_iter().map(Ok).collect())
}

fn scripted(script: Script) -> Service {
    Service::new(
        ServiceKind::Connector,
        Arc::new(Scripted(Mutex::new(script))),
        Arc::new(Fixed::default()),
        |delay| delay,
        || Timestamp::UNIX_EPOCH,
    )
}

fn request(repeat: Repeat) -> Outgoing {
    Outgoing::post(
        "https://h.example/x".parse().unwrap(),
        &serde_json::json!({}),
        repeat,
    )
}

#[tokio::test(start_paused = true)]
async fn one_throttled_answer_holds_back_every_request_to_that_budget() {
    let service = service([(429, Some("30"))]);
    let (budget, stop) = (Budget::new("connector", 1000.0), CancellationToken::new());
    let outgoing = request(Repeat::Harmless);
    let started = Instant::now();

    let bystander = async {
        sleep(SECOND).await;
        service.call(&budget, &outgoing, &stop).await.unwrap();
        started.elapsed()
    };
    let (first, second) = tokio::join!(service.call(&budget, &outgoing, &stop), bystander);

    first.unwrap();
    assert!(30 * SECOND <= second);
}

#[tokio::test(start_paused = true)]
async fn send_with_no_answer_is_unknown_and_not_repeated() {
    let silence = NoRoundTrip::NoAnswer {
        detail: "reset".into(),
    };
    let service = scripted([Err(silence)].into());
    let (budget, stop) = (Budget::new("connector", 50.0), CancellationToken::new());

    let end = service
        .call(&budget, &request(Repeat::Duplicates), &stop)
        .await;

    assert!(matches!(end, Err(CallError::Unknown { .. })));
    assert_eq!(budget.figures().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn send_that_was_not_written_is_tried_again() {
    let silence = NoRoundTrip::NotSent {
        detail: "refused".into(),
    };
    let service = scripted([Err(silence)].into());
    let (budget, stop) = (Budget::new("connector", 50.0), CancellationToken::new());

    let answer = service
        .call(&budget, &request(Repeat::Duplicates), &stop)
        .await
        .unwrap();

    assert_eq!(answer.attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_and_then_stops_the_run() {
    let once = service([(401, None)]);
    let always = service([(401, None), (401, None)]);
    let (budget, stop) = (Budget::new("connector", 50.0), CancellationToken::new());

    let renewed = once
        .call(&budget, &request(Repeat::Duplicates), &stop)
        .await;
    let refused = always
        .call(&budget, &request(Repeat::Duplicates), &stop)
        .await;

    assert!(renewed.is_ok());
    assert!(matches!(
        refused,
        Err(CallError::Blocked(Blocker::TokenRefused { .. }))
    ));
}

#[tokio::test(start_paused = true)]
async fn patience_ends_after_six_failures_and_after_half_an_hour_of_throttling() {
    let broken = service([(502, None); 20]);
    let throttled = service([(429, Some("700")); 20]);
    let (budget, stop) = (Budget::new("connector", 50.0), CancellationToken::new());

    let failed = broken
        .call(&budget, &request(Repeat::Harmless), &stop)
        .await;
    let gave_up = throttled
        .call(&budget, &request(Repeat::Harmless), &stop)
        .await;

    let Err(CallError::GaveUp { evidence, .. }) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(evidence.attempts, 6);
    let Err(CallError::GaveUp {
        fault: Fault::Throttled { .. },
        evidence,
    }) = gave_up
    else {
        panic!("{gave_up:?}")
    };
    assert_eq!(evidence.attempts, 3);
}

#[tokio::test(start_paused = true)]
async fn stopping_between_two_attempts_says_that_nothing_happened() {
    let service = service([(429, Some("600"))]);
    let (budget, stop) = (Budget::new("connector", 50.0), CancellationToken::new());
    let outgoing = request(Repeat::Duplicates);

    let (end, ()) = tokio::join!(service.call(&budget, &outgoing, &stop), async {
        sleep(SECOND).await;
        stop.cancel();
    });

    assert!(matches!(end, Err(CallError::Stopped)));
}
