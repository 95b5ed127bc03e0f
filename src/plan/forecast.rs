//! How long a campaign takes, and what it asks of each budget.

use std::time::Duration;

use crate::campaign::{Delivery, Limits};

use super::{
    bound::{People, bound, rates},
    ways::BUDGETS,
};

/// The budget people are looked up from.
const DIRECTORY: &str = "directory";

/// How long a campaign takes at least.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Which share of those of whom nothing is known is taken to lack the app.
    pub lacking: f64,
    /// No run takes less.
    pub time: Duration,
    /// The budget that sets the pace.
    pub bottleneck: Option<&'static str>,
    /// What is asked of each budget.
    pub calls: Vec<Calls>,
}

/// What is asked of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Calls {
    /// Its name, as under `[limits]`.
    pub budget: &'static str,
    /// Requests.
    pub requests: f64,
    /// Requests a second.
    pub rate: f64,
}

impl Calls {
    /// How long the budget is busy at least.
    pub fn seconds(&self) -> f64 {
        self.requests / self.rate
    }
}

/// The forecast for `people`, to find whom takes `lookups` requests.
pub fn forecast(people: People, lookups: u64, delivery: Delivery, limits: &Limits) -> Forecast {
    let bound = bound(people, delivery, limits);
    #[expect(clippy::cast_precision_loss, reason = "a forecast")]
    let directory = Calls {
        budget: DIRECTORY,
        requests: lookups as f64,
        rate: limits.directory,
    };
    let spent = BUDGETS.into_iter().zip(bound.requests).zip(rates(limits));
    let calls = spent.map(|((budget, requests), rate)| Calls {
        budget,
        requests,
        rate,
    });
    // People are looked up while others are written to.
    let reading = Duration::try_from_secs_f64(directory.seconds()).unwrap_or_default();
    let (time, bottleneck) = if bound.time < reading {
        (reading, Some(DIRECTORY))
    } else {
        (bound.time, bound.bottleneck)
    };
    Forecast {
        lacking: people.lacking,
        time,
        bottleneck,
        calls: [directory].into_iter().chain(calls).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_allows_little_sets_the_pace() {
        let people = People {
            known: 50,
            ..People::default()
        };
        let limits = Limits {
            directory: 0.5,
            ..Limits::default()
        };

        let usual = forecast(people, 4, Delivery::default(), &Limits::default());
        let slow = forecast(people, 4, Delivery::default(), &limits);

        assert_eq!(usual.time, Duration::from_secs(1));
        assert_eq!(usual.bottleneck, Some("connector"));
        assert_eq!(slow.time, Duration::from_secs(8));
        assert_eq!(slow.bottleneck, Some("directory"));
        let asked = |name| slow.calls.iter().find(|calls| calls.budget == name);
        assert_eq!(asked("connector").map(|calls| calls.requests), Some(50.0));
    }
}
