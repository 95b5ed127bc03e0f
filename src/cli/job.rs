//! A run, from the first row to the exit status.

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::{
    audience::Bounds,
    campaign::Campaign,
    ledger::Ledger,
    message::Message,
    model::{Account, OutcomeKind},
    pipeline::{self, Cx, Halt, Rosters, Tidings},
    progress::Display,
};

use super::{
    ExitStatus, RunError, args::Run, part::Part, people::People, prepared::rules,
    services::Services,
};

/// A run about to start.
pub(super) struct Job<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) options: &'a Run,
    pub(super) message: &'a Message,
    pub(super) services: &'a Services,
    pub(super) people: &'a People,
    pub(super) bounds: &'a Bounds,
    pub(super) rosters: &'a Rosters,
    pub(super) tidings: &'a Tidings,
    pub(super) retry: &'a [OutcomeKind],
    pub(super) stop: &'a CancellationToken,
}

/// A run that has ended, well or not.
pub(super) struct Ended {
    run: pipeline::Run,
    /// The whole audience was read.
    whole: bool,
    /// It was about a part of the audience only.
    is_part: bool,
    /// That nobody is new is no mistake.
    may_be_empty: bool,
    /// The ledger refused the end of the audience.
    unclosed: Option<Halt>,
}

impl Job<'_> {
    /// Takes the rows of `part` to their outcomes.
    pub(super) async fn deliver(&self, ledger: &Ledger, part: &mut Part) -> Ended {
        let Self {
            campaign,
            options,
            message,
            services,
            people,
            bounds,
            rosters,
            tidings,
            retry,
            stop,
        } = self;
        let display = Display::start(options.progress, Box::new(services.figures()));
        let observer = display.observer();
        let rules = rules(campaign);
        let cx = Cx {
            graph: &services.graph,
            connector: &services.connector,
            ledger,
            message,
            rules: &rules,
            bounds,
            rosters,
            tidings,
            campaign: &campaign.name,
            delivery: &campaign.delivery,
            retry,
            observer: observer.as_ref(),
            stop,
        };
        let rows = pipeline::rows(&campaign.audience.include, people.supply(services));
        let rows = pipeline::at_most(rows, campaign.audience.max_recipients);
        if let Some(rows) = part.expected(&people.survey) {
            observer.expected(rows);
        }
        let whole = part.is_whole();
        let begun = people.begin(ledger).await;
        let run = pipeline::run(cx, part.of(rows)).await;
        display.finish().await;
        if run.complete {
            part.warn_of_missing();
        }
        let whole = whole && run.complete;
        let closed = match begun {
            Ok(()) if whole => people.close(ledger, run.account.rows).await,
            Ok(()) | Err(_) => begun,
        };
        let unclosed = closed.err().map(Halt::from);
        Ended {
            run,
            whole,
            is_part: !part.is_whole(),
            may_be_empty: people.may_be_nobody(),
            unclosed,
        }
    }
}

impl Ended {
    fn halt(&self) -> Option<&Halt> {
        self.run.halted.as_ref().or(self.unclosed.as_ref())
    }

    /// What the program is going to tell its caller.
    /// `recorded` is the ledger's account, where it could be read.
    pub(super) fn status(&self, recorded: Option<&Account>) -> ExitStatus {
        let account = recorded.unwrap_or(&self.run.account);
        match self.halt() {
            Some(halt) => ExitStatus::from(halt),
            None if self.is_part => ExitStatus::of_part(account),
            None => ExitStatus::of_account(account),
        }
    }

    /// The exit status, once what was counted is held against the ledger.
    pub(super) fn conclude(
        self,
        recorded: &Account,
        out: &mut dyn Write,
    ) -> Result<ExitStatus, RunError> {
        let status = self.status(Some(recorded));
        let counted = &self.run.account;
        let whole = self.whole && self.halt().is_none();
        if !counted.is_closed() || !recorded.is_closed() || (whole && counted != recorded) {
            return Err(RunError::AccountOpen {
                counted: Box::new(counted.clone()),
                recorded: Box::new(recorded.clone()),
            });
        }
        match self.run.halted.or(self.unclosed) {
            None if counted.rows == 0 && !self.may_be_empty => Err(RunError::EmptyAudience),
            None => Ok(status),
            Some(Halt::Stopped) => {
                writeln!(out, "stopped before the end; the same command resumes")?;
                Ok(status)
            }
            Some(Halt::Blocked(blocker)) => Err(RunError::Blocked(blocker)),
            Some(
                halt @ (Halt::Ledger(_)
                | Halt::Audience(_)
                | Halt::Directory { .. }
                | Halt::TooMany { .. }
                | Halt::Bug(_)),
            ) => Err(RunError::Halted(halt)),
        }
    }
}
