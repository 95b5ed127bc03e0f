//! The rate that gives way: what a budget allows itself, as pure arithmetic.
//!
//! A throttled answer halves the rate and leaves a *ceiling*, the rate that was
//! refused. The way back is quick up to just below the ceiling, then slow: what
//! the service allows is most likely about there. The longer nobody complains,
//! the larger the steps get, so that a quota that comes back is used again
//! within seconds. The rate never exceeds the full one.
//!
//! Times are those since the budget was made.

use std::time::Duration;

/// What a throttled answer leaves of the rate.
const YIELD: f64 = 0.5;
/// The rate never falls below this share of the full one.
const LEAST_SHARE: f64 = 0.02;
/// Throttled answers within this time are one and the same warning.
const SAME_WARNING: Duration = Duration::from_secs(1);
/// The quick way back ends at this share of the ceiling.
const SAFE: f64 = 0.95;
/// Each second takes this share of the quick way that is left.
const RETURN: f64 = 0.5;
/// The slow way begins with this share of the full rate a second…
const STEP: f64 = 0.001;
/// …which doubles in so many seconds without a complaint…
const DOUBLES_IN: f64 = 4.0;
/// …up to so many times.
const BOLDEST: f64 = 16.0;
/// The ceiling is the mean rate since the last complaint, over about so many
/// seconds: a service that lets a burst pass refuses later than it should, and
/// what went well in between is what it allows.
const MEMORY: f64 = 20.0;
/// Longer than that without a request, and no more is learnt from the time.
const LONGEST_STEP: f64 = 10.0;
/// How finely time is cut, in seconds.
const SLICE: f64 = 0.1;
/// No hold is longer: a service that asks for years is not asking for a wait,
/// and every caller's patience has ended long before.
const LONGEST_HOLD: Duration = Duration::from_hours(24 * 7);

/// The rate a budget allows itself.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    full: f64,
    rate: f64,
    ceiling: f64,
    /// What the rate came to since it was last halved, and in how many
    /// seconds; both fade.
    passed: f64,
    span: f64,
    /// Up to when time has been taken into account.
    seen: Duration,
    /// When the rate was last halved.
    halved: Option<Duration>,
    /// For how many seconds the slow way has gone well.
    unopposed: f64,
    held_until: Duration,
}

impl Pace {
    /// A pace that starts at `full` requests a second.
    pub(super) fn new(full: f64) -> Self {
        Self {
            full,
            rate: full,
            ceiling: full,
            passed: 0.0,
            span: 0.0,
            seen: Duration::ZERO,
            halved: None,
            unopposed: 0.0,
            held_until: Duration::ZERO,
        }
    }

    /// The rate now allowed.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate now allowed, as a share of the full one.
    pub(super) fn share(&self) -> f64 {
        self.rate / self.full
    }

    /// How long nobody may pass.
    pub(super) fn held(&self, now: Duration) -> Duration {
        self.held_until.saturating_sub(now)
    }

    /// Lets nobody pass for `delay`.
    pub(super) fn hold(&mut self, now: Duration, delay: Duration) {
        self.advance(now);
        self.held_until = self.held_until.max(now + delay.min(LONGEST_HOLD));
    }

    /// Takes note of a throttled answer.
    pub(super) fn throttled(&mut self, now: Duration) {
        self.advance(now);
        if self.halved.is_some_and(|then| now < then + SAME_WARNING) {
            return;
        }
        self.ceiling = self.rate.min(self.mean().max(self.rate * YIELD));
        (self.passed, self.span) = (0.0, 0.0);
        self.rate = (self.rate * YIELD).max(self.full * LEAST_SHARE);
        self.halved = Some(now);
        self.unopposed = 0.0;
    }

    /// Takes the time until `now` into account. While the gate is closed
    /// nothing is learnt.
    pub(super) fn advance(&mut self, now: Duration) {
        let from = self.seen.max(self.held_until);
        self.seen = self.seen.max(now);
        if self.full <= self.rate && self.full <= self.mean() {
            return;
        }
        let mut left = now.saturating_sub(from).as_secs_f64().min(LONGEST_STEP);
        while 0.0 < left {
            let slice = left.min(SLICE);
            left -= slice;
            self.grow(slice);
        }
    }

    fn grow(&mut self, seconds: f64) {
        let safe = SAFE * self.ceiling;
        if self.rate < safe {
            let step = RETURN * (safe - self.rate) + (1.0 - SAFE) * self.ceiling;
            self.rate = (self.rate + seconds * step).min(safe);
        } else {
            let boldness = (self.unopposed / DOUBLES_IN).exp2().min(BOLDEST);
            self.rate += seconds * STEP * self.full * boldness;
            self.unopposed += seconds;
        }
        self.rate = self.rate.min(self.full);
        self.ceiling = self.ceiling.max(self.rate);
        let fade = (-seconds / MEMORY).exp();
        self.passed = self.passed * fade + self.rate * seconds;
        self.span = self.span * fade + seconds;
    }

    fn mean(&self) -> f64 {
        if self.span > 0.0 {
            self.passed / self.span
        } else {
            self.rate
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(number: f64) -> Duration {
        Duration::from_secs_f64(number)
    }

    #[test]
    fn a_throttled_answer_halves_the_rate_once_a_second() {
        let mut pace = Pace::new(50.0);

        let rates = [0.0, 0.9, 1.1].map(|second| {
            pace.throttled(seconds(second));
            format!("{:.0}", pace.rate())
        });

        // The second is part of the first warning, and finds it on its way back.
        assert_eq!(rates, ["25", "35", "18"]);
    }

    #[test]
    fn it_is_back_below_the_ceiling_in_seconds_and_then_careful() {
        let mut pace = Pace::new(50.0);
        pace.throttled(Duration::ZERO);

        let rates = [2.0, 4.0, 6.0, 20.0].map(|second| {
            pace.advance(seconds(second));
            format!("{:.0}", pace.rate())
        });

        assert_eq!(rates, ["43", "48", "48", "50"]);
    }

    #[test]
    fn nothing_is_learnt_from_the_time_the_gate_is_closed() {
        let mut pace = Pace::new(50.0);
        pace.throttled(Duration::ZERO);
        pace.hold(Duration::ZERO, seconds(60.0));

        pace.advance(seconds(60.0));

        assert!((pace.rate() - 25.0).abs() < f64::EPSILON);
        assert_eq!(pace.held(seconds(59.0)), seconds(1.0));
    }

    #[test]
    fn it_never_falls_to_nothing_nor_rises_above_the_full_rate() {
        let mut pace = Pace::new(50.0);

        for second in 0..1000 {
            pace.throttled(Duration::from_secs(second * 2));
            assert!(1.0 <= pace.rate());
        }
        for second in 2000..9000 {
            pace.advance(Duration::from_secs(second));
            assert!(pace.rate() <= 50.0);
        }

        assert!((pace.rate() - 50.0).abs() < f64::EPSILON);
    }
}
