//! What one request has cost so far, kept between its attempts.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Delays, Jitter, Stopped};

/// What one request has cost so far, and when it may be made again.
#[derive(Debug)]
pub struct Tries {
    pub(super) delays: Delays,
    pub(super) attempts: u32,
    pub(super) failures: u32,
    pub(super) waited: Duration,
    pub(super) renewed: bool,
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
            due: None,
        }
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
}
