//! A plan, for people and for programs.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    campaign::Campaign,
    model::OutcomeKind,
    plan::{Forecast, People, Reading},
    progress::grouped,
    report::harmless,
};

use super::{args::Plan, draw::Drawn, prepared::Prepared};

/// What is shown.
pub(super) struct Shown<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) options: &'a Plan,
    pub(super) prepared: &'a Prepared,
    pub(super) drawn: &'a Drawn,
    pub(super) forecasts: &'a [Forecast],
}

/// Prints the plan as it was asked for.
pub(super) fn print(plan: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    if plan.options.json {
        return writeln!(out, "{:#}", data(plan));
    }
    let reading = &plan.drawn.reading;
    print_rows(reading, out)?;
    print_classes(&reading.people, out)?;
    for forecast in plan.forecasts.iter().take(1) {
        print_budgets(forecast, out)?;
    }
    writeln!(out)?;
    for forecast in plan.forecasts {
        writeln!(out, "{}", length(forecast, reading.people.unknown))?;
    }
    let hash = plan.drawn.approved.hash();
    let people = grouped(reading.recipients);
    writeln!(
        out,
        "\nplan hash: {hash}\n\
         It stands for this message to these {people} people. Nothing was sent; `teamcast run` with\n\
         the same options and --confirm HASH sends it, and refuses if the plan has changed."
    )
}

fn print_rows(reading: &Reading, out: &mut dyn Write) -> io::Result<()> {
    let rows = |kind| grouped(reading.tally.of(kind));
    writeln!(
        out,
        "{} rows: {} to be written to, {} delivered already, {} in doubt, {} skipped, {} failing",
        grouped(reading.rows),
        rows(OutcomeKind::Pending),
        rows(OutcomeKind::Delivered),
        rows(OutcomeKind::InDoubt),
        rows(OutcomeKind::Skipped),
        rows(OutcomeKind::Failed),
    )?;
    for (cause, count) in reading.tally.causes() {
        writeln!(out, "{:>12} {}", grouped(count), cause.name())?;
        for example in reading.examples.iter().filter(|it| it.cause == cause) {
            let detail = match example.detail.as_str() {
                "" => cause.advice(),
                detail => detail,
            };
            writeln!(
                out,
                "{:13}{}: {}",
                "",
                harmless(&example.row),
                harmless(detail)
            )?;
        }
    }
    Ok(())
}

fn print_classes(people: &People, out: &mut dyn Write) -> io::Result<()> {
    let classes = [
        (people.known, "whose chat is known"),
        (people.installed + people.present, "known to have the app"),
        (people.missing, "known to lack the app"),
        (people.unknown, "of whom nothing is known"),
    ];
    let some = classes.iter().filter(|(count, _)| 0 < *count);
    let words: Vec<String> = some
        .map(|(count, words)| format!("{} {words}", grouped(*count)))
        .collect();
    if words.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nto be written to: {}", words.join(", "))
}

fn print_budgets(forecast: &Forecast, out: &mut dyn Write) -> io::Result<()> {
    let [name, requests, rate, time] = ["budget", "requests", "a second", "at least"];
    writeln!(out, "\n{name:<22}{requests:>12}{rate:>12}{time:>14}")?;
    for calls in &forecast.calls {
        writeln!(
            out,
            "{:<22}{:>12}{:>12}{:>14}",
            calls.budget,
            grouped(whole(calls.requests)),
            calls.rate,
            words(Duration::try_from_secs_f64(calls.seconds()).unwrap_or_default()),
        )?;
    }
    Ok(())
}

/// How long it takes, of what, and under which assumption.
fn length(forecast: &Forecast, unknown: u64) -> String {
    let time = words(forecast.time);
    let budget = forecast
        .bottleneck
        .map_or_else(String::new, |name| format!(", set by {name}"));
    let assumption = match forecast.lacking {
        _ if unknown == 0 => String::new(),
        0.0 => ", if everybody of whom nothing is known has the app".to_owned(),
        1.0 => ", if nobody of them has it (--missing says how many)".to_owned(),
        share => format!(
            ", if {:.0} % of whom nothing is known lack it",
            share * 100.0
        ),
    };
    format!("at least {time}{budget}{assumption}")
}

/// A time as people say it.
pub(super) fn words(time: Duration) -> String {
    let seconds = whole(time.as_secs_f64().ceil());
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn data(plan: &Shown<'_>) -> Value {
    let reading = &plan.drawn.reading;
    let of = |kind| reading.tally.of(kind);
    let causes: BTreeMap<&str, u64> = reading
        .tally
        .causes()
        .map(|(cause, rows)| (cause.name(), rows))
        .collect();
    let People {
        known,
        installed,
        present,
        missing,
        unknown,
        ..
    } = reading.people;
    let examples = reading.examples.iter().map(|example| {
        json!({
            "row": example.row,
            "cause": example.cause,
            "detail": example.detail,
        })
    });
    json!({
        "schema": 1,
        "campaign": plan.campaign.name,
        "hash": plan.drawn.approved.hash(),
        "recipients": reading.recipients,
        "rows": reading.rows,
        "outcomes": {
            "delivered": of(OutcomeKind::Delivered),
            "skipped": of(OutcomeKind::Skipped),
            "failed": of(OutcomeKind::Failed),
            "in-doubt": of(OutcomeKind::InDoubt),
            "pending": of(OutcomeKind::Pending),
        },
        "causes": causes,
        "examples": examples.collect::<Vec<_>>(),
        "people": {
            "chat_known": known,
            "app_known": installed + present,
            "app_missing": missing,
            "unknown": unknown,
        },
        "forecasts": plan.forecasts.iter().map(forecast_data).collect::<Vec<_>>(),
        "message_fingerprint": plan.prepared.message.fingerprint(),
        "audience_fingerprint": plan.prepared.people.survey.fingerprint,
        "teamcast": env!("CARGO_PKG_VERSION"),
    })
}

fn forecast_data(forecast: &Forecast) -> Value {
    let budgets: BTreeMap<&str, Value> = forecast
        .calls
        .iter()
        .map(|calls| {
            let figures = json!({
                "requests": whole(calls.requests),
                "per_second": calls.rate,
                "seconds": calls.seconds(),
            });
            (calls.budget, figures)
        })
        .collect();
    json!({
        "missing": forecast.lacking,
        "seconds": forecast.time.as_secs_f64(),
        "bottleneck": forecast.bottleneck,
        "budgets": budgets,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and a cast stops at the largest number"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |seconds| words(Duration::from_secs_f64(seconds));

        assert_eq!(said(0.2), "1 s");
        assert_eq!(said(150.0), "2 min 30 s");
        assert_eq!(said(2500.0), "41 min 40 s");
        assert_eq!(said(7260.0), "2 h 1 min");
    }
}
