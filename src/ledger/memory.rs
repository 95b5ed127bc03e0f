//! A ledger in memory, for tests in virtual time.
//!
//! It never waits for a thread, a file or a socket, so a paused clock does not
//! run ahead while it commits.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::book::{Book, Moment};
use super::due::{Due, Happened};
use super::entry::{self, Address, Recipient, RowEntry};
use super::needs::Needs;
use super::request;
use super::{Answer, CampaignKey, Change, CommitError, Extent, ReportRow, Request, Store};
use crate::model::{Account, Fact, ObjectId, Tally};

/// A ledger in memory; clones and reopened ones share what it holds.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shared: Arc<Mutex<Memory>>,
    key: CampaignKey,
    run: i64,
    now: fn() -> Timestamp,
    /// What was applied, whether it is stored or not.
    book: Book,
    /// What is no change of rows or people, and not stored yet.
    apart: Option<Request>,
    keeps_events: bool,
}

#[derive(Debug, Default)]
struct Memory {
    campaigns: BTreeMap<String, Campaign>,
    addresses: BTreeMap<(String, String), BTreeMap<ObjectId, Address>>,
    commits: usize,
}

#[derive(Debug, Default)]
struct Campaign {
    rows: BTreeMap<u64, RowEntry>,
    people: BTreeMap<ObjectId, Recipient>,
    events: Vec<(ObjectId, Fact)>,
    runs: i64,
    audience_rows: Option<u64>,
    changes: Option<String>,
}

impl MemoryStore {
    /// An empty ledger, open for the first run of a campaign.
    pub fn new(key: CampaignKey, now: fn() -> Timestamp) -> Self {
        Self::begin(Arc::default(), key, now)
    }

    /// The same ledger, open for the next run of the same campaign.
    #[must_use]
    pub fn reopen(&self) -> Self {
        self.open_campaign(self.key.clone())
    }

    /// The same ledger, open for the next run of another campaign.
    #[must_use]
    pub fn open_campaign(&self, key: CampaignKey) -> Self {
        Self::begin(Arc::clone(&self.shared), key, self.now)
    }

    /// The same, but what happened is forgotten once it was applied: for runs of
    /// which nobody asks.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.keeps_events = false;
        self
    }

    /// The report: every row in order, and what became of it.
    pub fn rows(&self) -> Vec<ReportRow> {
        self.with_campaign(|campaign| {
            let rows = campaign.rows.values();
            rows.map(|row| entry::report_row(row.clone(), campaign.person(row).cloned()))
                .collect()
        })
    }

    /// The account of the campaign.
    pub fn account(&self) -> Account {
        self.with_campaign(|campaign| {
            let mut tally = Tally::default();
            for row in campaign.rows.values() {
                match entry::outcome(row, campaign.person(row)) {
                    Some(outcome) => tally.count(outcome),
                    None => tally.count_pending(),
                }
            }
            let rows = campaign.audience_rows.unwrap_or_else(|| tally.total());
            Account { rows, tally }
        })
    }

    /// The link from which the campaign reads who is new.
    pub fn changes(&self) -> Option<String> {
        self.with_campaign(|campaign| campaign.changes.clone())
    }

    /// Everything that happened to people in this campaign, oldest first.
    pub fn events(&self) -> Vec<(ObjectId, Fact)> {
        self.with_campaign(|campaign| campaign.events.clone())
    }

    /// How often something was committed, over all runs.
    pub fn commits(&self) -> usize {
        self.memory().commits
    }

    fn begin(shared: Arc<Mutex<Memory>>, key: CampaignKey, now: fn() -> Timestamp) -> Self {
        let mut store = Self {
            shared,
            key,
            run: 0,
            now,
            book: Book::default(),
            apart: None,
            keeps_events: true,
        };
        store.run = store.with_campaign(|campaign| {
            campaign.runs += 1;
            campaign.audience_rows = None;
            campaign.runs
        });
        store
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_campaign<T>(&self, f: impl FnOnce(&mut Campaign) -> T) -> T {
        let mut memory = self.memory();
        f(memory.campaigns.entry(self.key.name.clone()).or_default())
    }

    /// Puts what `changes` are about into the book, as far as it is stored.
    fn load(&mut self, changes: &[Change]) {
        let Self {
            shared, key, book, ..
        } = self;
        let memory = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let realm = (key.tenant_id.clone(), key.bot_id.clone());
        let mut needs = Needs::of(changes, book);
        let Some(campaign) = memory.campaigns.get(&key.name) else {
            return;
        };
        for number in mem::take(&mut needs.rows) {
            if let Some(row) = campaign.rows.get(&number) {
                let mut row = row.clone();
                needs.loaded(number, &mut row, book);
                book.rows.load(number, row);
            }
        }
        for id in needs.people {
            if let Some(person) = campaign.people.get(&id) {
                let mut person = person.clone();
                let stands = |row: &RowEntry| row.object_id.as_ref() == Some(&id);
                person
                    .claim
                    .take_if(|claim| !campaign.rows.get(&claim.row).is_some_and(stands));
                book.people.load(id, person);
            }
        }
        let addresses = memory.addresses.get(&realm);
        for id in needs.addresses {
            let known = addresses.and_then(|addresses| addresses.get(&id));
            match known {
                Some(address) => book.addresses.load(id, address.clone()),
                None => book.addresses.unload(&id),
            }
        }
    }
}

impl Store for MemoryStore {
    async fn apply(&mut self, batch: Vec<Request>) -> Result<Vec<Answer>, CommitError> {
        let at = Moment::new(&self.key.name, self.run, (self.now)());
        let (changes, apart) = request::split(batch);
        self.apart = apart;
        self.load(&changes);
        let changes = changes.into_iter();
        let mut answers = changes
            .map(|change| self.book.apply(&at, change))
            .collect::<Result<Vec<_>, _>>()?;
        answers.extend(self.apart.as_ref().map(|_| Answer::Done));
        Ok(answers)
    }

    async fn commit(&mut self, extent: Extent) -> Result<(), CommitError> {
        let due = self.book.take_due(extent);
        let mut memory = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = &mut *memory;
        memory.commits += 1;
        let realm = (self.key.tenant_id.clone(), self.key.bot_id.clone());
        let addresses = memory.addresses.entry(realm).or_default();
        let campaign = memory.campaigns.entry(self.key.name.clone()).or_default();
        campaign.store(&self.book, &due, addresses);
        if self.keeps_events {
            campaign.keep(due.events);
        }
        if extent == Extent::Everything {
            self.book.tidy();
        }
        if let Some(apart) = self.apart.take() {
            campaign.store_apart(apart);
            self.book.clear();
        }
        Ok(())
    }
}

impl Campaign {
    fn person(&self, row: &RowEntry) -> Option<&Recipient> {
        self.people.get(row.object_id.as_ref()?)
    }

    fn store(&mut self, book: &Book, due: &Due, addresses: &mut BTreeMap<ObjectId, Address>) {
        for id in &due.people {
            if let Some(person) = book.people.get(id) {
                self.people.insert(id.clone(), person.clone());
            }
        }
        for number in &due.rows {
            if let Some(row) = book.rows.get(number) {
                self.rows.insert(*number, row.clone());
            }
        }
        for (id, stale) in &due.stale {
            if addresses.get(id).is_some_and(|known| known.chat == *stale) {
                addresses.remove(id);
            }
        }
        for id in &due.addresses {
            if let Some(address) = book.addresses.get(id) {
                addresses.insert(id.clone(), address.clone());
            }
        }
    }

    fn keep(&mut self, events: Vec<(ObjectId, Happened)>) {
        let events = events.into_iter();
        self.events
            .extend(events.map(|(id, happened)| (id, happened.fact)));
    }

    fn store_apart(&mut self, request: Request) {
        match request {
            Request::CloseAudience(rows) => self.close_audience(rows),
            Request::KeepChanges(link) => self.changes = link,
            Request::FinishRun(_) | Request::Settle | Request::Change(_) => {}
        }
    }

    fn close_audience(&mut self, rows: u64) {
        self.audience_rows = Some(rows);
        self.rows.retain(|number, _| *number <= rows);
        for person in self.people.values_mut() {
            person.claim.take_if(|claim| rows < claim.row);
        }
    }
}
