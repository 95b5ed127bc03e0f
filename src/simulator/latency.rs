//! How long the services take to answer.

use std::{str::FromStr, time::Duration};

use super::{hardship::span, tenant::dice::Dice};

/// Half of a standard normal distribution is below 0, and 99 % below this.
const NORMAL_P99: f64 = 2.326_347_9;

/// How long every answer takes, beside what hardships add.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Latency {
    /// No time.
    #[default]
    None,
    /// Always the same.
    Fixed(Duration),
    /// Log-normal: half of the answers come within `p50`, 99 % within `p99`.
    LongTailed {
        /// The median.
        p50: Duration,
        /// What one answer in a hundred takes at least.
        p99: Duration,
    },
}

impl Latency {
    /// Returns how long the answer to a request takes, drawn from the seed.
    pub(crate) fn draw(self, seed: u64, request: u64) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed(delay) => delay,
            Self::LongTailed { p50, p99 } => {
                let mut dice = Dice::new(seed ^ 0x006c_6174_656e_6379, request);
                let spread = (p99.as_secs_f64() / p50.as_secs_f64()).ln() / NORMAL_P99;
                let factor = (spread * normal(&mut dice)).exp();
                Duration::try_from_secs_f64(p50.as_secs_f64() * factor).unwrap_or(p99)
            }
        }
    }
}

impl FromStr for Latency {
    type Err = String;

    /// Reads `80ms`, or `60ms..900ms` for a median and a 99th percentile.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((p50, p99)) = text.split_once("..") else {
            return span::read(text).map(Self::Fixed);
        };
        let (p50, p99) = (span::read(p50)?, span::read(p99)?);
        if p50.is_zero() || p99 < p50 {
            return Err(format!(
                "`{text}` is no range; write a median above 0 and then a longer time, like 60ms..900ms"
            ));
        }
        Ok(Self::LongTailed { p50, p99 })
    }
}

/// Returns a number of the standard normal distribution (Box and Muller).
fn normal(dice: &mut Dice) -> f64 {
    let radius = (-2.0 * (1.0 - dice.share()).ln()).sqrt();
    radius * (std::f64::consts::TAU * dice.share()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_tail_has_the_median_and_the_percentile_it_was_given() {
        let latency: Latency = "60ms..900ms".parse().unwrap();
        let mut drawn: Vec<Duration> = (0..20_000).map(|number| latency.draw(7, number)).collect();
        drawn.sort();

        let (median, late) = (drawn[10_000].as_millis(), drawn[19_800].as_millis());

        assert!((57..=63).contains(&median), "{median}");
        assert!((800..=1000).contains(&late), "{late}");
        assert_eq!(latency.draw(7, 3), latency.draw(7, 3));
        assert_ne!(latency.draw(7, 3), latency.draw(8, 3));
    }

    #[test]
    fn a_profile_is_a_time_or_a_range() {
        let milliseconds = Duration::from_millis;
        assert_eq!(Ok(Latency::Fixed(milliseconds(80))), "80ms".parse());
        for text in ["", "fast", "0s..1s", "2s..1s", "1s.."] {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }
}
