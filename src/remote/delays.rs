//! Delays between attempts, growing from one second.
//!
//! # Why is `backoff` confined to this file?
//!
//! The crate is unmaintained. Its arithmetic is sound, its retry loops are
//! not what we need: an error with a `retry_after` skips their limits. So it
//! serves as a source of delays only, and replacing it means this file.

use std::time::Duration;

use backoff::{ExponentialBackoff, backoff::Backoff};

/// Spreads a delay so that callers do not return all at once.
pub type Jitter = fn(Duration) -> Duration;

/// The first delay.
const FIRST: Duration = Duration::from_secs(1);
/// The longest delay.
const LONGEST: Duration = Duration::from_secs(30);
/// Each delay is this much longer than the one before.
const GROWTH: f64 = 2.0;

/// An endless series of delays: 1 s, 2 s, 4 s … 30 s, each passed through a
/// jitter.
#[derive(Debug)]
pub struct Delays {
    source: ExponentialBackoff,
    jitter: Jitter,
}

impl Delays {
    /// The series from its start.
    pub fn new(jitter: Jitter) -> Self {
        let source = ExponentialBackoff {
            current_interval: FIRST,
            initial_interval: FIRST,
            randomization_factor: 0.0,
            multiplier: GROWTH,
            max_interval: LONGEST,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        Self { source, jitter }
    }
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.source.next_backoff().map(self.jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_half_a_minute() {
        let seconds: Vec<u64> = Delays::new(|delay| delay)
            .take(7)
            .map(|delay| delay.as_secs())
            .collect();

        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
    }
}
