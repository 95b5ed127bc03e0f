//! The run in one line of text.

use std::time::Duration;

use super::{counts::Snapshot, left};
use crate::{model::OutcomeKind, remote::BudgetFigures};

/// What there is to show at one moment.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// The counts.
    pub(super) counts: Snapshot,
    /// What the budgets are doing.
    pub(super) figures: Vec<BudgetFigures>,
    /// Since the run started.
    pub(super) elapsed: Duration,
    /// Rows finished per second, once known.
    pub(super) rate: Option<f64>,
}

/// How far the run is, how fast, what it waits for and how long it will take.
pub(super) fn line(view: &View) -> String {
    let mut parts = vec![rows(&view.counts)];
    parts.extend(
        view.counts
            .ends()
            .into_iter()
            .filter(|(kind, rows)| 0 < *rows || *kind == OutcomeKind::Delivered)
            .map(|(kind, rows)| format!("{} {kind}", grouped(rows))),
    );
    parts.extend(view.rate.map(|rate| format!("{rate:.1}/s")));
    parts.extend(waiting(&view.figures));
    parts.extend(time_left(view));
    parts.join(" · ")
}

/// Digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn rows(counts: &Snapshot) -> String {
    let settled = grouped(counts.settled());
    let listed = grouped(counts.listed);
    if counts.all_listed {
        format!("{settled} of {listed} rows")
    } else {
        format!("{settled} of {listed} rows read so far")
    }
}

/// The budget that holds up most: one the service closed, else the fullest.
fn waiting(figures: &[BudgetFigures]) -> Option<String> {
    let budget = figures
        .iter()
        .filter(|budget| 0 < budget.waiting)
        .max_by_key(|budget| (budget.held, budget.waiting))?;
    let name = budget.name;
    let callers = grouped(u64::try_from(budget.waiting).unwrap_or(u64::MAX));
    Some(if budget.held.is_zero() {
        format!("waiting for {name} ({callers} waiting)")
    } else {
        let seconds = budget.held.as_secs_f64().ceil();
        format!(
            "waiting for {name} ({callers} waiting, the service asked for a pause: {seconds:.0} s)"
        )
    })
}

/// Said only once the end of the list is known and something moves.
fn time_left(view: &View) -> Option<String> {
    let remaining = view.counts.remaining().filter(|rows| 0 < *rows)?;
    let rate = view.rate.filter(|rate| 0.0 < *rate)?;
    #[expect(clippy::cast_precision_loss, reason = "an estimate in minutes")]
    let at_this_rate = || remaining as f64 / rate;
    let by_budget = left::time_left(&view.counts, &view.figures);
    let minutes = by_budget.map_or_else(at_this_rate, |left| left.as_secs_f64()) / 60.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "never negative, and a cast stops at the largest number"
    )]
    let whole = minutes.ceil() as u64;
    Some(match (whole / 60, whole % 60) {
        (0, 0 | 1) => "less than a minute left".to_owned(),
        (0, minutes) => format!("about {minutes} min left"),
        (hours, minutes) => format!("about {hours} h {minutes} min left"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(name: &'static str, waiting: usize, held: u64) -> BudgetFigures {
        BudgetFigures {
            name,
            requests: 0,
            throttled: 0,
            peak_per_second: 0,
            rate: 30.0,
            waiting,
            held: Duration::from_secs(held),
        }
    }

    fn view() -> View {
        View {
            counts: Snapshot {
                listed: 10_000,
                all_listed: true,
                delivered: 812,
                skipped: 392,
                ..Snapshot::default()
            },
            figures: vec![
                budget("connector", 3, 0),
                budget("installed_apps_write", 28, 0),
            ],
            elapsed: Duration::from_secs(38),
            rate: Some(31.9),
        }
    }

    #[test]
    fn the_line_says_how_far_how_fast_what_for_and_how_long() {
        assert_eq!(
            line(&view()),
            "1,204 of 10,000 rows · 812 delivered · 392 skipped · 31.9/s · \
             waiting for installed_apps_write (28 waiting) · about 5 min left"
        );
    }

    #[test]
    fn time_left_is_not_guessed_before_the_list_is_read_or_the_rate_is_known() {
        let mut reading = view();
        reading.counts.all_listed = false;
        let mut starting = view();
        starting.rate = None;
        let mut standing = view();
        standing.rate = Some(0.0);

        assert!(line(&reading).starts_with("1,204 of 10,000 rows read so far · "));
        for view in [reading, starting, standing] {
            assert!(!line(&view).contains("left"), "{}", line(&view));
        }
    }

    #[test]
    fn a_budget_the_service_closed_is_named_before_a_fuller_one() {
        let mut view = view();
        view.figures.push(budget("graph_read", 2, 27));

        assert!(line(&view).contains(
            "waiting for graph_read (2 waiting, the service asked for a pause: 27 s) · "
        ));
    }

    #[test]
    fn a_budget_nobody_waits_for_is_not_named() {
        let mut view = view();
        view.figures = vec![budget("connector", 0, 9)];

        assert!(!line(&view).contains("waiting"));
    }

    #[test]
    fn long_and_short_times_are_given_in_their_units() {
        let left = |rate| {
            let mut view = view();
            view.figures.clear();
            view.rate = Some(rate);
            line(&view).rsplit(" · ").next().unwrap().to_owned()
        };

        assert_eq!(left(1.0), "about 2 h 27 min left");
        assert_eq!(left(1000.0), "less than a minute left");
    }
}
