//! One documented quota: a limiter, a gate, and a rate that gives way.
//!
//! # Why not governor's `until_ready`?
//!
//! It sleeps on a timer of its own, which a paused tokio clock cannot see.
//! So the limiter is asked with `check_n` on a tokio clock, and the waiting is
//! done here, where stopping can end it.

use std::{
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
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
    sync::Semaphore,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::BudgetFigures;

/// How much of a second's quota may be spent at once.
const BURST_SHARE: f64 = 0.02;
/// What a throttled answer leaves of the rate.
const YIELD: f64 = 0.5;
/// How much of the full rate comes back each second.
const RECOVERY_PER_SECOND: f64 = 0.05;
/// The rate never falls below this share of the full one.
const LEAST_SHARE: f64 = 0.02;
/// Throttled answers within this time are one and the same warning.
const SAME_WARNING: Duration = Duration::from_secs(1);

/// No hold is longer: a service that asks for years is not asking for a wait,
/// and every caller's patience has ended long before.
const LONGEST_HOLD: Duration = Duration::from_hours(24 * 7);

/// The run is stopping; nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

/// Leave to write one request now.
#[derive(Debug)]
#[must_use = "a pass that is not used wastes the quota"]
pub struct Pass(());

/// One quota of a service, shared by all who spend it.
#[derive(Debug)]
pub struct Budget {
    name: &'static str,
    full_rate: f64,
    clock: TokioClock,
    /// The head of the queue waits for a slot, the others for their turn:
    /// first come, first served, and one timer instead of thousands.
    turn: Semaphore,
    pace: Mutex<Pace>,
    meter: Mutex<Meter>,
    throttled: AtomicU64,
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct Pace {
    limiter: Limiter,
    rate: f64,
    changed: Instant,
    held_until: Instant,
}

#[derive(Debug, Default)]
struct Meter {
    requests: u64,
    second: u64,
    in_second: u64,
    peak: u64,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// A clock for `governor` that `tokio::time::pause` controls.
#[derive(Debug, Clone)]
struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

impl Budget {
    /// A budget of `per_second` units a second; `name` as under `[limits]`.
    pub fn new(name: &'static str, per_second: f64) -> Self {
        let now = Instant::now();
        let clock = TokioClock { origin: now };
        let pace = Pace {
            limiter: limiter(per_second, &clock),
            rate: per_second,
            changed: now,
            held_until: now,
        };
        Self {
            name,
            full_rate: per_second,
            clock,
            turn: Semaphore::new(1),
            pace: Mutex::new(pace),
            meter: Mutex::default(),
            throttled: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
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
    pub async fn pass(&self, units: NonZeroU32, stop: &CancellationToken) -> Result<Pass, Stopped> {
        let _counted = Waiting::new(&self.waiting);
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Stopped),
            pass = self.slot(units) => Ok(pass),
        }
    }

    /// Slows everyone down because the service asked, for at least `delay`.
    pub fn throttle(&self, delay: Duration) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
        self.hold(delay);
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if SAME_WARNING <= pace.changed.elapsed() || pace.rate >= self.full_rate {
            let rate = (pace.rate * YIELD).max(self.full_rate * LEAST_SHARE);
            self.set_rate(&mut pace, rate);
        }
    }

    /// Closes the gate to everyone for `delay`.
    pub fn hold(&self, delay: Duration) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + delay.min(LONGEST_HOLD);
        pace.held_until = pace.held_until.max(until);
    }

    /// What was spent and what is going on.
    pub fn figures(&self) -> BudgetFigures {
        let (rate, held) = {
            let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            (
                pace.rate,
                pace.held_until.saturating_duration_since(Instant::now()),
            )
        };
        let meter = self.meter.lock().unwrap_or_else(PoisonError::into_inner);
        BudgetFigures {
            name: self.name,
            requests: meter.requests,
            throttled: self.throttled.load(Ordering::Relaxed),
            peak_per_second: meter.peak,
            rate,
            waiting: self.waiting.load(Ordering::Relaxed),
            held,
        }
    }

    async fn slot(&self, units: NonZeroU32) -> Pass {
        // The semaphore is never closed; were it, nobody would need to queue.
        let _turn = self.turn.acquire().await.ok();
        while let Some(wait) = self.wait_for(units) {
            sleep(wait).await;
        }
        self.count();
        Pass(())
    }

    /// How long the head of the queue has to wait, or `None` once it has spent.
    fn wait_for(&self, units: NonZeroU32) -> Option<Duration> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let held = pace.held_until.saturating_duration_since(Instant::now());
        if !held.is_zero() {
            return Some(held);
        }
        self.creep_back(&mut pace);
        match pace.limiter.check_n(units) {
            Ok(Ok(())) => None,
            Ok(Err(not_yet)) => Some(not_yet.wait_time_from(self.clock.now())),
            // More units than fit into one burst: spend what there is, one burst at a time.
            Err(_) => match pace.limiter.check() {
                Ok(()) => None,
                Err(not_yet) => Some(not_yet.wait_time_from(self.clock.now())),
            },
        }
    }

    fn creep_back(&self, pace: &mut Pace) {
        let since = pace.changed.elapsed().min(SAME_WARNING * 10);
        if pace.rate < self.full_rate && SAME_WARNING <= since {
            let step = self.full_rate * RECOVERY_PER_SECOND * since.as_secs_f64();
            let rate = (pace.rate + step).min(self.full_rate);
            self.set_rate(pace, rate);
        }
    }

    fn set_rate(&self, pace: &mut Pace, rate: f64) {
        pace.rate = rate;
        pace.changed = Instant::now();
        pace.limiter = limiter(rate, &self.clock);
        // A new limiter is full; what it holds was spent under the old one.
        while pace.limiter.check().is_ok() {}
    }

    fn count(&self) {
        let second = self.clock.now().as_secs();
        let mut meter = self.meter.lock().unwrap_or_else(PoisonError::into_inner);
        if meter.second != second {
            meter.second = second;
            meter.in_second = 0;
        }
        meter.requests += 1;
        meter.in_second += 1;
        meter.peak = meter.peak.max(meter.in_second);
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

fn limiter(per_second: f64, clock: &TokioClock) -> Limiter {
    let period = Duration::try_from_secs_f64(per_second.recip())
        .unwrap_or(Duration::from_secs(1))
        .max(Duration::from_nanos(1));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what fits"
    )]
    let burst = (per_second * BURST_SHARE).clamp(1.0, f64::from(u16::MAX)) as u32;
    let quota = Quota::with_period(period)
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
    RateLimiter::direct_with_clock(quota, clock.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    #[tokio::test(start_paused = true)]
    async fn a_budget_lets_its_rate_pass_and_no_more() {
        let budget = Budget::new("connector", 50.0);
        let stop = CancellationToken::new();
        let started = Instant::now();

        for _ in 0..101 {
            drop(budget.pass(ONE, &stop).await.unwrap());
        }

        assert_eq!(started.elapsed().as_millis(), 2000);
        assert_eq!(budget.figures().requests, 101);
        assert_eq!(budget.figures().peak_per_second, 50);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_passes_while_the_gate_is_closed() {
        let budget = Budget::new("connector", 50.0);
        let stop = CancellationToken::new();
        let started = Instant::now();

        budget.throttle(Duration::from_secs(30));
        drop(budget.pass(ONE, &stop).await.unwrap());

        assert!(Duration::from_secs(30) <= started.elapsed());
        assert_eq!(budget.figures().throttled, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_halves_on_a_throttled_answer_and_comes_back_in_seconds() {
        let budget = Budget::new("connector", 50.0);
        let stop = CancellationToken::new();

        budget.throttle(Duration::ZERO);
        budget.throttle(Duration::ZERO);
        let halved = budget.figures().rate;
        let started = Instant::now();
        while budget.figures().rate < 50.0 {
            drop(budget.pass(ONE, &stop).await.unwrap());
        }

        assert!((halved - 25.0).abs() < f64::EPSILON);
        assert!(
            started.elapsed() <= Duration::from_secs(12),
            "{:?}",
            started.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_the_wait_at_once() {
        let budget = Budget::new("connector", 50.0);
        let stop = CancellationToken::new();
        budget.hold(Duration::from_hours(1));
        let started = Instant::now();

        let (end, ()) = tokio::join!(budget.pass(ONE, &stop), async {
            sleep(Duration::from_secs(1)).await;
            stop.cancel();
        });

        assert_eq!(end.unwrap_err(), Stopped);
        assert_eq!(started.elapsed(), Duration::from_secs(1));
    }
}
