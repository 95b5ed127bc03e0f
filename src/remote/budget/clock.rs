//! A clock whose speed is the rate that gives way.
//!
//! The limiter lets its full rate pass on this clock; when the service asks to
//! slow down, the clock does. So the limiter is never replaced, and what it
//! knows of the last requests stays known.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::clock::Clock;
use tokio::time::Instant;

/// A clock for `governor` that `tokio::time::pause` controls; clones show the
/// same time.
#[derive(Debug, Clone)]
pub(super) struct PacedClock {
    face: Arc<Mutex<Face>>,
}

#[derive(Debug, Clone, Copy)]
struct Face {
    shown: Duration,
    since: Instant,
    speed: f64,
}

impl PacedClock {
    /// A clock that shows nothing yet and goes at full speed.
    pub(super) fn new(now: Instant) -> Self {
        let face = Face {
            shown: Duration::ZERO,
            since: now,
            speed: 1.0,
        };
        Self {
            face: Arc::new(Mutex::new(face)),
        }
    }

    /// From now on it goes at `speed`, where 1 is that of the world.
    pub(super) fn set_speed(&self, speed: f64) {
        let mut face = self.face.lock().unwrap_or_else(PoisonError::into_inner);
        if (face.speed - speed).abs() > f64::EPSILON {
            face.shown = face.shows();
            face.since = Instant::now();
            face.speed = speed;
        }
    }

    /// How long the world takes for what takes `wait` on this clock.
    pub(super) fn in_the_world(&self, wait: Duration) -> Duration {
        let face = *self.face.lock().unwrap_or_else(PoisonError::into_inner);
        wait.div_f64(face.speed)
    }
}

impl Face {
    fn shows(&self) -> Duration {
        self.shown + self.since.elapsed().mul_f64(self.speed)
    }
}

impl Clock for PacedClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let face = self.face.lock().unwrap_or_else(PoisonError::into_inner);
        face.shows()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_at_its_speed_and_never_jumps() {
        let clock = PacedClock::new(Instant::now());
        let minute = Duration::from_mins(1);

        advance(minute).await;
        clock.set_speed(0.5);
        let slowed = clock.now();
        advance(minute).await;

        assert_eq!(slowed, minute);
        assert_eq!(clock.now(), minute + minute / 2);
        assert_eq!(clock.in_the_world(minute), 2 * minute);
    }
}
