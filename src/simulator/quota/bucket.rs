//! A bucket of tokens: what an application may spend in a tenant.
//!
//! Full at the start and refilled evenly. A refused attempt costs as much as
//! one that is let through, so whoever does not wait, waits longer.

use std::time::Duration;

/// A token bucket on the world's clock.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    capacity: f64,
    per_second: f64,
    tokens: f64,
    updated: Duration,
}

impl Bucket {
    /// Returns a full bucket that allows `amount` in any `span` on average.
    pub(crate) fn new(amount: f64, span: Duration) -> Self {
        let capacity = amount.max(1.0);
        Self {
            capacity,
            per_second: amount / span.as_secs_f64(),
            tokens: capacity,
            updated: Duration::ZERO,
        }
    }

    /// Takes `cost` tokens, or says how long it takes until they are there.
    pub(crate) fn take(&mut self, now: Duration, cost: f64) -> Result<(), Duration> {
        let passed = now.saturating_sub(self.updated);
        self.updated = self.updated.max(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(self.capacity);
        let enough = cost <= self.tokens + 1e-9;
        self.tokens = (self.tokens - cost).max(-self.capacity);
        if enough {
            Ok(())
        } else {
            Err(Duration::from_secs_f64(
                ((cost - self.tokens) / self.per_second).clamp(0.001, 3600.0),
            ))
        }
    }

    /// Returns which part of the bucket has been spent.
    pub(crate) fn spent(&self) -> f64 {
        (self.capacity - self.tokens) / self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_steady_pace_at_the_limit_is_never_refused() {
        let mut bucket = Bucket::new(30.0, SECOND);

        for number in 0..3000 {
            assert_eq!(Ok(()), bucket.take(SECOND * number / 30, 1.0));
        }
    }

    #[test]
    fn a_refused_attempt_counts() {
        let mut bucket = Bucket::new(2.0, SECOND);
        assert_eq!(
            [true, true, false, false],
            [(); 4].map(|()| bucket.take(Duration::ZERO, 1.0).is_ok())
        );

        assert!(bucket.take(SECOND, 1.0).is_err());
        assert!(bucket.take(SECOND * 3, 1.0).is_ok());
    }
}
