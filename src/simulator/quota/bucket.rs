//! A bucket of tokens: what an application may spend in a tenant.
//!
//! Full at the start and refilled evenly. A refused attempt costs as much as
//! one that is let through, so whoever does not wait, waits longer.

use std::time::Duration;

/// A token bucket on the world's clock.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    amount: f64,
    span: f64,
    factor: f64,
    tokens: f64,
    updated: Duration,
}

impl Bucket {
    /// Returns a full bucket that allows `amount` in any `span` on average.
    pub(crate) fn new(amount: f64, span: Duration) -> Self {
        let span = span.as_secs_f64();
        let mut bucket = Self {
            amount,
            span,
            factor: 1.0,
            tokens: 0.0,
            updated: Duration::ZERO,
        };
        bucket.tokens = bucket.capacity();
        bucket
    }

    /// Takes `cost` tokens, or says how long it takes until they are there.
    pub(crate) fn take(&mut self, now: Duration, cost: f64) -> Result<(), Duration> {
        self.refill(now);
        let enough = cost <= self.tokens + 1e-9;
        self.tokens = (self.tokens - cost).max(-self.capacity());
        if enough {
            Ok(())
        } else {
            Err(Duration::from_secs_f64(
                ((cost - self.tokens) / self.per_second()).clamp(0.001, 3600.0),
            ))
        }
    }

    /// Allows, from `now` on, `factor` times what was allowed at first.
    pub(crate) fn rescale(&mut self, now: Duration, factor: f64) {
        self.refill(now);
        self.factor = factor;
        let capacity = self.capacity();
        self.tokens = self.tokens.clamp(-capacity, capacity);
    }

    /// Returns which part of the bucket has been spent.
    pub(crate) fn spent(&self) -> f64 {
        (self.capacity() - self.tokens) / self.capacity()
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.updated);
        self.updated = self.updated.max(now);
        let refilled = self.tokens + passed.as_secs_f64() * self.per_second();
        self.tokens = refilled.min(self.capacity());
    }

    fn capacity(&self) -> f64 {
        (self.amount * self.factor).max(1.0)
    }

    fn per_second(&self) -> f64 {
        self.amount * self.factor / self.span
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

    #[test]
    fn a_change_counts_from_its_instant_on() {
        let mut bucket = Bucket::new(50.0, SECOND);

        bucket.rescale(SECOND, 0.1);
        let passed = (0..50).filter(|_| bucket.take(SECOND, 1.0).is_ok()).count();
        bucket.rescale(SECOND * 10, 1.0);
        let right_after = bucket.tokens;

        assert_eq!(5, passed);
        assert!(right_after <= 5.0, "{right_after}");
        assert_eq!(Ok(()), bucket.take(SECOND * 12, 50.0));
    }
}
