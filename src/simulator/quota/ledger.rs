//! Counts every request against every quota it spends.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use super::{
    bucket::Bucket,
    limits::{Budget, Counter},
    window::{Attempts, Window},
};
use crate::simulator::{options::Quotas, tenant::Place};

/// What one quota has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct QuotaTruth {
    /// How much was asked for: requests, or resource units of the directory.
    pub seen: u64,
    /// How many requests were refused.
    pub refused: u64,
    /// The most that was asked for in any one second.
    pub peak_per_second: u64,
}

/// A quota that is spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exceeded {
    /// Until it has room again.
    pub(crate) wait: Duration,
}

/// The number of an application in its tenant.
pub(crate) type App = usize;

/// The quotas of every application in one tenant.
#[derive(Debug)]
pub(crate) struct Ledger {
    mode: Quotas,
    budgets: BTreeMap<Budget, Account>,
    counters: BTreeMap<Counter, Counted>,
    /// What other bots did in a conversation, of each kind.
    others: HashMap<Place, Attempts>,
}

/// What one kind of counters has seen, and how its windows are changed.
#[derive(Debug)]
struct Counted {
    truth: QuotaTruth,
    factor: f64,
    attempts: HashMap<(u16, u32), Attempts>,
}

/// Room for whatever comes in the two seconds that are looked back on.
const FREE: &[Window] = &[Window::new(usize::MAX, 2)];

/// What every application spends of one budget.
#[derive(Debug)]
struct Account {
    /// What one begins with.
    full: Bucket,
    factor: f64,
    buckets: BTreeMap<App, Bucket>,
    truth: QuotaTruth,
    last_second: VecDeque<(Duration, u64)>,
    in_last_second: u64,
}

impl Ledger {
    /// Opens the accounts of a tenant of `people`.
    pub(crate) fn new(mode: Quotas, people: usize) -> Self {
        let factor = match mode {
            Quotas::Off => 1.0,
            Quotas::Scaled(factor) => factor.max(1e-6),
        };
        let open = |budget: Budget| {
            let (amount, span) = budget.limit(people);
            (budget, Account::new(Bucket::new(amount * factor, span)))
        };
        let counters = Counter::ALL.into_iter();
        Self {
            mode,
            budgets: Budget::ALL.into_iter().map(open).collect(),
            counters: counters
                .map(|counter| (counter, Counted::default()))
                .collect(),
            others: HashMap::new(),
        }
    }

    /// Makes every quota, from `now` on, what it was at first times its factor.
    pub(crate) fn rescale(&mut self, now: Duration, factor: impl Fn(&str) -> f64) {
        for (budget, account) in &mut self.budgets {
            account.rescale(now, factor(budget.name()));
        }
        for (counter, counted) in &mut self.counters {
            counted.factor = factor(counter.name());
        }
    }

    /// Spends `cost` of what `app` has of a budget.
    pub(crate) fn spend(
        &mut self,
        now: Duration,
        app: App,
        budget: Budget,
        cost: u64,
    ) -> Result<(), Exceeded> {
        let Some(account) = self.budgets.get_mut(&budget) else {
            return Ok(());
        };
        account.record(now, cost);
        #[expect(clippy::cast_precision_loss, reason = "a cost is a handful of units")]
        let taken = account.bucket(now, app).take(now, cost as f64);
        match (self.mode, taken) {
            (Quotas::Off, _) | (Quotas::Scaled(_), Ok(())) => Ok(()),
            (Quotas::Scaled(_), Err(wait)) => {
                account.truth.refused += 1;
                Err(Exceeded { wait })
            }
        }
    }

    /// Counts one attempt of `app` that concerns the person or team at `place`.
    pub(crate) fn count(
        &mut self,
        now: Duration,
        app: App,
        counter: Counter,
        place: Place,
    ) -> Result<(), Exceeded> {
        let tally = self.counters.entry(counter).or_default();
        let (windows, factor) = match self.mode {
            Quotas::Off => (FREE, 1.0),
            Quotas::Scaled(factor) => (counter.windows(), factor * tally.factor),
        };
        tally.sweep(now, windows);
        let attempts = tally.attempts.entry(key(app, place)).or_default();
        let mut recorded = attempts.record(now, windows, factor);
        let others = counter
            .others_are_with_a_person()
            .then(|| self.others.get(&place));
        if let (Ok(()), Quotas::Scaled(_), Some(Some(others))) = (recorded, self.mode, others) {
            recorded = attempts.check_with(others, now, counter.windows_of_all(), factor);
        }
        let truth = &mut tally.truth;
        truth.seen += 1;
        let rate = u64::try_from(attempts.in_last_second(now)).unwrap_or(u64::MAX);
        truth.peak_per_second = truth.peak_per_second.max(rate);
        recorded.map_err(|wait| {
            truth.refused += 1;
            Exceeded { wait }
        })
    }

    /// Counts requests of other bots, of each kind, in the conversation with
    /// the person at `place`.
    pub(crate) fn count_others(&mut self, now: Duration, place: Place, requests: u32) {
        let attempts = self.others.entry(place).or_default();
        for _ in 0..requests {
            // What others are told does not matter here.
            attempts.record(now, FREE, 1.0).ok();
        }
    }

    /// Returns which part of a budget `app` has spent.
    pub(crate) fn spent(&self, app: App, budget: Budget) -> f64 {
        let account = self.budgets.get(&budget);
        let bucket = account.and_then(|account| account.buckets.get(&app));
        bucket.map_or(0.0, Bucket::spent)
    }

    /// Returns what every quota has seen of all applications, by name.
    pub(crate) fn truth(&self) -> BTreeMap<String, QuotaTruth> {
        let budgets = self
            .budgets
            .iter()
            .map(|(budget, account)| (budget.name().to_owned(), account.truth));
        let counters = self
            .counters
            .iter()
            .map(|(counter, counted)| (counter.name().to_owned(), counted.truth));
        budgets.chain(counters).collect()
    }
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            truth: QuotaTruth::default(),
            factor: 1.0,
            attempts: HashMap::new(),
        }
    }
}

impl Counted {
    /// Forgets whoever no window looks back on any more, before there is more
    /// room made for others.
    fn sweep(&mut self, now: Duration, windows: &[Window]) {
        if self.attempts.len() == self.attempts.capacity() {
            self.attempts
                .retain(|_, attempts| !attempts.are_over(now, windows));
        }
    }
}

impl Account {
    fn new(full: Bucket) -> Self {
        Self {
            full,
            factor: 1.0,
            buckets: BTreeMap::new(),
            truth: QuotaTruth::default(),
            last_second: VecDeque::new(),
            in_last_second: 0,
        }
    }

    fn bucket(&mut self, now: Duration, app: App) -> &mut Bucket {
        self.buckets.entry(app).or_insert_with(|| {
            let mut bucket = self.full.clone();
            bucket.rescale(now, self.factor);
            bucket
        })
    }

    fn rescale(&mut self, now: Duration, factor: f64) {
        self.factor = factor;
        for bucket in self.buckets.values_mut() {
            bucket.rescale(now, factor);
        }
    }

    fn record(&mut self, now: Duration, cost: u64) {
        while let Some((_, old)) = self
            .last_second
            .pop_front_if(|(time, _)| *time + Duration::from_secs(1) <= now)
        {
            self.in_last_second -= old;
        }
        self.last_second.push_back((now, cost));
        self.in_last_second += cost;
        self.truth.seen += cost;
        self.truth.peak_per_second = self.truth.peak_per_second.max(self.in_last_second);
    }
}

/// Takes eight bytes: there may be a million of them for each counter.
fn key(app: App, place: Place) -> (u16, u32) {
    let app = u16::try_from(app).unwrap_or(u16::MAX);
    (app, u32::try_from(place).unwrap_or(u32::MAX))
}
