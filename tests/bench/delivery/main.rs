//! What the program promises of its speed, against a tenant in a process of
//! its own.
//!
//! The figures are ratios within one run where they can be, since machines
//! differ, and the best of several attempts where an attempt is short.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement prints, and a failed step is a failed measurement"
)]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "each benchmark uses a part")]
mod common;

mod directory;
mod overhead;
mod pace;
mod size;
mod start;

use std::process::ExitCode;

fn main() -> ExitCode {
    common::run(
        "delivery",
        &[
            ("start", start::start),
            ("overhead", overhead::overhead),
            ("size", size::size),
            ("resume", size::resume),
            ("directory", directory::directory),
            ("makespan", pace::makespan),
            ("storm", pace::storm),
        ],
    )
}

const MIB: f64 = 1024.0 * 1024.0;
