//! Pins how tokens are had: from a machine that Azure knows, once for all who
//! wait, and again before or when they end.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join_all;
use http::{Request, Response};
use jiff::Timestamp;
use teamcast::{
    identity::{self, Applicant, Proof, Secret, SignedIn, Tokens},
    remote::{MachineTransport, NoRoundTrip, TokenTransport, Transport},
    simulator::{
        Answer, Assigned, Canned, Credentials, Effect, Endpoint, Hardship, Options, Quotas,
        Registration, Shape, When, World,
    },
};
use tokio::time::advance;

const GRAPH: &str = "https://graph.microsoft.com/.default";

/// A network that leads to the world, and counts who asks for a token.
#[derive(Debug)]
struct Wire {
    world: World,
    asked: AtomicUsize,
}

#[async_trait]
impl Transport for Wire {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let is_token = request.uri().path().ends_with("/token");
        self.asked
            .fetch_add(usize::from(is_token), Ordering::Relaxed);
        // Everybody who asks gives way once, so that many ask at the same time.
        tokio::task::yield_now().await;
        let Answer::Respond { response, .. } = self.world.answer(Duration::ZERO, request) else {
            let detail = "lost".to_owned();
            return Err(NoRoundTrip::NoAnswer { detail });
        };
        Ok(response)
    }
}

impl Wire {
    fn new(credentials: Credentials, token_lifetime: Duration) -> Arc<Self> {
        let options = Options {
            people: 1,
            seed: 7,
            quotas: Quotas::Off,
            shape: Shape::uniform(),
        };
        let registration = Registration {
            credentials,
            token_lifetime,
            ..Registration::default()
        };
        Arc::new(Self {
            world: World::registered(&options, registration).beginning_at(Timestamp::now()),
            asked: AtomicUsize::new(0),
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn applicant(self: &Arc<Self>, proof: Proof) -> Applicant {
        let facts = self.world.facts();
        let machine = matches!(proof, Proof::Machine(_));
        let wire: Arc<dyn Transport> = Arc::clone(self) as _;
        Applicant {
            authority: "https://sim".parse().unwrap(),
            tenant: facts.tenant_id.clone(),
            client_id: facts.client_id.clone(),
            proof,
            http: if machine {
                Arc::new(MachineTransport(wire))
            } else {
                Arc::new(TokenTransport(wire))
            },
            now: Timestamp::now,
        }
    }

    /// Tokens by the app's secret.
    fn tokens(self: &Arc<Self>) -> SignedIn {
        let secret = Secret::new(&self.world.facts().client_secret);
        SignedIn::new(self.applicant(Proof::Secret(secret)), GRAPH).unwrap()
    }
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_virtual_machine_signs_in_as_itself_and_as_an_assigned_identity() {
    for (kind, named) in [
        (Assigned::System, identity::Assigned::System),
        (Assigned::User, identity::Assigned::System),
    ] {
        let credentials = Credentials {
            assigned: kind,
            ..Credentials::default()
        };
        let wire = Wire::new(credentials, HOUR);
        let by_client = identity::Assigned::Client(wire.world.facts().client_id.clone());
        for asked in [named, by_client] {
            let applicant = wire.applicant(Proof::Machine(asked));
            let token = SignedIn::new(applicant, GRAPH).unwrap().token().await;

            let request = Request::get("https://sim/v1.0/users")
                .header(
                    "authorization",
                    format!("Bearer {}", token.unwrap().expose()),
                )
                .body(Bytes::new())
                .unwrap();
            assert_eq!(200, wire.round_trip(request).await.unwrap().status());
        }
    }
}

#[tokio::test]
async fn a_thousand_who_wait_for_a_token_cost_one_request() {
    let wire = Wire::new(Credentials::default(), HOUR);
    let tokens = wire.tokens();

    let given = join_all((0..1000).map(|_| tokens.token())).await;

    assert!(given.iter().all(Result::is_ok));
    assert_eq!(wire.asked(), 1);
}

#[tokio::test]
async fn a_token_refused_a_thousand_times_is_renewed_by_one_request() {
    let wire = Wire::new(Credentials::default(), HOUR);
    let tokens = wire.tokens();
    let refused = tokens.token().await.unwrap();

    let renewed = join_all((0..1000).map(async |_| {
        tokens.renew(&refused).await;
        tokens.token().await.unwrap()
    }))
    .await;

    assert_eq!(wire.asked(), 2);
    assert!(renewed.iter().all(|token| *token != refused));
}

#[tokio::test]
async fn a_token_that_lives_for_a_minute_is_not_asked_for_each_time() {
    let wire = Wire::new(Credentials::default(), Duration::from_mins(1));
    let tokens = wire.tokens();

    for _ in 0..100 {
        tokens.token().await.unwrap();
    }

    assert_eq!(wire.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_five_minutes_before_its_end() {
    let wire = Wire::new(Credentials::default(), HOUR);
    let tokens = wire.tokens();
    let first = tokens.token().await.unwrap();

    advance(Duration::from_mins(54)).await;
    let then = tokens.token().await.unwrap();
    advance(Duration::from_mins(2)).await;
    let after = tokens.token().await.unwrap();

    assert_eq!(first, then);
    assert_ne!(first, after);
    assert_eq!(wire.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_serves_to_its_end_while_there_is_no_new_one() {
    let wire = Wire::new(Credentials::default(), HOUR);
    let tokens = wire.tokens();
    let first = tokens.token().await.unwrap();
    let refusal = Effect::Respond(Canned::status(400).body("{}"));
    wire.world
        .script(Hardship::new(Endpoint::Token, refusal).when(When::Always));

    advance(Duration::from_mins(57)).await;
    let meanwhile = tokens.token().await;
    advance(Duration::from_mins(4)).await;
    let in_the_end = tokens.token().await;

    assert_eq!(meanwhile.unwrap(), first);
    assert!(in_the_end.is_err());
}
