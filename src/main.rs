//! The `teamcast` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Thousands of recipients are under way at once, each with buffers of its own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    teamcast::cli::main().into()
}
