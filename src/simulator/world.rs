//! The world: a tenant, its state, and the way in.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, uri::Scheme};
use jiff::Timestamp;
use url::Url;

use super::{
    blueprint::{Blueprint, Roster},
    crypto::signer::Keys,
    guid::Guid,
    hardship::Hardship,
    latency::Latency,
    options::Options,
    quota::ledger::Ledger,
    reply::{Answer, Slowness},
    request::Exchange,
    route::Route,
    script::{Blow, Fate, Sight},
    signin,
    state::{Chat, GrantStanding, State},
    tenant::{
        Facts, GroupFacts, Tenant,
        application::FederatedCredential,
        groups::Visibility,
        person::{Installed, Obstacle, Person},
        registration::Registration,
    },
    truth::{Account, PersonTruth, Truth},
};

/// When a world begins unless it is told otherwise: 30 November 2026, 08:00 UTC.
const BEGINNING: i64 = 1_796_025_600;

/// A simulated tenant with its services.
pub struct World {
    pub(crate) tenant: Tenant,
    pub(crate) keys: Keys,
    pub(crate) bot_endpoint: Option<Url>,
    beginning: Timestamp,
    latency: Latency,
    requests: AtomicU64,
    state: Mutex<State>,
}

impl World {
    /// Makes the world that `options` describe, with everything registered right.
    pub fn new(options: &Options) -> Self {
        Self::registered(options, Registration::default())
    }

    /// Makes the world that `options` describe, with app and bot registered as `registration` says.
    pub fn registered(options: &Options, registration: Registration) -> Self {
        Self::listed(options, registration, &Roster::default())
    }

    /// Makes the world of a tenant that was written down.
    pub fn planned(blueprint: &Blueprint) -> Self {
        let registration = blueprint.registration.clone();
        Self::listed(&blueprint.options, registration, &blueprint.roster)
    }

    fn listed(options: &Options, registration: Registration, roster: &Roster) -> Self {
        let tenant = Tenant::listed(options, registration, roster);
        let ledger = Ledger::new(options.quotas, options.people);
        Self {
            state: Mutex::new(State::new(&tenant, ledger)),
            tenant,
            keys: Keys::default(),
            bot_endpoint: None,
            beginning: Timestamp::from_second(BEGINNING).unwrap_or_default(),
            latency: Latency::None,
            requests: AtomicU64::new(0),
        }
    }

    /// Sets the calendar time at which the world begins.
    #[must_use]
    pub fn beginning_at(mut self, beginning: Timestamp) -> Self {
        self.beginning = beginning;
        self
    }

    /// Sets how long every answer takes.
    #[must_use]
    pub fn answering_after(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// Sets where a [`Server`](super::Server) posts what the bot is told.
    #[must_use]
    pub fn posting_events_to(mut self, endpoint: Url) -> Self {
        self.bot_endpoint = Some(endpoint);
        self
    }

    /// Answers `request`, which comes `now` after the world began.
    pub fn answer(&self, now: Duration, request: Request<Bytes>) -> Answer {
        self.answer_over(&Scheme::HTTPS, now, request)
    }

    /// Answers `request`, which came by `scheme` unless its address says otherwise.
    pub(crate) fn answer_over(
        &self,
        scheme: &Scheme,
        now: Duration,
        request: Request<Bytes>,
    ) -> Answer {
        let exchange = self.exchange(scheme, now, request);
        let number = exchange.number;
        let path = exchange.path();
        let latency = match Route::of(&exchange.method, &path).endpoint(&self.tenant) {
            Some(_) => self.latency.draw(self.tenant.seed, number),
            None => Duration::ZERO,
        };
        drop(path);
        self.befall(exchange).later(latency)
    }

    /// Takes a request apart that comes inside another one.
    pub(crate) fn inside(&self, outer: &Exchange, request: Request<Bytes>) -> Exchange {
        self.exchange(&Scheme::HTTPS, outer.now, request)
    }

    /// Does what is asked, as far as hardships let it be done.
    pub(crate) fn befall(&self, mut exchange: Exchange) -> Answer {
        let fate = self.fate(&exchange);
        exchange.suffer(fate.twist);
        let path = exchange.path();
        let route = Route::of(&exchange.method, &path);
        let mut delay = fate.delay;
        let blow = fate.before.unwrap_or_else(|| {
            let reply = route.serve(self, &exchange);
            let slowness = reply.extensions().get();
            delay += slowness.map_or(Duration::ZERO, |&Slowness(by)| by);
            match fate.after {
                None => Blow::Respond(reply),
                Some(Blow::Cut(_)) => Blow::Cut(reply),
                Some(blow @ (Blow::Respond(_) | Blow::Fail(_) | Blow::Lose)) => blow,
            }
        });
        match blow {
            Blow::Respond(response) => Answer::Respond { response, delay },
            Blow::Fail(mishap) => Answer::Respond {
                response: route.fail(self, &exchange, mishap),
                delay,
            },
            Blow::Cut(response) => Answer::Cut {
                sent: response.body().len() / 2,
                response,
                delay,
            },
            Blow::Lose => Answer::Drop,
        }
    }

    /// Decides what befalls a request, and does what others do just before.
    fn fate(&self, exchange: &Exchange) -> Fate {
        {
            let mut state = self.state();
            state.latest = state.latest.max(exchange.now);
            if state.script.is_empty() {
                return Fate::default();
            }
        }
        let path = exchange.path();
        let route = Route::of(&exchange.method, &path);
        let Some(endpoint) = route.endpoint(&self.tenant) else {
            return Fate::default();
        };
        let place = route.person(&self.tenant, exchange);
        let person = place.and_then(|place| self.tenant.person(place));
        let sight = Sight {
            endpoint,
            person: person.map(|person| person.object_id),
            now: exchange.now,
        };
        let mut state = self.state();
        let fate = state.befall(sight);
        if let Some(place) = place {
            for deed in &fate.deeds {
                state.suffer(place, *deed, exchange.now);
            }
        }
        fate
    }

    /// Returns what really happened so far.
    pub fn truth(&self) -> Truth {
        Truth::of(&self.tenant, &self.state())
    }

    /// Returns what really happened so far, in numbers.
    pub fn account(&self) -> Account {
        Account::of(&self.state(), self.requests.load(Ordering::Relaxed))
    }

    /// Returns what really happened to one person.
    pub fn truth_of(&self, person: Guid) -> Option<PersonTruth> {
        let place = self.tenant.ever(person)?;
        let state = self.state();
        Some(PersonTruth::of(
            &*self.tenant.last_known(place)?,
            state.desks().get(place)?,
        ))
    }

    /// Returns everybody the tenant began with, whoever left since included.
    pub fn people(&self) -> &[Person] {
        &self.tenant.people
    }

    /// Returns the id, as the connector gives it, of the lasting chat of bot and person, where
    /// there is one.
    pub fn chat_of(&self, person: Guid) -> Option<String> {
        let place = self.tenant.by_object_id(person)?;
        let chat = self.state().desks().get(place)?.chat;
        (chat == Chat::Open).then(|| self.tenant.ids.conversation(person, 0))
    }

    /// Returns what a user of the tenant has to know about it.
    pub fn facts(&self) -> &Facts {
        &self.tenant.facts
    }

    /// Adds a hardship; one that makes no sense or is aimed at nobody befalls nobody.
    pub fn script(&self, hardship: Hardship) {
        let person = hardship.person.as_deref();
        let place = person.and_then(|person| self.tenant.by_key(person));
        let person = place.and_then(|place| self.tenant.person(place));
        self.state()
            .script
            .add(hardship, person.map(|person| person.object_id));
    }

    /// Ends every hardship.
    pub fn relent(&self) {
        self.state().script.clear();
    }

    /// Returns a token that `trusted` trusts, issued `now` after the world began.
    ///
    /// That is what a cluster keeps in the file that `AZURE_FEDERATED_TOKEN_FILE`
    /// names; it is good for an hour.
    pub fn federated_token(&self, trusted: &FederatedCredential, now: Duration) -> String {
        signin::of_cluster(self, trusted, self.wall(now).as_second())
    }

    /// Revokes every token that was given so far, as an administrator could.
    pub fn revoke_tokens(&self) {
        for grant in self.state().grants.values_mut() {
            grant.standing = GrantStanding::Revoked;
        }
    }

    /// Returns every group with the ids of the people in it, however deep and hidden.
    pub fn groups(&self) -> Vec<GroupFacts> {
        let groups = self.tenant.groups.all().iter();
        let facts = groups.map(|group| {
            let everybody = 0..self.tenant.places();
            let within = self.tenant.groups.whole(group, Visibility::Hidden);
            let within = everybody.filter(|&place| within.people.has(place));
            GroupFacts {
                id: group.id,
                name: group.name.to_string(),
                people: within
                    .filter_map(|place| Some(self.tenant.person(place)?.object_id))
                    .collect(),
            }
        });
        facts.collect()
    }

    /// Puts something between the bot and a person, or takes it away.
    pub fn obstruct(&self, person: Guid, obstacle: Obstacle) {
        if let Some(place) = self.tenant.by_object_id(person)
            && let Some(desk) = self.state().desk(place)
        {
            desk.obstacle = obstacle;
        }
    }

    /// Gives the newest version of the app to a person, as the person could.
    pub fn install(&self, person: Guid) {
        self.change_app(person, Installed::Current);
    }

    /// Takes the app from a person, as the person could.
    pub fn uninstall(&self, person: Guid) {
        self.change_app(person, Installed::Absent);
    }

    /// What nobody asked for happens when somebody last asked for something.
    fn change_app(&self, person: Guid, wanted: Installed) {
        if let Some(place) = self.tenant.by_object_id(person) {
            let mut state = self.state();
            let now = state.latest;
            state.change_app(place, wanted, now);
        }
    }

    /// Deletes the chat of bot and person, so that its id is stale until it is created again.
    pub fn delete_chat(&self, person: Guid) {
        if let Some(place) = self.tenant.by_object_id(person)
            && let Some(desk) = self.state().desk(place)
        {
            desk.chat = Chat::Absent;
        }
    }

    fn exchange(&self, scheme: &Scheme, now: Duration, request: Request<Bytes>) -> Exchange {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        Exchange::new(request, scheme, now, self.wall(now), number)
    }

    /// Returns the calendar time `now` after the world began.
    pub(crate) fn wall(&self, now: Duration) -> Timestamp {
        self.beginning.checked_add(now).unwrap_or(self.beginning)
    }

    /// Returns the state for as long as the guard lives; it is never kept for a conversation.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("facts", &self.tenant.facts)
            .field("people", &self.tenant.people.len())
            .finish_non_exhaustive()
    }
}
