//! What every benchmark shares.
//!
//! A benchmark is a file beside this folder with a `[[bench]]` of its own in
//! `Cargo.toml` (`harness = false`) and a `main` that is [`run`]. `cargo bench
//! --bench NAME` runs it, `… -- WORD` those of its measurements whose name
//! contains the word. A table goes to the terminal, and the figures to
//! `target/bench/results.json`, where those of other benchmarks stay.
//!
//! Nothing has a limit of time: a machine that is slow, or does something else
//! meanwhile, only makes a figure worse.

pub(crate) mod campaign;
pub(crate) mod client;
pub(crate) mod load;
pub(crate) mod report;
pub(crate) mod tenant;

use std::{env, process::ExitCode};

use report::{Figure, Report};

/// A measurement: its name, and what it does.
pub(crate) type Measurement = (&'static str, fn() -> Vec<Figure>);

/// Makes the measurements that are asked for; it is a failure if a goal is missed.
pub(crate) fn run(benchmark: &str, measurements: &[Measurement]) -> ExitCode {
    // `cargo bench` adds options of its own.
    let wanted = env::args().skip(1).find(|word| !word.starts_with('-'));
    let wanted = wanted.unwrap_or_default();
    let mut report = Report::open();
    for (name, measure) in measurements {
        if name.contains(&wanted) {
            report.add(&format!("{benchmark}/{name}"), measure());
        }
    }
    report.save();
    if report.all_reached() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
