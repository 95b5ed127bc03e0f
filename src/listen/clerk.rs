//! Writes notices down: many with one commit.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout_at},
};

use crate::{
    ledger::{AddressBook, CommitError, Notice, Presence},
    model::ObjectId,
};

/// Notices that may wait; the next one is turned away, to come again.
const INBOX: usize = 10_000;
/// Notices in one commit.
const MAX_BATCH: usize = 2_000;
/// How long an answer waits for the disk: Teams wants it soon.
const SOON: Duration = Duration::from_millis(80);
/// The ledger is left to others for as long as a commit took, and at least so
/// long.
const PAUSE: Duration = Duration::from_millis(2);
/// A commit that took longer had to wait for a campaign, and kept it waiting.
const CROWDED: Duration = Duration::from_millis(40);
/// For how long the ledger is left to the campaign then: it is the one that
/// people wait for.
const RETREAT: Duration = Duration::from_millis(400);
/// Departures that are remembered, so that what is late is known to be.
const DEPARTURES: usize = 50_000;

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// It is in the book.
    Durable,
    /// It is about to be.
    Soon,
    /// There is no room for it now.
    Unready,
}

/// Takes notices; clones speak to the same one.
#[derive(Debug, Clone)]
pub struct Clerk {
    inbox: mpsc::Sender<(Notice, oneshot::Sender<()>)>,
}

/// The one writer of a book.
#[derive(Debug)]
pub struct Clerking {
    inbox: mpsc::Receiver<(Notice, oneshot::Sender<()>)>,
    book: AddressBook,
    now: fn() -> Timestamp,
    /// Who went when. The book has no line for them, by which something late
    /// would be seen to be.
    departed: HashMap<ObjectId, String>,
}

impl Clerk {
    /// A clerk for `book`, and the writing that is to be run for them.
    pub fn new(book: AddressBook, now: fn() -> Timestamp) -> (Self, Clerking) {
        let (sender, inbox) = mpsc::channel(INBOX);
        let clerking = Clerking {
            inbox,
            book,
            now,
            departed: HashMap::new(),
        };
        (Self { inbox: sender }, clerking)
    }

    /// Hands in `notice`, and says within a moment what became of it.
    pub async fn note(&self, notice: Notice) -> Noted {
        let (written, durable) = oneshot::channel();
        let soon = Instant::now() + SOON;
        if self.inbox.try_send((notice, written)).is_err() {
            return Noted::Unready;
        }
        match timeout_at(soon, durable).await {
            Ok(Ok(())) => Noted::Durable,
            Ok(Err(_)) => Noted::Unready,
            Err(_) => Noted::Soon,
        }
    }
}

impl Clerking {
    /// Writes until every [`Clerk`] is dropped or a commit fails.
    ///
    /// # Errors
    ///
    /// The [`CommitError`] of the commit that failed. What was waiting then is
    /// turned away.
    pub async fn run(mut self) -> Result<(), CommitError> {
        let end = self.write().await;
        drop(self.inbox);
        self.book.close().await;
        end
    }

    async fn write(&mut self) -> Result<(), CommitError> {
        let mut waiting = Vec::with_capacity(MAX_BATCH);
        while self.inbox.recv_many(&mut waiting, MAX_BATCH).await > 0 {
            let started = Instant::now();
            let (notices, written): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
            let notices = self.latest(notices);
            let now = format!("{:.3}", (self.now)());
            self.book.note(&notices, &now).await?;
            for written in written {
                // Whoever posted it may be gone; it is durable anyway.
                written.send(()).ok();
            }
            if !self.inbox.is_closed() {
                let took = started.elapsed();
                let is_crowded = CROWDED < took;
                sleep(if is_crowded { RETREAT } else { took.max(PAUSE) }).await;
            }
        }
        Ok(())
    }

    /// The latest notice of each person, by when it was so and not by when it
    /// came.
    fn latest(&mut self, notices: Vec<Notice>) -> Vec<Notice> {
        let mut latest: BTreeMap<ObjectId, Notice> = BTreeMap::new();
        for notice in notices {
            let is_late = |at: &str| notice.at.as_str() < at;
            let known = latest.get(&notice.person).map(|known| known.at.as_str());
            let departed = self.departed.get(&notice.person).map(String::as_str);
            if known.is_some_and(is_late) || departed.is_some_and(is_late) {
                continue;
            }
            match notice.presence {
                Presence::Gone => self.remember_departure(&notice),
                Presence::Here { .. } => {
                    self.departed.remove(&notice.person);
                }
            }
            latest.insert(notice.person.clone(), notice);
        }
        latest.into_values().collect()
    }

    fn remember_departure(&mut self, notice: &Notice) {
        if DEPARTURES <= self.departed.len() {
            // The older half is the least likely to be contradicted now.
            let mut times: Vec<_> = self.departed.values().cloned().collect();
            let (_, middle, _) = times.select_nth_unstable(DEPARTURES / 2);
            let middle = middle.clone();
            self.departed.retain(|_, at| middle < *at);
        }
        self.departed
            .insert(notice.person.clone(), notice.at.clone());
    }
}
