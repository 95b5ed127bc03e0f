//! A scenario under way: the world, the ledger, and any number of runs.

use std::{
    future,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use teamcast::{
    audience::Bounds,
    ledger::{self, CampaignKey, Fate, Faulty, MemoryStore},
    message::{Draft, Message, TextFormat},
    model::{Account, Event, Fact, ObjectId},
    pipeline::{self, Changes, Cx, Observer, Rosters, Run, Supply, Tidings},
    progress::Counts,
    simulator::{Guid, Licence, Obstacle, Person, UserType, World},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    By, Cut, Ended, Scenario,
    list::rows,
    services::Services,
    wire::{Wire, Written},
};

/// How often it is noted what the operator would read.
const LOOK: Duration = Duration::from_secs(10);

/// A scenario under way.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) world: Arc<World>,
    pub(crate) store: MemoryStore,
    pub(crate) wire: Arc<Wire>,
    scenario: Scenario,
    list: Vec<By>,
    campaign: &'static str,
}

impl Play {
    pub(super) fn new(scenario: Scenario) -> Self {
        let begun = "2026-11-30T08:00:00Z".parse().unwrap();
        let world = World::registered(&scenario.options, scenario.registration.clone());
        let world = Arc::new(world.beginning_at(begun));
        for hardship in &scenario.hardships {
            world.script(hardship.clone());
        }
        let campaign = "townhall";
        let store = MemoryStore::new(key(&world, campaign), || Timestamp::UNIX_EPOCH);
        let everybody = || (0..world.people().len()).map(By::Name).collect();
        Self {
            list: scenario.list.clone().unwrap_or_else(everybody),
            wire: Arc::new(Wire::new(Arc::clone(&world), begun)),
            store,
            world,
            scenario,
            campaign,
        }
    }

    /// Lets an earlier campaign write to everybody, so that the address book
    /// knows their chats; hardships come after it.
    pub(crate) async fn after_an_earlier_campaign(mut self) -> Self {
        self.world.relent();
        let list = std::mem::replace(
            &mut self.list,
            (0..self.world.people().len()).map(By::Name).collect(),
        );
        let scenario = self.scenario.clone();
        self.scenario.cut = Cut::Never;
        self.switch("earlier");
        self.run().await;
        self.switch("townhall");
        (self.list, self.scenario) = (list, scenario);
        for hardship in &self.scenario.hardships {
            self.world.script(hardship.clone());
        }
        self
    }

    fn switch(&mut self, campaign: &'static str) {
        self.campaign = campaign;
        self.store = self.store.open_campaign(key(&self.world, campaign));
    }

    /// The next run is cut short that way.
    pub(crate) fn cut(&mut self, cut: Cut) {
        self.scenario.cut = cut;
    }

    /// The next run has another list.
    pub(crate) fn relist(&mut self, list: impl Into<Vec<By>>) {
        self.list = list.into();
    }

    /// Runs the campaign, or resumes it.
    pub(crate) async fn run(&mut self) -> Ended {
        let started = Instant::now();
        let scenario = &self.scenario;
        self.store = self.store.reopen();
        let (commits, fate) = match scenario.cut {
            Cut::Crash(commits, fate) => (commits, fate),
            Cut::Never | Cut::Stop(_) | Cut::Kill(_) => (usize::MAX, Fate::Lost),
        };
        let faulty = Faulty::after(commits, fate, self.store.clone());
        let (ledger, writer) = ledger::channel(faulty);
        let writer = tokio::spawn(writer.run());
        let stop = CancellationToken::new();
        let services = Services::new(&self.world, &self.wire, &scenario.limits, &stop);
        let message = Message::load(&Draft::Text {
            text: self.campaign.to_owned(),
            format: TextFormat::Plain,
        })
        .unwrap();
        let changes = Changes::default();
        let supply = Supply {
            graph: &services.graph,
            input: None,
            changes: &changes,
        };
        let bounds = Bounds {
            excluded: pipeline::excluded(&scenario.exclude, supply).await.unwrap(),
            ..Bounds::default()
        };
        let counts = Counts::default();
        let told = Mutex::new(Vec::new());
        let cx = Cx {
            graph: &services.graph,
            connector: &services.connector,
            ledger: &ledger,
            message: &message,
            rules: &scenario.rules,
            bounds: &bounds,
            rosters: &Rosters::default(),
            tidings: &Tidings::default(),
            campaign: self.campaign,
            delivery: &scenario.delivery,
            retry: &scenario.retry,
            observer: &counts,
            stop: &stop,
        };
        let list = match scenario.include.as_slice() {
            [] => {
                let listed = rows(&self.world, &self.list).into_iter().map(Ok);
                counts.expected(self.list.len() as u64);
                stream::iter(listed).left_stream()
            }
            sources => pipeline::rows(sources, supply).right_stream(),
        };
        let run = tokio::select! {
            biased;
            run = pipeline::run(cx, list) => Some(run),
            () = killed(scenario.cut) => None,
            () = stopped(scenario.cut, &stop) => None,
            () = tell(&counts, &services, started, &told) => None,
        };
        if let Some(Run {
            complete: true,
            account,
            ..
        }) = &run
        {
            // A ledger that failed has said so already.
            ledger.close_audience(account.rows).await.ok();
        }
        let budgets = services.figures();
        if run.is_some() {
            drop(ledger);
            writer.await.unwrap().ok();
        } else {
            writer.abort();
        }
        Ended {
            run,
            account: self.account(),
            rows: self.store.rows(),
            budgets,
            took: started.elapsed(),
            told: told.into_inner().unwrap(),
        }
    }

    /// Runs until nothing is left to do; never needs more than `most` runs.
    pub(crate) async fn finish(&mut self, most: usize) -> Ended {
        self.cut(Cut::Never);
        for _ in 0..most {
            let ended = self.run().await;
            if ended.is_finished() {
                return ended;
            }
        }
        panic!("{most} runs did not finish it: {}", self.account());
    }

    pub(crate) fn account(&self) -> Account {
        self.store.account()
    }

    pub(crate) fn list(&self) -> &[By] {
        &self.list
    }

    pub(crate) fn person(&self, place: usize) -> &Person {
        &self.world.people()[place]
    }

    pub(crate) fn id(&self, place: usize) -> Guid {
        self.person(place).object_id
    }

    /// How many messages of this campaign each person has.
    pub(crate) fn messages(&self) -> Vec<usize> {
        // Behind the text there is a sign nobody sees.
        let of_campaign = |text: &Option<String>| {
            let seen = text.as_deref().and_then(|text| text.split(' ').next());
            seen == Some(self.campaign)
        };
        let people = self.world.truth().people;
        people
            .iter()
            .map(|person| {
                let messages = person.messages.iter();
                messages
                    .filter(|message| of_campaign(&message.text))
                    .count()
            })
            .collect()
    }

    /// Whether nothing about the person keeps the message from them.
    pub(crate) fn is_deliverable(&self, place: usize) -> bool {
        let person = self.person(place);
        person.user_type != Some(UserType::Guest)
            && person.account_enabled
            && person.licence == Licence::Enabled
            && person.obstacle == Obstacle::Clear
    }

    /// What happened to one person in this campaign, by name.
    pub(crate) fn story(&self, place: usize) -> Vec<&'static str> {
        let id = ObjectId::new(self.id(place).to_string()).unwrap();
        let events = self.store.events().into_iter();
        events
            .filter(|(person, _)| *person == id)
            .map(|(_, fact)| fact.event.name())
            .collect()
    }

    /// People found between intent and answer, and whether they have the message.
    pub(crate) fn found_mid_send(&self) -> Vec<(ObjectId, bool)> {
        let (people, messages) = (self.world.truth().people, self.messages());
        let has_it = |id: &ObjectId| {
            let mut people = people.iter().zip(&messages);
            people.any(|(person, sent)| person.object_id == id.as_str() && 0 < *sent)
        };
        let found = |fact: &Fact| fact.event == Event::LeftInDoubt && fact.evidence.attempts == 0;
        let events = self.store.events().into_iter();
        events
            .filter(|(_, fact)| found(fact))
            .map(|(id, _)| (id.clone(), has_it(&id)))
            .collect()
    }

    /// Every request that was written so far.
    pub(crate) fn log(&self) -> Vec<Written> {
        self.wire.log()
    }

    /// Every message that was written so far, accepted or not.
    pub(crate) fn sends(&self) -> Vec<Written> {
        let log = self.log().into_iter();
        log.filter(Written::is_send).collect()
    }
}

fn key(world: &World, campaign: &str) -> CampaignKey {
    let facts = world.facts();
    CampaignKey {
        name: campaign.to_owned(),
        tenant_id: facts.tenant_id.clone(),
        bot_id: facts.bot_id.clone(),
    }
}

/// Notes now and then what the operator would read; never ends itself.
async fn tell(
    counts: &Counts,
    services: &Services,
    started: Instant,
    told: &Mutex<Vec<(Duration, Option<Duration>)>>,
) {
    loop {
        sleep(LOOK).await;
        let left = counts.time_left(&services.figures());
        told.lock().unwrap().push((started.elapsed(), left));
    }
}

async fn killed(cut: Cut) {
    match cut {
        Cut::Kill(delay) => sleep(delay).await,
        Cut::Never | Cut::Crash(..) | Cut::Stop(_) => future::pending().await,
    }
}

/// Asks to stop in time; never ends itself.
async fn stopped(cut: Cut, stop: &CancellationToken) {
    match cut {
        Cut::Stop(delay) => {
            sleep(delay).await;
            stop.cancel();
        }
        Cut::Never | Cut::Crash(..) | Cut::Kill(_) => {}
    }
    future::pending::<()>().await;
}
