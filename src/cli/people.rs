//! Whom a campaign means, as far as it has to be known before anybody is touched.

use std::io;

use tracing::warn;

use crate::{
    audience::{Bounds, Spool},
    campaign::{Audience, Campaign, Source},
    ledger::{Ledger, LedgerStopped},
    model::OutcomeKind,
    pipeline::{self, Changes, Count, Halt, Rosters, Supply, Survey},
};

use super::{RunError, args::Choice, finish::Paths, services::Services};

/// What sources read beside the directory.
#[derive(Debug)]
pub(super) struct People {
    input: Option<Spool>,
    asks_who_is_new: bool,
    /// The lists among those who are included.
    pub(super) survey: Survey,
    /// Names those who are left out, as far as lists do.
    pub(super) left_out: String,
    changes: Changes,
}

impl People {
    /// Reads the lists, and standard input where the audience names it.
    pub(super) fn read(audience: &Audience) -> Result<Self, RunError> {
        let mut everywhere = audience.include.iter().chain(&audience.exclude);
        let input = if everywhere.any(|source| *source == Source::StandardInput) {
            let spooled = Spool::fill(io::stdin().lock());
            Some(spooled.map_err(RunError::Input)?)
        } else {
            None
        };
        let survey = |sources| {
            let surveyed = pipeline::survey(sources, input.as_ref());
            surveyed.map_err(RunError::Audience)
        };
        Ok(Self {
            left_out: survey(&audience.exclude)?.fingerprint,
            survey: survey(&audience.include)?,
            input,
            asks_who_is_new: audience.include.contains(&Source::NewUsers),
            changes: Changes::default(),
        })
    }

    /// Whether the operator has nothing left to type a confirmation with.
    pub(super) fn took_input(&self) -> bool {
        self.input.is_some()
    }

    /// Finds out since when somebody is new, where the audience asks for that.
    ///
    /// Everybody is, unless the campaign has read everybody before and left
    /// nobody open: somebody who is tried again need not have changed since.
    pub(super) async fn look_back(&mut self, campaign: &Campaign, paths: &Paths, choice: &Choice) {
        if self.asks_who_is_new && choice.retry.is_empty() && paths.ledger.exists() {
            self.changes = Changes::since(since(campaign, paths).await);
        }
    }

    /// Forgets since when somebody is new, before everybody is read: until that
    /// is done, whoever is left open could not be found otherwise.
    pub(super) async fn begin(&self, ledger: &Ledger) -> Result<(), LedgerStopped> {
        if self.asks_who_is_new && self.changes.is_everybody() {
            ledger.keep_changes(None).await?;
        }
        Ok(())
    }

    /// Takes note of an audience that was read to its end and has `rows` rows,
    /// all of them in the ledger.
    pub(super) async fn close(&self, ledger: &Ledger, rows: u64) -> Result<(), LedgerStopped> {
        ledger.close_audience(rows).await?;
        match self.changes.until() {
            Some(link) => ledger.keep_changes(Some(link)).await,
            None => Ok(()),
        }
    }

    /// Whether an audience without anybody is no mistake.
    pub(super) fn may_be_nobody(&self) -> bool {
        self.asks_who_is_new && !self.changes.is_everybody()
    }

    /// Where rows come from.
    pub(super) fn supply<'a>(&'a self, services: &'a Services) -> Supply<'a> {
        Supply {
            graph: &services.graph,
            input: self.input.as_ref(),
            changes: &self.changes,
        }
    }

    /// Asks for every list of the directory, and refuses an audience with more
    /// rows than the campaign allows.
    pub(super) async fn check(
        &self,
        audience: &Audience,
        services: &Services,
    ) -> Result<(), RunError> {
        let count = match audience.max_recipients {
            Some(_) => Count::Rows,
            None => Count::Readable,
        };
        let counted = pipeline::size(&audience.include, self.supply(services), count).await;
        let found = self.survey.listed + counted.map_err(RunError::from)?;
        match audience.max_recipients {
            Some(allowed) if allowed.get() < found => Err(RunError::TooMany {
                found,
                allowed: allowed.get(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Reads who is left out by name or address.
    pub(super) async fn bounds(
        &self,
        audience: &Audience,
        services: &Services,
    ) -> Result<Bounds, RunError> {
        let excluded = pipeline::excluded(&audience.exclude, self.supply(services)).await;
        Ok(Bounds {
            excluded: excluded.map_err(RunError::from)?,
            only_domains: audience.only_domains.clone(),
        })
    }
}

/// Reads who is reached through a team, and puts the app there where the
/// campaign says so.
pub(super) async fn rosters(campaign: &Campaign, services: &Services) -> Result<Rosters, RunError> {
    let Services {
        graph, connector, ..
    } = services;
    let install = campaign.delivery.install;
    let rosters = Rosters::read(graph, connector, &campaign.audience.include, install).await;
    rosters.map_err(RunError::from)
}

/// The link at which an earlier run ended, unless somebody is open.
async fn since(campaign: &Campaign, paths: &Paths) -> Option<String> {
    // What is wrong with the ledger is said when it is opened to be written.
    let reader = paths.reader(campaign).await.ok()?;
    let link = reader.changes().await.ok()??;
    let open = reader.account().await.ok()?.tally.of(OutcomeKind::Pending);
    if open == 0 {
        return Some(link);
    }
    warn!(
        open,
        "earlier runs left people open; everybody is read again, not only who is new"
    );
    None
}

impl From<Halt> for RunError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Blocked(blocker) => Self::Blocked(blocker),
            Halt::Audience(error) => Self::Audience(error),
            halt @ (Halt::Stopped
            | Halt::Ledger(_)
            | Halt::Directory { .. }
            | Halt::TooMany { .. }
            | Halt::Bug(_)) => Self::Halted(halt),
        }
    }
}
