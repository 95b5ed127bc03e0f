//! The keys of those who speak to the bot, kept fresh.
//!
//! One task fetches them: twice a day, and when a key turns up that is not
//! known. That anybody can bring about, so it happens once a minute at most,
//! however many ask. While they cannot be fetched, the known ones go on.

use std::{collections::HashMap, error::Error, sync::Arc, time::Duration};

use jsonwebtoken::DecodingKey;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{MetadataError, Source};

/// How old keys get; the page "Bot Connector authentication" asks for a day at
/// most.
const FRESH: Duration = Duration::from_hours(12);
/// When it is tried again after keys could not be fetched.
const AGAIN: Duration = Duration::from_mins(5);
/// How long after an unknown key was looked for none is looked for again.
const PAUSE: Duration = Duration::from_mins(1);
/// How long a posting with an unknown key waits for the keys to be fetched.
const PATIENCE: Duration = Duration::from_secs(5);

/// A key, and for which channels it is good.
#[derive(Debug)]
pub struct Key {
    pub(super) key: DecodingKey,
    pub(super) endorsements: Vec<String>,
}

/// Keys by their id.
pub type Keys = HashMap<String, Arc<Key>>;

/// What is known, and since when.
#[derive(Debug)]
struct Known {
    keys: Keys,
    /// When they were last fetched, with or without success.
    asked: Instant,
    /// When that was because of an unknown key.
    sought: Option<Instant>,
}

impl Known {
    /// Whether an unknown key is worth another look.
    fn may_seek(&self) -> bool {
        self.sought.is_none_or(|sought| PAUSE <= sought.elapsed())
    }
}

/// Finds keys; clones share what is known.
#[derive(Debug, Clone)]
pub struct KeyRing {
    known: watch::Receiver<Known>,
    wanted: Arc<Notify>,
}

/// Keeps the keys of a [`KeyRing`] fresh.
#[derive(Debug)]
pub struct Tending {
    source: Source,
    known: watch::Sender<Known>,
    wanted: Arc<Notify>,
}

impl KeyRing {
    /// Fetches the keys for the first time.
    ///
    /// # Errors
    ///
    /// [`MetadataError`].
    pub async fn fetch(source: Source) -> Result<(Self, Tending), MetadataError> {
        let keys = source.keys().await?;
        let asked = Instant::now();
        let (sender, known) = watch::channel(Known {
            keys,
            asked,
            sought: None,
        });
        let wanted = Arc::new(Notify::new());
        let tending = Tending {
            source,
            known: sender,
            wanted: Arc::clone(&wanted),
        };
        Ok((Self { known, wanted }, tending))
    }

    /// The key of that id; one that is not known is looked for, now and then.
    pub async fn key(&self, id: &str) -> Option<Arc<Key>> {
        let mut known = self.known.clone();
        {
            let now = known.borrow_and_update();
            if let Some(key) = now.keys.get(id) {
                return Some(Arc::clone(key));
            }
            if !now.may_seek() {
                return None;
            }
        }
        self.wanted.notify_one();
        timeout(PATIENCE, known.changed()).await.ok()?.ok()?;
        known.borrow().keys.get(id).cloned()
    }
}

impl Tending {
    /// Fetches keys when they are due or wanted, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut lasts = FRESH;
        loop {
            let due = self.known.borrow().asked + lasts;
            let sought = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(due) => None,
                () = self.wanted.notified() => {
                    // Many may have asked before the keys came.
                    if !self.known.borrow().may_seek() {
                        continue;
                    }
                    Some(Instant::now())
                }
            };
            let fetched = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                fetched = self.source.keys() => fetched,
            };
            lasts = if fetched.is_ok() { FRESH } else { AGAIN };
            self.keep(fetched, sought);
        }
    }

    /// Takes what was fetched; what could not be fetched changes nothing.
    fn keep(&self, fetched: Result<Keys, MetadataError>, sought: Option<Instant>) {
        let keys = match fetched {
            Ok(keys) => {
                let number = keys.len();
                info!(
                    keys = number,
                    "the keys of those who speak to the bot were fetched"
                );
                Some(keys)
            }
            Err(error) => {
                warn!(
                    error = &error as &dyn Error,
                    "the keys cannot be fetched; the known ones go on being used"
                );
                None
            }
        };
        self.known.send_modify(|known| {
            known.asked = Instant::now();
            known.sought = sought.or(known.sought);
            if let Some(keys) = keys {
                known.keys = keys;
            }
        });
    }
}
