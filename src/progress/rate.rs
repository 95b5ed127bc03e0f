//! How fast it goes, smoothed.

use std::{collections::VecDeque, time::Duration};

/// Long enough to smooth bursts, short enough to show a throttled service.
const WINDOW: Duration = Duration::from_secs(30);

/// A rate over less would jump about.
const SHORTEST: Duration = Duration::from_secs(3);

/// The rate of a growing number over the last [`WINDOW`].
#[derive(Debug)]
pub(super) struct Rate {
    readings: VecDeque<(Duration, u64)>,
}

impl Default for Rate {
    /// A run starts at nothing.
    fn default() -> Self {
        Self {
            readings: VecDeque::from([(Duration::ZERO, 0)]),
        }
    }
}

impl Rate {
    /// Takes a reading and returns the rate per second, once it is known.
    pub(super) fn read(&mut self, elapsed: Duration, number: u64) -> Option<f64> {
        self.readings.push_back((elapsed, number));
        // The oldest one kept is the last that covers the window.
        while let Some((second, _)) = self.readings.get(1)
            && WINDOW <= elapsed.saturating_sub(*second)
        {
            self.readings.pop_front();
        }
        let (since, before) = *self.readings.front()?;
        let span = elapsed.saturating_sub(since);
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        let grown = number.saturating_sub(before) as f64;
        (SHORTEST <= span).then(|| grown / span.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_unknown_at_first_and_forgets_what_is_long_ago() {
        let mut rate = Rate::default();
        let mut read = |second, number| rate.read(Duration::from_secs(second), number);

        assert_eq!(read(2, 100), None);
        assert_eq!(read(10, 500), Some(50.0));
        assert_eq!(read(40, 500), Some(0.0));
        assert_eq!(read(70, 560), Some(2.0));
    }
}
