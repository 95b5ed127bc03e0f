//! `teamcast reconcile`: settles people in doubt by what is in their chats.

use std::io::{self, Write};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    campaign::Campaign,
    ledger::{self, Doubtful, Ledger, Purpose},
    model::Account,
    pipeline::{self, Halt, Reconciled, Reconciliation},
    progress::Display,
};

use super::{
    ExitStatus, RunError,
    args::Reconcile,
    confirm::confirm,
    finish::{self, Paths, Written},
    run::{key, load},
    services::Services,
    signals,
};

/// Looks into the chat of everybody in doubt and records what is there.
pub(super) async fn reconcile(
    options: &Reconcile,
    out: &mut dyn Write,
) -> Result<ExitStatus, RunError> {
    let campaign = load(&options.place.campaign)?;
    let paths = Paths::new(&options.place, &campaign)?;
    finish::check_out(&paths)?;
    let count = doubtful(&campaign, &paths).await?.len();
    if count == 0 {
        writeln!(out, "nobody is in doubt")?;
        return Ok(ExitStatus::Done);
    }
    let what = format!("This reads the chats of {count} people in doubt; it sends nothing.");
    confirm(options.yes, &what, &count.to_string())?;
    let stop = CancellationToken::new();
    let signals = tokio::spawn(signals::listen(stop.clone()));
    let services = Services::new(&campaign, &stop)?;
    let key = key(&campaign);
    let store = ledger::open_sqlite(&paths.ledger, &key, &Purpose::Settle, Timestamp::now).await;
    let store = store.map_err(|source| paths.unusable(source))?;
    let (ledger, writer) = ledger::channel(store);
    let writer = tokio::spawn(writer.run());

    // Read again: until now another run may have been going on.
    let in_doubt = doubtful(&campaign, &paths).await?;
    let job = Job {
        campaign: &campaign,
        options,
        services: &services,
        stop: &stop,
    };
    let done = job.settle(&ledger, in_doubt).await;
    let status = status(&done, paths.recorded(&campaign).await.as_ref());
    // A ledger that failed has said so already.
    ledger.finish_run(status as u8).await.ok();
    drop(ledger);
    let committed = writer
        .await
        .map_err(|error| RunError::Runtime(io::Error::other(error)))?;
    signals.abort();

    // Why the ledger stopped says more than why it cannot be read either.
    committed.map_err(|source| paths.unwritten(source))?;
    let reader = paths.reader(&campaign).await?;
    let budgets = (services.figures())();
    let Written { summary, files, .. } =
        finish::write(&campaign, &paths, &reader, Some(status), budgets).await?;
    account(&done, out)?;
    summary.print(&files, out)?;
    match done.halted {
        None | Some(Halt::Stopped) => Ok(status),
        Some(Halt::Blocked(blocker)) => Err(RunError::Blocked(blocker)),
        Some(halt) => Err(RunError::Halted(halt)),
    }
}

async fn doubtful(campaign: &Campaign, paths: &Paths) -> Result<Vec<Doubtful>, RunError> {
    let reader = paths.reader(campaign).await?;
    Ok(reader.doubtful().await?)
}

/// A reconciliation about to start.
struct Job<'a> {
    campaign: &'a Campaign,
    options: &'a Reconcile,
    services: &'a Services,
    stop: &'a CancellationToken,
}

impl Job<'_> {
    async fn settle(&self, ledger: &Ledger, doubtful: Vec<Doubtful>) -> Reconciled {
        let display = Display::start(self.options.progress, Box::new(self.services.figures()));
        let observer = display.observer();
        let cx = Reconciliation {
            graph: &self.services.graph,
            ledger,
            campaign: &self.campaign.name,
            settling: self.options.settling.unsigned_abs(),
            now: Timestamp::now,
            observer: observer.as_ref(),
            stop: self.stop,
        };
        let done = pipeline::reconcile(cx, doubtful).await;
        display.finish().await;
        done
    }
}

/// Those still in doubt may not be in the list any more, and so not in the account.
fn status(done: &Reconciled, recorded: Option<&Account>) -> ExitStatus {
    match &done.halted {
        Some(halt) => ExitStatus::from(halt),
        None if done.unclear != 0 => ExitStatus::SomeInDoubt,
        None => recorded.map_or(ExitStatus::LedgerUnusable, ExitStatus::of_part),
    }
}

fn account(done: &Reconciled, out: &mut dyn Write) -> io::Result<()> {
    let Reconciled {
        delivered,
        twice,
        absent,
        unclear,
        halted,
    } = done;
    writeln!(
        out,
        "{delivered} found in the chat, {absent} not there (a run sends it to those still on the list), {unclear} still in doubt"
    )?;
    if *twice != 0 {
        writeln!(
            out,
            "{twice} of those found have the message more than once"
        )?;
    }
    if matches!(halted, Some(Halt::Stopped)) {
        writeln!(out, "stopped before the end; the same command resumes")?;
    }
    Ok(())
}
