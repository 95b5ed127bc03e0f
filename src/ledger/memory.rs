//! A ledger in memory, for tests in virtual time.
//!
//! It never waits for a thread, a file or a socket, so a paused clock does not
//! run ahead while it commits.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::book::{Book, Moment};
use super::entry::{self, Address};
use super::shelf::Shelf;
use super::{Answer, CampaignKey, CommitError, ReportRow, Request, Store};
use crate::model::{Account, Fact, ObjectId, Tally};

/// A ledger in memory; clones and reopened ones share what it holds.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shared: Arc<Mutex<Memory>>,
    key: CampaignKey,
    run: i64,
    now: fn() -> Timestamp,
    keeps_events: bool,
}

#[derive(Debug, Default)]
struct Memory {
    campaigns: BTreeMap<String, Campaign>,
    addresses: BTreeMap<(String, String), Shelf<ObjectId, Address>>,
    commits: usize,
}

#[derive(Debug, Default)]
struct Campaign {
    book: Book,
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
            let people = &campaign.book.people;
            let rows = campaign.book.rows.iter();
            rows.map(|(_, row)| {
                let person = row.object_id.as_ref().and_then(|id| people.get(id));
                entry::report_row(row.clone(), person.cloned())
            })
            .collect()
        })
    }

    /// The account of the campaign.
    pub fn account(&self) -> Account {
        self.with_campaign(|campaign| {
            let mut tally = Tally::default();
            for (_, row) in campaign.book.rows.iter() {
                let id = row.object_id.as_ref();
                let person = id.and_then(|id| campaign.book.people.get(id));
                match entry::outcome(row, person) {
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
        self.with_campaign(|campaign| campaign.book.events.clone())
    }

    /// How many batches were committed, over all runs.
    pub fn commits(&self) -> usize {
        self.memory().commits
    }

    fn begin(shared: Arc<Mutex<Memory>>, key: CampaignKey, now: fn() -> Timestamp) -> Self {
        let mut store = Self {
            shared,
            key,
            run: 0,
            now,
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

    fn apply(&self, batch: Vec<Request>) -> Result<Vec<Answer>, CommitError> {
        let at = Moment::new(&self.key.name, self.run, (self.now)());
        let mut memory = self.memory();
        let Memory {
            campaigns,
            addresses,
            commits,
        } = &mut *memory;
        *commits += 1;
        let campaign = campaigns.entry(self.key.name.clone()).or_default();
        let realm = (self.key.tenant_id.clone(), self.key.bot_id.clone());
        let addresses = addresses.entry(realm).or_default();
        mem::swap(&mut campaign.book.addresses, addresses);
        let answers = batch
            .into_iter()
            .map(|request| campaign.answer(&at, request))
            .collect();
        mem::swap(&mut campaign.book.addresses, addresses);
        // Nothing is ever written out, so nobody asks what was touched.
        campaign.book.rows.forget_touched();
        campaign.book.people.forget_touched();
        addresses.forget_touched();
        if !self.keeps_events {
            campaign.book.events.clear();
        }
        answers
    }
}

impl Store for MemoryStore {
    async fn commit(&mut self, batch: Vec<Request>) -> Result<Vec<Answer>, CommitError> {
        self.apply(batch)
    }
}

impl Campaign {
    fn answer(&mut self, at: &Moment, request: Request) -> Result<Answer, CommitError> {
        match request {
            Request::Change(change) => self.book.apply(at, change),
            Request::CloseAudience(rows) => {
                self.close_audience(at, rows);
                Ok(Answer::Done)
            }
            Request::KeepChanges(link) => {
                self.changes = link;
                Ok(Answer::Done)
            }
            Request::FinishRun(_) => Ok(Answer::Done),
        }
    }

    fn close_audience(&mut self, at: &Moment, rows: u64) {
        self.audience_rows = Some(rows);
        self.book.rows.retain(|number, _| *number <= rows);
        self.book.people.retain(|_, person| {
            person
                .claim
                .take_if(|claim| claim.run == at.run && rows < claim.row);
            true
        });
    }
}
