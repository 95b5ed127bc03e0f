//! Measures what the program promises, against the built program.
//!
//! `cargo bench --bench bench` runs every measurement, `… -- simulator` those
//! whose name contains the word. A table goes to the terminal, and the figures
//! to `target/bench/results.json`, where those of other measurements stay.
//!
//! Each figure is the best of several attempts: a machine that does something
//! else meanwhile can only make it worse.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement prints, and a failed step is a failed measurement"
)]

mod load;
mod report;
mod simulator;
mod tenant;

use std::{env, process::ExitCode};

use report::{Figure, Report};

/// A measurement: its name, and what it does.
type Measurement = (&'static str, fn() -> Vec<Figure>);

const MEASUREMENTS: &[Measurement] = &[
    ("simulator/requests", simulator::requests),
    ("simulator/memory", simulator::memory),
];

fn main() -> ExitCode {
    // `cargo bench` adds options of its own.
    let wanted = env::args().skip(1).find(|word| !word.starts_with('-'));
    let wanted = wanted.unwrap_or_default();
    let mut report = Report::open();
    for (name, measure) in MEASUREMENTS {
        if name.contains(&wanted) {
            report.add(name, measure());
        }
    }
    report.save();
    if report.all_reached() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
