//! `teamcast report` and `teamcast status`: what the ledger says, offline.

use std::io::Write;

use crate::{model::OutcomeKind, report::recorded_budgets};

use super::{
    ExitStatus, RunError,
    args::Offline,
    finish::{self, Paths, Written},
    run::load_offline,
};

/// Writes the reports again from the ledger.
pub(super) async fn report(options: &Offline, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let campaign = load_offline(&options.place.campaign)?;
    let paths = Paths::new(&options.place, &campaign)?;
    let reader = paths.reader(&campaign).await?;
    let budgets = recorded_budgets(&paths.out);
    let Written {
        status,
        summary,
        files,
    } = finish::write(&campaign, &paths, &reader, None, budgets).await?;
    if options.json {
        serde_json::to_writer_pretty(&mut *out, &summary).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        summary.print(&files, out)?;
    }
    Ok(status)
}

/// Prints where the campaign stands; safe while it runs.
pub(super) async fn status(options: &Offline, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let campaign = load_offline(&options.place.campaign)?;
    let paths = Paths::new(&options.place, &campaign)?;
    let reader = paths.reader(&campaign).await?;
    let standing = finish::standing(&reader).await?;
    if options.json {
        let outcomes: serde_json::Map<String, serde_json::Value> = OutcomeKind::ALL
            .into_iter()
            .map(|kind| {
                (
                    kind.name().to_owned(),
                    standing.account.tally.of(kind).into(),
                )
            })
            .collect();
        let data = serde_json::json!({
            "campaign": campaign.name,
            "rows": standing.account.rows,
            "outcomes": outcomes,
            "list_read": standing.facts.list_read,
            "started_at": standing.facts.started_at,
            "ended_at": standing.facts.ended_at,
        });
        writeln!(out, "{data}")?;
    } else {
        writeln!(out, "{}: {}", campaign.name, standing.account)?;
        let in_doubt = standing.account.tally.of(OutcomeKind::InDoubt);
        let doubtful = reader.doubtful().await?.len() as u64;
        // Of a run that goes on some are in the middle of a send.
        if let (Some(_), Some(others @ 1..)) =
            (&standing.facts.ended_at, doubtful.checked_sub(in_doubt))
        {
            writeln!(
                out,
                "{others} more are in doubt and not in this list; `teamcast reconcile` settles them too"
            )?;
        }
        match (standing.facts.started_at, standing.facts.ended_at) {
            (started, None) => writeln!(out, "running since {started}, or killed since then")?,
            (_, Some(ended)) => writeln!(out, "the last run ended at {ended}")?,
        }
        if !standing.facts.list_read {
            writeln!(
                out,
                "the list was not read to its end yet; rows not reached are not counted"
            )?;
        }
        if let Some(forgotten) = standing.facts.forgotten_at {
            writeln!(out, "its people were forgotten at {forgotten}")?;
        }
    }
    Ok(ExitStatus::Done)
}
