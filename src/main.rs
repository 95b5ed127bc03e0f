//! The `teamcast` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    teamcast::cli::main().into()
}
