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
use http::Request;
use jiff::Timestamp;
use url::Url;

use super::{
    crypto::signer::Keys,
    guid::Guid,
    hardship::Hardship,
    options::{Options, Quotas},
    quota::ledger::Ledger,
    reply::{Answer, Slowness},
    request::Exchange,
    route::Route,
    script::{Blow, Fate},
    signin,
    state::{Chat, GrantStanding, State},
    tenant::{
        Facts, Tenant,
        application::FederatedCredential,
        person::{Installed, Obstacle, Person},
        registration::Registration,
    },
    truth::{PersonTruth, Truth},
};

/// When a world begins unless it is told otherwise: 30 November 2026, 08:00 UTC.
const BEGINNING: i64 = 1_796_025_600;

/// A simulated tenant with its services.
pub struct World {
    pub(crate) tenant: Tenant,
    pub(crate) keys: Keys,
    pub(crate) bot_endpoint: Option<Url>,
    beginning: Timestamp,
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
        let tenant = Tenant::new(options, registration);
        let ledger = Ledger::new(options.quotas, options.people);
        Self {
            state: Mutex::new(State::new(&tenant, ledger)),
            tenant,
            keys: Keys::default(),
            bot_endpoint: None,
            beginning: Timestamp::from_second(BEGINNING).unwrap_or_default(),
            requests: AtomicU64::new(0),
        }
    }

    /// Sets the calendar time at which the world begins.
    #[must_use]
    pub fn beginning_at(mut self, beginning: Timestamp) -> Self {
        self.beginning = beginning;
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
        let exchange = self.exchange(now, request);
        match self.befall(&exchange) {
            (Blow::Respond(response), delay) => Answer::Respond { response, delay },
            (Blow::Lose, _) => Answer::Drop,
        }
    }

    /// Takes a request apart that comes inside another one.
    pub(crate) fn inside(&self, outer: &Exchange, request: Request<Bytes>) -> Exchange {
        self.exchange(outer.now, request)
    }

    /// Does what is asked, unless a hardship keeps it from being done; says how long it takes.
    pub(crate) fn befall(&self, exchange: &Exchange) -> (Blow, Duration) {
        let path = exchange.path();
        let route = Route::of(&exchange.method, &path);
        let fate = {
            let mut state = self.state();
            state.latest = state.latest.max(exchange.now);
            let person = if state.script.is_personal() {
                route.person(&self.tenant, exchange)
            } else {
                None
            };
            match route.endpoint(&self.tenant) {
                Some(endpoint) => state.script.decide(endpoint, person),
                None => Fate::default(),
            }
        };
        if let Some(blow) = fate.before {
            return (blow, fate.delay);
        }
        let reply = route.serve(self, exchange);
        let slowness = reply
            .extensions()
            .get()
            .map_or(Duration::ZERO, |&Slowness(by)| by);
        (
            fate.after.unwrap_or(Blow::Respond(reply)),
            fate.delay + slowness,
        )
    }

    /// Returns what really happened so far.
    pub fn truth(&self) -> Truth {
        Truth::of(&self.tenant, &self.state())
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

    /// Returns what a user of the tenant has to know about it.
    pub fn facts(&self) -> &Facts {
        &self.tenant.facts
    }

    /// Adds a hardship.
    pub fn script(&self, hardship: Hardship) {
        self.state().script.add(hardship);
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

    /// Allows more or less from now on, as the services do without notice.
    pub fn set_quotas(&self, quotas: Quotas) {
        let people = self.tenant.people.len();
        self.state().ledger.allow(quotas, people);
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

    fn exchange(&self, now: Duration, request: Request<Bytes>) -> Exchange {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        Exchange::new(request, now, self.wall(now), number)
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
