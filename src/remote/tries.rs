//! What one request has cost so far, kept between its attempts.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::model::Evidence;

use super::{CallError, Delays, Jitter, Stopped};

/// What one request has cost so far, and when it may be made again.
#[derive(Debug)]
pub struct Tries {
    pub(super) delays: Delays,
    pub(super) attempts: u32,
    pub(super) failures: u32,
    pub(super) waited: Duration,
    pub(super) renewed: bool,
    /// An attempt went unanswered: the request may have had its effect.
    pub(super) perhaps_done: Option<Evidence>,
    due: Option<Instant>,
}

impl Tries {
    pub(super) fn new(jitter: Jitter) -> Self {
        Self {
            delays: Delays::new(jitter),
            attempts: 0,
            failures: 0,
            waited: Duration::ZERO,
            renewed: false,
            perhaps_done: None,
            due: None,
        }
    }

    /// Whether an attempt went unanswered, so that the request may have had
    /// its effect.
    pub fn may_be_done(&self) -> bool {
        self.perhaps_done.is_some()
    }

    /// Waits until the next attempt may be made, or for the run to stop.
    pub async fn wait(&self, stop: &CancellationToken) -> Result<(), Stopped> {
        let Some(due) = self.due else { return Ok(()) };
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Stopped),
            () = sleep_until(due) => Ok(()),
        }
    }

    pub(super) fn again_after(&mut self, delay: Duration) {
        self.waited = self.waited.saturating_add(delay);
        self.due = Instant::now().checked_add(delay);
    }

    /// What `error` means, once an attempt may have had its effect: unknown.
    pub fn conclude(&mut self, error: CallError) -> CallError {
        match self.perhaps_done.take() {
            Some(evidence) => CallError::Unknown {
                evidence: Box::new(evidence),
            },
            None => error,
        }
    }
}
