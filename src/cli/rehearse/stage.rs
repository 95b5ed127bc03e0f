//! What a rehearsal is played on: a tenant, a ledger and a way between them,
//! all in memory.

use std::{io, sync::Arc};

use futures::stream;
use jiff::Timestamp;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use tokio::time::Instant;
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
    ledger::{self, CampaignKey, MemoryStore},
    message::Message,
    model::{CatalogId, ChatId, Listed, Row, RowContent, RowNumber, UserKey},
    pipeline::{self, Cx, Rosters, Silent, Tidings},
    remote::Transport,
    simulator::{Facts, Options, Person as Simulated, Quotas, Shape, World},
};

use super::{
    Cast, Ended, part, share,
    wire::{HOST, Signed, Wire},
};

/// What tokens for Graph are for.
const GRAPH: &str = "https://graph.microsoft.com";
/// What tokens for the connector are for.
const CONNECTOR: &str = "https://api.botframework.com";
/// From what the tenant is drawn, and the order of the list.
const SEED: u64 = 1;
/// What stands for a value that only the real list has.
const VALUE: &str = "–";

/// Plays the campaign with `message` to everybody of the cast.
pub(super) async fn play(
    campaign: &Campaign,
    message: &Message,
    cast: &Cast,
) -> Result<Ended, RunError> {
    let world = Arc::new(world(cast));
    let wire = Wire::to(&world);
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
        tidings: &Tidings::default(),
        stop: &stop,
    };
    let mut chats = Chats::of(cast);
    let people = in_no_order(world.people());
    let rows = (1..).zip(people).map(|(number, person)| {
        let chat = world.chat_of(person.object_id);
        let chat = chat.filter(|_| chats.is_next_known());
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
        seed: SEED,
        quotas: Quotas::Scaled(1.0),
        shape: Shape {
            installed: 1.0 - share(without, cast.people),
            ..Shape::uniform()
        },
    });
    world.answering_after(cast.latency)
}

/// People as a list may have them: who lacks the app follows no rule, which the
/// tenant's own order does.
fn in_no_order(people: &[Simulated]) -> Vec<&Simulated> {
    let mut people: Vec<&Simulated> = people.iter().collect();
    people.shuffle(&mut StdRng::seed_from_u64(SEED));
    people
}

/// Which of the chats that there are is known, spread evenly over the list.
struct Chats {
    there_are: usize,
    known: usize,
    seen: usize,
}

impl Chats {
    fn of(cast: &Cast) -> Self {
        let known = cast.known();
        let others = cast.people - known;
        Self {
            there_are: cast.people - part(others, cast.missing),
            known,
            seen: 0,
        }
    }

    fn is_next_known(&mut self) -> bool {
        let so_far = |seen: usize| seen * self.known / self.there_are.max(1);
        let before = so_far(self.seen);
        let after = so_far(self.seen + 1);
        self.seen += 1;
        before < after
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::Latency;

    #[test]
    fn so_many_chats_are_known_and_evenly_spread() {
        let mut chats = Chats::of(&Cast {
            people: 1000,
            known: 0.5,
            missing: 0.2,
            latency: Latency::None,
        });

        let known: Vec<bool> = (0..900).map(|_| chats.is_next_known()).collect();

        let count = |part: &[bool]| part.iter().filter(|known| **known).count();
        assert_eq!(count(&known), 500);
        assert_eq!(count(&known[..90]), 50);
    }
}
