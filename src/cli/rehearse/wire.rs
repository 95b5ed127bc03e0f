//! The way between the program and a tenant in memory: a transport without a
//! network, and tokens that come by it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, header};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    identity::{SignInError, Token, Tokens},
    remote::{NoRoundTrip, Transport},
    simulator::{Answer, Facts, World},
};

/// Where the tenant is said to be; nobody looks for it.
pub(super) const HOST: &str = "https://rehearsal.invalid";

/// The way to the tenant and back.
#[derive(Debug)]
pub(super) struct Wire {
    world: Arc<World>,
    origin: Instant,
}

impl Wire {
    /// A way to a world that begins now.
    pub(super) fn to(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            origin: Instant::now(),
        })
    }
}

#[async_trait]
impl Transport for Wire {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        match self.world.answer(self.origin.elapsed(), request) {
            Answer::Respond { response, delay } => {
                sleep(delay).await;
                Ok(response)
            }
            // Nothing befalls anybody in this tenant.
            Answer::Cut { .. } | Answer::Drop => Err(NoRoundTrip::NoAnswer {
                detail: "connection lost".to_owned(),
            }),
        }
    }
}

/// Tokens of the tenant for one service, asked for anew when one was refused.
#[derive(Debug)]
pub(super) struct Signed {
    wire: Arc<Wire>,
    resource: &'static str,
    current: Mutex<Option<Token>>,
}

impl Signed {
    /// Tokens for `resource`.
    pub(super) fn tokens(resource: &'static str, wire: &Arc<Wire>) -> Arc<dyn Tokens> {
        Arc::new(Self {
            wire: Arc::clone(wire),
            resource,
            current: Mutex::default(),
        })
    }

    /// A token of the tenant; where it gives none, one that opens nothing.
    fn ask(&self) -> Token {
        let world = &self.wire.world;
        let Facts {
            tenant_id,
            client_id,
            client_secret,
            ..
        } = world.facts();
        let resource = self.resource;
        let form = format!(
            "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}\
             &scope={resource}/.default"
        );
        let request = Request::post(format!("{HOST}/{tenant_id}/oauth2/v2.0/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form));
        let answer = request.map(|request| world.answer(self.wire.origin.elapsed(), request));
        let token = match answer {
            Ok(Answer::Respond { response, .. }) => {
                let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
                let token = body.get("access_token").and_then(Value::as_str);
                token.unwrap_or_default().to_owned()
            }
            Ok(Answer::Cut { .. } | Answer::Drop) | Err(_) => String::new(),
        };
        Token::new(token)
    }
}

#[async_trait]
impl Tokens for Signed {
    async fn token(&self) -> Result<Token, SignInError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(current.get_or_insert_with(|| self.ask()).clone())
    }

    async fn renew(&self, refused: &Token) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|token| token == refused);
    }
}
