//! The command line: the only place that knows everyone.
//!
//! Each command is a file; this one reads the arguments, starts the runtime
//! and turns the result into an exit code and a chain of causes.

mod account;
mod addresses;
mod args;
mod check;
mod confirm;
mod demo;
mod draw;
mod exit;
mod finish;
mod forget;
mod guard;
mod job;
mod listen;
mod output;
mod part;
mod people;
mod plan;
mod plan_shown;
mod prepared;
mod reconcile;
mod rehearse;
mod rehearsed;
mod report;
mod run;
mod sample;
mod services;
mod sign_in;
mod signals;
mod simulate;
mod watch;

use std::{error::Error, io, io::Write};

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use crate::report::harmless;

use args::{Args, Command, LedgerCommand};
use output::Output;

pub use exit::{ExitStatus, RunError};

/// Runs the command the arguments name, and says how it went.
pub fn main() -> ExitStatus {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // The usage text goes where clap sends it; a closed pipe is no news.
            error.print().ok();
            return if error.use_stderr() {
                ExitStatus::Usage
            } else {
                ExitStatus::Done
            };
        }
    };
    args.log.start();
    let ended = runtime(&args.command)
        .map_err(RunError::Runtime)
        .and_then(|runtime| runtime.block_on(dispatch(args.command)));
    match ended {
        Ok(status) => status,
        Err(error) => {
            explain(&error, &mut io::stderr().lock()).ok();
            ExitStatus::from(&error)
        }
    }
}

/// A job is one thread of thought with a few helpers, and what its threads tell
/// each other costs more than it gains; whoever serves others uses all cores.
fn runtime(command: &Command) -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    match command {
        Command::Simulate(_) | Command::Demo(_) | Command::Listen(_) => {}
        Command::Check(_)
        | Command::Plan(_)
        | Command::Run(_)
        | Command::Reconcile(_)
        | Command::Report(_)
        | Command::Status(_)
        | Command::Ledger(_)
        | Command::Addresses(_) => {
            builder.worker_threads(1);
        }
    }
    builder.enable_all().build()
}

async fn dispatch(command: Command) -> Result<ExitStatus, RunError> {
    let mut out = Output(io::stdout().lock());
    match command {
        Command::Check(options) => check::check(&options, &mut out).await,
        Command::Plan(options) => plan::plan(&options, &mut out).await,
        Command::Run(options) => run::run(&options, &mut out).await,
        Command::Reconcile(options) => reconcile::reconcile(&options, &mut out).await,
        Command::Report(options) => report::report(&options, &mut out).await,
        Command::Status(options) => report::status(&options, &mut out).await,
        Command::Ledger(LedgerCommand::Forget(options)) => forget::forget(&options, &mut out).await,
        Command::Addresses(command) => addresses::addresses(&command, &mut out).await,
        Command::Listen(options) => listen::listen(&options, &mut out).await,
        Command::Simulate(options) => simulate::simulate(&options, &mut out).await,
        Command::Demo(options) => demo::demo(&options, &mut out).await,
    }
}

/// Writes an error and what caused it, one line each.
fn explain(error: &dyn Error, out: &mut dyn Write) -> io::Result<()> {
    // Services and files say what they like, and it ends on a terminal.
    writeln!(out, "error: {}", lines(error))?;
    let mut cause = error.source();
    while let Some(error) = cause {
        writeln!(out, "  caused by: {}", lines(error))?;
        cause = error.source();
    }
    Ok(())
}

/// The error's own lines, without what could drive a terminal.
fn lines(error: &dyn Error) -> String {
    let text = error.to_string();
    let lines: Vec<_> = text.lines().map(harmless).collect();
    lines.join("\n")
}
