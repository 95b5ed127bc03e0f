//! Sliding windows: what may happen in any stretch of so many seconds.

use std::time::Duration;

use smallvec::SmallVec;

/// At most `most` attempts in any `span`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    /// How many.
    pub(crate) most: usize,
    /// In how long.
    pub(crate) span: Duration,
}

impl Window {
    /// Returns the window of `most` in `seconds`.
    pub(crate) const fn new(most: usize, seconds: u64) -> Self {
        Self {
            most,
            span: Duration::from_secs(seconds),
        }
    }

    fn scaled(self, factor: f64) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand at most"
        )]
        let most = (self.most as f64 * factor).round().max(1.0) as usize;
        most
    }
}

/// When the latest attempts came, in nanoseconds of the world.
///
/// There may be one of these for each of a million people, and few of them have
/// seen more than two attempts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts {
    times: SmallVec<[u64; 2]>,
}

impl Attempts {
    /// Counts an attempt; refused ones count as well.
    ///
    /// Says how long to wait if one of `windows`, each `factor` times as wide
    /// as documented, was full.
    pub(crate) fn record(
        &mut self,
        now: Duration,
        windows: &[Window],
        factor: f64,
    ) -> Result<(), Duration> {
        let oldest = nanoseconds(now.saturating_sub(longest(windows)));
        let old = self.times.partition_point(|&time| time <= oldest);
        // What came at the very beginning is not older than any window yet.
        if longest(windows) <= now {
            self.times.drain(..old);
        }
        let is_full = wait(now, windows, factor, &self.times).is_some();
        self.times.push(nanoseconds(now));
        if is_full {
            Err(wait(now, windows, factor, &self.times).unwrap_or_default())
        } else {
            Ok(())
        }
    }

    /// Says how long to wait if one of `windows` was full of these attempts
    /// and `others` before the latest.
    pub(crate) fn check_with(
        &self,
        others: &Self,
        now: Duration,
        windows: &[Window],
        factor: f64,
    ) -> Result<(), Duration> {
        let mut times: Vec<u64> = self.times.iter().chain(&others.times).copied().collect();
        times.sort_unstable();
        let wait_with_latest = wait(now, windows, factor, &times);
        times.pop();
        match wait(now, windows, factor, &times) {
            Some(_) => Err(wait_with_latest.unwrap_or_default()),
            None => Ok(()),
        }
    }

    /// Whether none of `windows` looks back on any of them.
    pub(crate) fn are_over(&self, now: Duration, windows: &[Window]) -> bool {
        let latest = self.times.last().copied().map(Duration::from_nanos);
        latest.is_none_or(|latest| latest + longest(windows) <= now)
    }

    /// Returns how many attempts came in the second up to `now`.
    pub(crate) fn in_last_second(&self, now: Duration) -> usize {
        let times = self.times.iter().rev().copied().map(Duration::from_nanos);
        times
            .take_while(|&time| now < time + Duration::from_secs(1))
            .count()
    }
}

fn longest(windows: &[Window]) -> Duration {
    let spans = windows.iter().map(|window| window.span);
    spans.max().unwrap_or_default()
}

/// A world that is five centuries old stands still.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn wait(now: Duration, windows: &[Window], factor: f64, times: &[u64]) -> Option<Duration> {
    let of_window = |window: &Window| {
        let nth_latest = times.len().checked_sub(window.scaled(factor))?;
        let blocking = Duration::from_nanos(*times.get(nth_latest)?);
        (blocking + window.span)
            .checked_sub(now)
            .filter(|wait| !wait.is_zero())
    };
    windows.iter().filter_map(of_window).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_window_refuses_by_itself() {
        let windows = [
            Window::new(7, 1),
            Window::new(8, 2),
            Window::new(60, 30),
            Window::new(1800, 3600),
        ];
        let mut attempts = Attempts::default();

        let in_first_second = (0..8)
            .filter(|_| attempts.record(Duration::ZERO, &windows, 1.0).is_ok())
            .count();

        assert_eq!(7, in_first_second);
        assert_eq!(Err(SECOND), attempts.record(SECOND, &windows, 1.0));
        assert_eq!(Ok(()), attempts.record(SECOND * 3, &windows, 1.0));
    }

    #[test]
    fn a_slow_sender_meets_the_longer_windows() {
        let windows = [Window::new(7, 1), Window::new(8, 2), Window::new(60, 30)];
        let mut attempts = Attempts::default();

        let first_refused = (0..10_000)
            .find(|&number| attempts.record(SECOND * number / 3, &windows, 1.0).is_err());

        assert_eq!(Some(60), first_refused);
    }
}
