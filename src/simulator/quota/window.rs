//! Sliding windows: what may happen in any stretch of so many seconds.

use std::{collections::VecDeque, time::Duration};

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
}

/// When the latest attempts came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts {
    times: VecDeque<Duration>,
}

impl Attempts {
    /// Counts an attempt; refused ones count as well.
    ///
    /// Says how long to wait if one of `windows` was full.
    pub(crate) fn record(&mut self, now: Duration, windows: &[Window]) -> Result<(), Duration> {
        let longest = windows
            .iter()
            .map(|window| window.span)
            .max()
            .unwrap_or_default();
        while self
            .times
            .front()
            .is_some_and(|&time| time + longest <= now)
        {
            self.times.pop_front();
        }
        let wait = windows
            .iter()
            .filter_map(|window| self.wait(now, *window))
            .max();
        self.times.push_back(now);
        wait.map_or(Ok(()), Err)
    }

    /// Returns how many attempts came in the second up to `now`.
    pub(crate) fn in_last_second(&self, now: Duration) -> usize {
        self.times
            .iter()
            .rev()
            .take_while(|&&time| now < time + Duration::from_secs(1))
            .count()
    }

    fn wait(&self, now: Duration, window: Window) -> Option<Duration> {
        let nth_latest = self.times.len().checked_sub(window.most)?;
        let blocking = self.times.get(nth_latest)?;
        (*blocking + window.span)
            .checked_sub(now)
            .filter(|wait| !wait.is_zero())
    }
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
            .filter(|_| attempts.record(Duration::ZERO, &windows).is_ok())
            .count();

        assert_eq!(7, in_first_second);
        assert_eq!(Err(SECOND), attempts.record(SECOND, &windows));
        assert_eq!(Ok(()), attempts.record(SECOND * 3, &windows));
    }

    #[test]
    fn a_slow_sender_meets_the_longer_windows() {
        let windows = [Window::new(7, 1), Window::new(8, 2), Window::new(60, 30)];
        let mut attempts = Attempts::default();

        let first_refused =
            (0..10_000).find(|&number| attempts.record(SECOND * number / 3, &windows).is_err());

        assert_eq!(Some(60), first_refused);
    }
}
