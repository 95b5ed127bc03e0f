//! One documented quota: a limiter, a gate, and a rate that gives way.
//!
//! # Why not governor's `until_ready`?
//!
//! It sleeps on a timer of its own, which a paused tokio clock cannot see.
//! So the limiter is asked with `check_n` on a clock of ours, and the waiting
//! is done here, where stopping can end it.
//!
//! # Why ranks?
//!
//! A slot of an idle budget is best spent on somebody who is not decided yet,
//! but not while somebody waits who has no other way. With ranks that choice is
//! made when the slot is there, so it is never a guess.

mod clock;
mod meter;
mod pace;

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use self::{clock::PacedClock, meter::Meter, pace::Pace};
use super::BudgetFigures;

/// A timer that wakes late may catch up so much, in seconds. One stretch of a
/// second then sees at most 2 % and one request more than the rate.
const SLACK: f64 = 0.02;
/// The limiter counts in parts of a request, so that [`SLACK`] may be one.
const CELLS: u32 = 16;
/// Requests on the wire at once. At 50 a second that is four seconds for an
/// answer; with every budget at its most, sockets stay below the 1024 files a
/// process may have open by default.
pub(super) const ON_THE_WIRE: usize = 200;
/// Who gave way looks again after this share of the time to the next slot.
const LOOK_AGAIN: f64 = 0.25;

/// The run is stopping; nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Leave to write one request now; kept until it is answered.
#[derive(Debug)]
#[must_use = "a pass that is not used wastes the quota"]
pub struct Pass {
    _on_the_wire: Option<OwnedSemaphorePermit>,
}

/// Who goes first where several wait for one budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// Nothing else is left to do for them, or nothing is more urgent.
    Due,
    /// They are under way, and can wait or go another way.
    Begun,
    /// Nothing was spent on them yet.
    New,
}

/// One quota of a service, shared by all who spend it.
#[derive(Debug)]
pub struct Budget {
    name: &'static str,
    origin: Instant,
    clock: PacedClock,
    limiter: Limiter,
    burst: NonZeroU32,
    lines: [Line; 3],
    wire: Arc<Semaphore>,
    pace: Mutex<Pace>,
    meter: Meter,
}

/// Those of one rank. The head of the line waits for a slot, the others for
/// their turn: first come, first served, and one timer instead of thousands.
#[derive(Debug)]
struct Line {
    turn: Semaphore,
    waiting: AtomicUsize,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, PacedClock, NoOpMiddleware<Duration>>;

impl Budget {
    /// A budget of `per_second` units a second; `name` as under `[limits]`.
    pub fn new(name: &'static str, per_second: f64) -> Self {
        let origin = Instant::now();
        let clock = PacedClock::new(origin);
        let line = || Line {
            turn: Semaphore::new(1),
            waiting: AtomicUsize::new(0),
        };
        let burst = burst(per_second);
        let quota = Quota::with_period(cell(per_second))
            .unwrap_or(Quota::per_second(NonZeroU32::MIN))
            .allow_burst(burst);
        Self {
            name,
            origin,
            limiter: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            burst,
            lines: [line(), line(), line()],
            wire: Arc::new(Semaphore::new(ON_THE_WIRE)),
            pace: Mutex::new(Pace::new(per_second)),
            meter: Meter::default(),
        }
    }

    /// The name, as under `[limits]`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Waits until `units` may be spent, or for the run to stop.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue and spends nothing.
    pub async fn pass(
        &self,
        units: NonZeroU32,
        rank: Rank,
        stop: &CancellationToken,
    ) -> Result<Pass, Stopped> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Stopped),
            pass = self.slot(units, rank) => Ok(pass),
        }
    }

    /// Slows everyone down because the service asked, for at least `delay`.
    pub fn throttle(&self, delay: Duration) {
        self.meter.throttled();
        self.pace().throttled(self.origin.elapsed());
        self.hold(delay);
    }

    /// Closes the gate to everyone for `delay`.
    pub fn hold(&self, delay: Duration) {
        self.pace().hold(self.origin.elapsed(), delay);
    }

    /// What was spent and what is going on.
    pub fn figures(&self) -> BudgetFigures {
        let (rate, held) = {
            let pace = self.pace();
            (pace.rate(), pace.held(self.origin.elapsed()))
        };
        let waiting = self.lines.iter().map(Line::waiting).sum();
        self.meter.figures(BudgetFigures {
            name: self.name,
            rate,
            waiting,
            held,
            requests: 0,
            throttled: 0,
            peak_per_second: 0,
        })
    }

    async fn slot(&self, units: NonZeroU32, rank: Rank) -> Pass {
        let [due, begun, new] = &self.lines;
        let (line, before): (_, &[&Line]) = match rank {
            Rank::Due => (due, &[]),
            Rank::Begun => (begun, &[due]),
            Rank::New => (new, &[due, begun]),
        };
        let _counted = Waiting::new(&line.waiting);
        // The semaphores are never closed; were they, nobody would need to queue.
        let _turn = line.turn.acquire().await.ok();
        let on_the_wire = Arc::clone(&self.wire).acquire_owned().await.ok();
        while let Some(wait) = self.wait_for(units, before) {
            sleep(wait).await;
        }
        self.meter.count(self.origin.elapsed());
        Pass {
            _on_the_wire: on_the_wire,
        }
    }

    /// How long the head of a line has to wait, or `None` once it has spent.
    fn wait_for(&self, units: NonZeroU32, before: &[&Line]) -> Option<Duration> {
        let now = self.origin.elapsed();
        let rate = {
            let mut pace = self.pace();
            let held = pace.held(now);
            if !held.is_zero() {
                return Some(held);
            }
            pace.advance(now);
            self.clock.set_speed(pace.share());
            pace.rate()
        };
        if before.iter().any(|line| 0 < line.waiting()) {
            return Duration::try_from_secs_f64(LOOK_AGAIN / rate).ok();
        }
        let cells = NonZeroU32::new(units.get().saturating_mul(CELLS)).unwrap_or(units);
        // What does not fit into one burst costs a whole one.
        let spent = self.limiter.check_n(cells.min(self.burst));
        match spent {
            Ok(Ok(())) | Err(_) => None,
            Ok(Err(not_yet)) => {
                let wait = not_yet.wait_time_from(self.clock.now());
                Some(self.clock.in_the_world(wait))
            }
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Counts a caller as waiting for as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long one part of a request takes.
fn cell(per_second: f64) -> Duration {
    Duration::try_from_secs_f64((per_second * f64::from(CELLS)).recip())
        .unwrap_or(Duration::from_secs(1))
        .max(Duration::from_nanos(1))
}

/// One request, and what may be caught up.
fn burst(per_second: f64) -> NonZeroU32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what fits"
    )]
    let slack = (per_second * SLACK * f64::from(CELLS)).clamp(0.0, f64::from(u16::MAX)) as u32;
    NonZeroU32::MIN.saturating_add(CELLS - 1 + slack)
}

#[cfg(test)]
mod tests;
