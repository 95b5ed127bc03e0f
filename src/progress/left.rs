//! How long the rest will take, by what each budget still has to pay.
//!
//! What a person has cost so far is what the next one will cost. So a rate that
//! was halved a second ago, or a gate that is closed, shows at once.

use std::time::Duration;

use super::counts::Snapshot;
use crate::remote::BudgetFigures;

/// Beyond that nobody plans.
const LONGEST: f64 = 1e9;

/// How long the rest will take. Nothing while nobody waits for a budget, since
/// then something else sets the pace, or while too little is known.
pub(super) fn time_left(counts: &Snapshot, budgets: &[BudgetFigures]) -> Option<Duration> {
    if budgets.iter().all(|budget| budget.waiting == 0) {
        return None;
    }
    let work = Work::of(counts)?;
    let seconds = budgets.iter().map(|budget| {
        let paying = work.left_to_pay(budget) / budget.rate;
        if paying > 0.0 {
            paying + budget.held.as_secs_f64()
        } else {
            0.0
        }
    });
    let longest = seconds.fold(0.0, f64::max);
    Some(Duration::from_secs_f64(longest.min(LONGEST)))
}

/// What was done and what is left, in people.
struct Work {
    /// Found in the directory, and still to be.
    identified: (f64, f64),
    /// Whose chat was found, and is still to be.
    addressed: (f64, f64),
    /// Written to, and still to be.
    delivered: (f64, f64),
}

impl Work {
    fn of(counts: &Snapshot) -> Option<Self> {
        let [identified, _, addressed, delivered] = counts.passed.map(number);
        let (settled, left) = (number(counts.settled()), number(counts.remaining()?));
        if addressed < 1.0 || settled < 1.0 || left < 1.0 {
            return None;
        }
        // Rules skip people when they are read, long before others are reached.
        let read = settled.max(identified);
        let unread = (number(counts.listed) - read).max(0.0);
        let kept = 1.0 - number(counts.skipped) / read;
        let to_deliver = (read - settled) + unread * kept;
        let to_address = (to_deliver - (addressed - delivered)).max(0.0);
        Some(Self {
            identified: (identified, unread),
            addressed: (addressed, to_address),
            delivered: (delivered, to_deliver),
        })
    }

    /// The requests of `budget` that are still to be made.
    fn left_to_pay(&self, budget: &BudgetFigures) -> f64 {
        let spent = number(budget.requests);
        match budget.name {
            "directory" => like(self.identified, spent),
            // Each message is one request, whatever the way to the chat.
            "connector" => {
                let (messages, to_come) = self.delivered;
                like(self.addressed, (spent - messages).max(0.0)) + to_come
            }
            _ => like(self.addressed, spent),
        }
    }
}

/// What the rest costs where `done` have cost `spent`.
fn like((done, left): (f64, f64), spent: f64) -> f64 {
    if done < 1.0 { 0.0 } else { spent / done * left }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(name: &'static str, requests: u64, rate: f64) -> BudgetFigures {
        BudgetFigures {
            name,
            requests,
            throttled: 0,
            peak_per_second: 0,
            rate,
            waiting: 1,
            held: Duration::ZERO,
        }
    }

    /// A minute into a run over 60,000 people who have the app: 30 a second by
    /// Graph and 10 by the connector. 10,000 more are looked up already, and
    /// of those read so far 1,500 were skipped.
    fn minute() -> (Snapshot, Vec<BudgetFigures>) {
        let counts = Snapshot {
            listed: 60_000,
            all_listed: true,
            passed: [13_900, 2400, 2400, 2400],
            delivered: 2400,
            skipped: 1500,
            ..Snapshot::default()
        };
        let budgets = vec![
            budget("directory", 1500, 800.0),
            budget("installed_apps_read", 1800, 30.0),
            budget("graph_read", 1800, 30.0),
            budget("connector", 600 + 2400, 50.0),
        ];
        (counts, budgets)
    }

    fn seconds(counts: &Snapshot, budgets: &[BudgetFigures]) -> u64 {
        time_left(counts, budgets).unwrap().as_secs()
    }

    #[test]
    fn a_minute_into_a_steady_run_it_is_known() {
        let (counts, budgets) = minute();

        // 10,000 under way and 46,100 unread, of whom 10.8 % are skipped, at 40 a second.
        assert!((1270..=1290).contains(&seconds(&counts, &budgets)));
    }

    #[test]
    fn a_rate_that_was_halved_and_a_gate_that_is_closed_show_at_once() {
        let (counts, mut budgets) = minute();
        let usual = seconds(&counts, &budgets);

        budgets[1].rate = 15.0;
        let halved = seconds(&counts, &budgets);
        budgets[1].held = Duration::from_mins(5);

        assert!((2 * usual - 20..=2 * usual + 20).contains(&halved));
        assert_eq!(seconds(&counts, &budgets), halved + 300);
    }

    #[test]
    fn nothing_is_said_where_no_budget_sets_the_pace_or_nothing_is_known() {
        let (counts, mut budgets) = minute();
        assert_eq!(time_left(&Snapshot::default(), &budgets), None);

        for budget in &mut budgets {
            budget.waiting = 0;
        }
        assert_eq!(time_left(&counts, &budgets), None);
    }
}
