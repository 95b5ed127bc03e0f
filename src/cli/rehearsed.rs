//! How a rehearsal went, for people and for programs.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    campaign::Campaign,
    model::{Account, OutcomeKind},
    plan::Bound,
    progress::grouped,
    remote::BudgetFigures,
};

use super::{
    plan_shown::words,
    rehearse::{Cast, Ended},
};

/// A budget that is used to so much of the fullest one sets the pace as well.
const AS_FULL: f64 = 0.98;

/// What is shown.
pub(super) struct Shown<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) cast: &'a Cast,
    pub(super) least: &'a Bound,
    pub(super) ended: &'a Ended,
    /// How long it took on this machine.
    pub(super) here: Duration,
}

/// Prints it as JSON, or else for people.
pub(super) fn print(shown: &Shown<'_>, as_json: bool, out: &mut dyn Write) -> io::Result<()> {
    if as_json {
        return writeln!(out, "{:#}", data(shown));
    }
    let Shown {
        cast,
        least,
        ended,
        here,
        ..
    } = shown;
    writeln!(
        out,
        "rehearsed with {} people of a simulated tenant: {:.0} % of the chats known, {:.0} % of the \
         others without the app",
        grouped(cast.people as u64),
        100.0 * cast.known,
        100.0 * cast.missing,
    )?;
    writeln!(
        out,
        "\nthe campaign takes {}{}\nthe quotas allow {} at best; that is {:.3} times as long",
        words(ended.took),
        bottleneck(shown).map_or_else(String::new, |name| format!(", set by {name}")),
        words(least.time),
        ratio(shown),
    )?;
    let [name, requests, used, throttled] = ["budget", "requests", "used", "throttled"];
    writeln!(out, "\n{name:<22}{requests:>12}{used:>10}{throttled:>12}")?;
    for budget in spent(ended) {
        writeln!(
            out,
            "{:<22}{:>12}{:>9.1}%{:>12}",
            budget.name,
            grouped(budget.requests),
            100.0 * used_share(budget, ended.took),
            grouped(budget.throttled),
        )?;
    }
    writeln!(
        out,
        "\n{}\nNobody was touched and nothing left this machine, which took {}.",
        ended.account,
        words(*here),
    )
}

fn data(shown: &Shown<'_>) -> Value {
    let Shown {
        campaign,
        cast,
        least,
        ended,
        here,
    } = shown;
    let budgets: BTreeMap<&str, Value> = spent(ended)
        .map(|budget| {
            let figures = json!({
                "requests": budget.requests,
                "per_second": budget.rate,
                "used": used_share(budget, ended.took),
                "throttled": budget.throttled,
            });
            (budget.name, figures)
        })
        .collect();
    let Account { rows, tally } = &ended.account;
    json!({
        "schema": 1,
        "campaign": campaign.name,
        "rehearsal": {
            "people": cast.people,
            "known": cast.known,
            "missing": cast.missing,
            "rows": rows,
            "delivered": tally.of(OutcomeKind::Delivered),
            "seconds": ended.took.as_secs_f64(),
            "least_seconds": least.time.as_secs_f64(),
            "ratio": ratio(shown),
            "bottleneck": bottleneck(shown),
            "budgets": budgets,
            "real_seconds": here.as_secs_f64(),
        },
    })
}

/// The budgets that were spent from.
fn spent(ended: &Ended) -> impl Iterator<Item = &BudgetFigures> {
    ended.budgets.iter().filter(|budget| 0 < budget.requests)
}

/// The budget that was used to the full, and of several the one of which more
/// would help most.
fn bottleneck(shown: &Shown<'_>) -> Option<&'static str> {
    let used = |budget: &BudgetFigures| used_share(budget, shown.ended.took);
    let fullest = spent(shown.ended).max_by(|one, other| used(one).total_cmp(&used(other)))?;
    let full = |budget: &&BudgetFigures| AS_FULL * used(fullest) <= used(budget);
    let expected = |budget: &&BudgetFigures| Some(budget.name) == shown.least.bottleneck;
    let mut both = spent(shown.ended).filter(full).filter(expected);
    Some(both.next().unwrap_or(fullest).name)
}

/// How many times the least time it took.
fn ratio(shown: &Shown<'_>) -> f64 {
    let least = shown.least.time.as_secs_f64();
    if least > 0.0 {
        shown.ended.took.as_secs_f64() / least
    } else {
        1.0
    }
}

/// Which share of what the budget allowed was used.
fn used_share(budget: &BudgetFigures, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let requests = budget.requests as f64;
    requests / (budget.rate * took.as_secs_f64()).max(f64::MIN_POSITIVE)
}
