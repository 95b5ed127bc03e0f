//! What a rehearsal is played on: a tenant, a ledger and a way between them,
//! all in memory.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use http::{Request, Response, header};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    audience::Bounds,
    campaign::Campaign,
    cli::{
        RunError,
        prepared::rules,
        services::{Wired, Wires},
        sign_in::BothTokens,
    },
    connector::Bot,
    identity::{SignInError, Token, Tokens},
    ledger::{self, CampaignKey, MemoryStore},
    message::Message,
    model::{CatalogId, ChatId, Listed, Row, RowContent, RowNumber, UserKey},
    pipeline::{self, Cx, Rosters, Silent},
    remote::{NoRoundTrip, Transport},
    simulator::{Answer, Facts, Options, Person as Simulated, Quotas, Shape, World},
};

use super::{Cast, Ended, part, share};

/// Where the tenant is said to be; nobody looks for it.
const HOST: &str = "https://rehearsal.invalid";
/// What tokens for Graph are for.
const GRAPH: &str = "https://graph.microsoft.com";
/// What tokens for the connector are for.
const CONNECTOR: &str = "https://api.botframework.com";
/// What stands for a value that only the real list has.
const VALUE: &str = "–";

/// Plays the campaign with `message` to everybody of the cast.
pub(super) async fn play(
    campaign: &Campaign,
    message: &Message,
    cast: &Cast,
) -> Result<Ended, RunError> {
    let world = Arc::new(world(cast));
    let wire = Arc::new(Wire {
        world: Arc::clone(&world),
        origin: Instant::now(),
    });
    let tokens = BothTokens {
        graph: Signed::tokens(GRAPH, &wire),
        connector: Signed::tokens(CONNECTOR, &wire),
    };
    let stop = CancellationToken::new();
    let Wired {
        graph,
        connector,
        budgets,
    } = wires(&wire, world.facts(), &tokens)?.together(&campaign.limits, &stop);
    let store = MemoryStore::new(key(campaign, world.facts()), || Timestamp::UNIX_EPOCH);
    let (ledger, writer) = ledger::channel(store.without_events());
    let writer = tokio::spawn(writer.run());
    let cx = Cx {
        graph: &graph,
        connector: &connector,
        ledger: &ledger,
        message,
        rules: &rules(campaign),
        bounds: &Bounds::default(),
        rosters: &Rosters::default(),
        campaign: &campaign.name,
        delivery: &campaign.delivery,
        retry: &[],
        observer: &Silent,
        stop: &stop,
    };
    let mut unmet = cast.known();
    let rows = (1..).zip(world.people()).map(|(number, person)| {
        let chat = (0 < unmet)
            .then(|| world.chat_of(person.object_id))
            .flatten();
        unmet -= usize::from(chat.is_some());
        Ok(row(number, person, chat, message))
    });
    let started = Instant::now();
    let run = pipeline::run(cx, stream::iter(rows)).await;
    let took = started.elapsed();
    drop(ledger);
    let written = writer.await;
    written
        .map_err(|error| RunError::Runtime(io::Error::other(error)))?
        .ok();
    match run.halted {
        Some(halt) => Err(RunError::from(halt)),
        None => Ok(Ended {
            took,
            account: run.account,
            budgets: budgets.iter().map(|budget| budget.figures()).collect(),
        }),
    }
}

/// A tenant of plain members, of whom some lack the app.
fn world(cast: &Cast) -> World {
    let others = cast.people - cast.known();
    let without = part(others, cast.missing);
    let world = World::new(&Options {
        people: cast.people,
        seed: 1,
        quotas: Quotas::Scaled(1.0),
        shape: Shape {
            installed: 1.0 - share(without, cast.people),
            ..Shape::uniform()
        },
    });
    world.answering_after(cast.latency)
}

fn key(campaign: &Campaign, facts: &Facts) -> CampaignKey {
    CampaignKey {
        name: campaign.name.clone(),
        tenant_id: facts.tenant_id.clone(),
        bot_id: facts.bot_id.clone(),
    }
}

/// The person as a list names them, with something in every field of the message.
fn row(number: u64, person: &Simulated, chat: Option<String>, message: &Message) -> Row {
    let fields = message.fields().iter();
    let fields = fields.map(|field| (field.clone(), VALUE.to_owned()));
    let listed = Listed {
        key: UserKey::UserPrincipalName(person.upn.to_string()),
        fields: fields.collect(),
        language: None,
        chat: chat.and_then(|chat| ChatId::new(chat).ok()),
        person: None,
    };
    Row {
        number: RowNumber(number),
        label: String::new(),
        content: RowContent::Listed(Box::new(listed)),
    }
}

fn wires<'a>(
    wire: &Arc<Wire>,
    facts: &Facts,
    tokens: &'a BothTokens,
) -> Result<Wires<'a>, RunError> {
    let url = |path: &str| {
        let url = format!("{HOST}{path}").parse::<Url>();
        url.map_err(|error| RunError::Runtime(io::Error::other(error)))
    };
    let catalog = CatalogId::new(&facts.catalog_id);
    Ok(Wires {
        graph: url("")?,
        connector: url("/teams")?,
        transport: Arc::clone(wire) as Arc<dyn Transport>,
        tokens,
        catalog: catalog.map_err(|error| RunError::Runtime(io::Error::other(error)))?,
        bot: Bot {
            app_id: facts.bot_id.clone(),
            tenant_id: facts.tenant_id.clone(),
        },
        jitter: |delay| delay,
        now: || Timestamp::UNIX_EPOCH,
    })
}

/// The way to the tenant and back.
#[derive(Debug)]
struct Wire {
    world: Arc<World>,
    origin: Instant,
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
struct Signed {
    wire: Arc<Wire>,
    resource: &'static str,
    current: Mutex<Option<Token>>,
}

impl Signed {
    fn tokens(resource: &'static str, wire: &Arc<Wire>) -> Arc<dyn Tokens> {
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
