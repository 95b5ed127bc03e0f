//! Reports and summary, written from the ledger.

use std::path::{Path, PathBuf};

use crate::{
    campaign::Campaign,
    ledger::{CommitError, OpenError, Reader, RunFacts},
    model::Account,
    remote::BudgetFigures,
    report::{ReportWriter, Summary},
};

use super::{ExitStatus, RunError, args::Place};

/// Where a campaign's ledger and reports are.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    pub(super) ledger: PathBuf,
    pub(super) out: PathBuf,
}

impl Paths {
    /// As asked for, or beside the campaign file.
    pub(super) fn new(place: &Place, campaign: &Campaign) -> Result<Self, RunError> {
        let ledger = ledger(place.ledger.as_deref(), &campaign.dir)?;
        let reports = || campaign.dir.join("reports").join(&campaign.name);
        Ok(Self {
            ledger,
            out: place.out.clone().unwrap_or_else(reports),
        })
    }

    /// Opens the ledger for reading, also while a run goes on.
    pub(super) async fn reader(&self, campaign: &Campaign) -> Result<Reader, RunError> {
        let opened = Reader::open(&self.ledger, &campaign.name).await;
        opened.map_err(|source| self.unusable(source))
    }

    /// The ledger's account, unless it cannot be read; why is said by whoever
    /// reads it next.
    pub(super) async fn recorded(&self, campaign: &Campaign) -> Option<Account> {
        let reader = self.reader(campaign).await.ok()?;
        let account = reader.account().await.ok();
        reader.close().await;
        account
    }

    /// The ledger cannot be used.
    pub(super) fn unusable(&self, source: OpenError) -> RunError {
        RunError::Ledger {
            path: self.ledger.clone(),
            source,
        }
    }

    /// The ledger cannot be written any more.
    pub(super) fn unwritten(&self, source: CommitError) -> RunError {
        RunError::Commit {
            path: self.ledger.clone(),
            source,
        }
    }
}

/// The ledger's file: the one `url` names, or else `teamcast.db` in `dir`.
pub(super) fn ledger(url: Option<&str>, dir: &Path) -> Result<PathBuf, RunError> {
    let Some(url) = url else {
        return Ok(dir.join("teamcast.db"));
    };
    match url.strip_prefix("sqlite:") {
        // A database in memory would forget who was written to.
        Some(path) if !path.trim_start_matches('/').is_empty() && !path.contains([':', '?']) => {
            Ok(path.strip_prefix("//").unwrap_or(path).into())
        }
        Some(_) | None => Err(RunError::LedgerUrl {
            url: url.to_owned(),
        }),
    }
}

/// What the ledger says of a campaign.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) account: Account,
    pub(super) facts: RunFacts,
}

/// Reads where `campaign` stands.
pub(super) async fn standing(reader: &Reader) -> Result<Standing, RunError> {
    Ok(Standing {
        account: reader.account().await?,
        facts: reader.latest_run().await?,
    })
}

/// Reports as they were written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) status: ExitStatus,
    pub(super) summary: Summary,
    pub(super) files: Vec<PathBuf>,
}

/// Makes sure that reports can be written before anybody is touched.
pub(super) fn check_out(paths: &Paths) -> Result<(), RunError> {
    // Dropped unfinished: reports of an earlier run stay as they are.
    ReportWriter::create(&paths.out)
        .map(drop)
        .map_err(RunError::OutDir)
}

/// Writes all reports into `paths.out`.
pub(super) async fn write(
    campaign: &Campaign,
    paths: &Paths,
    reader: &Reader,
    status: Option<ExitStatus>,
    budgets: Vec<BudgetFigures>,
) -> Result<Written, RunError> {
    let Standing { account, facts } = standing(reader).await?;
    let mut writer = ReportWriter::create(&paths.out)?;
    reader
        .each_row(|row| writer.push(&row).map_err(RunError::Report))
        .await?;
    let mut files: Vec<PathBuf> = writer.finish()?.into();
    let status = status.unwrap_or_else(|| ExitStatus::of_account(&account));
    let summary = Summary {
        campaign: campaign.name.clone(),
        account,
        stale_chats: reader.stale_chats().await?,
        sent_again: reader.sent_again().await?,
        list_read: facts.list_read,
        budgets,
        started_at: facts.started_at.parse().ok(),
        ended_at: facts.ended_at.and_then(|ended| ended.parse().ok()),
        exit_code: facts.exit_code.unwrap_or(status as u8),
        message_fingerprint: Some(facts.message_fingerprint),
        audience_fingerprint: Some(facts.audience_fingerprint),
    };
    files.push(summary.write(&paths.out)?);
    Ok(Written {
        status,
        summary,
        files,
    })
}
