//! Exit codes and the errors behind them.

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};

use crate::{
    audience::AudienceError,
    campaign::CampaignError,
    identity::{CertificateError, SecretError, SignInError},
    ledger::{CommitError, OpenError, ReadError},
    listen::MetadataError,
    message::MessageError,
    model::{Account, OutcomeKind},
    pipeline::Halt,
    plan::Part,
    preflight::Finding,
    remote::{Blocker, BuildError},
    report::ReportError,
    simulator::{FileError, StartError},
};

use super::listen::Deaf;

/// What the program says to whoever started it. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everyone is delivered or skipped by the campaign's own rules.
    Done = 0,
    /// The program is wrong.
    Internal = 1,
    /// Command line, campaign, audience or message are wrong; nothing was sent.
    Usage = 2,
    /// Finished; some recipients failed.
    SomeFailed = 3,
    /// Finished; some recipients are in doubt.
    SomeInDoubt = 4,
    /// Sign-in, permission or app mismatch.
    Refused = 6,
    /// Stopped before the end; the same command resumes.
    Stopped = 7,
    /// Not confirmed.
    NotConfirmed = 8,
    /// The ledger is in use or cannot be used.
    LedgerUnusable = 9,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

impl ExitStatus {
    /// The status of a run that reached its end with `account`.
    pub(super) fn of_account(account: &Account) -> Self {
        if account.is_closed() && account.tally.of(OutcomeKind::Pending) != 0 {
            Self::Stopped
        } else {
            Self::of_part(account)
        }
    }

    /// The status of a command that was about a part of the audience: nobody
    /// expected it to finish the rest.
    pub(super) fn of_part(account: &Account) -> Self {
        if !account.is_closed() {
            Self::Internal
        } else if account.tally.of(OutcomeKind::InDoubt) != 0 {
            Self::SomeInDoubt
        } else if account.tally.of(OutcomeKind::Failed) != 0 {
            Self::SomeFailed
        } else {
            Self::Done
        }
    }
}

/// Why a command could not do its job.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The campaign file is wrong.
    #[error("the campaign cannot be used")]
    Campaign(#[source] CampaignError),
    /// A list of people is wrong.
    #[error("the audience cannot be used")]
    Audience(#[source] AudienceError),
    /// Standard input could not be read.
    #[error("the list on standard input cannot be read; nothing was sent")]
    Input(#[source] io::Error),
    /// Nobody is listed.
    #[error("the audience is empty: no source has anybody; nothing was sent")]
    EmptyAudience,
    /// The report names nobody of the kind asked for.
    #[error(
        "`{}` names nobody with an outcome of --only; nothing was sent", report.display()
    )]
    NobodyChosen {
        /// The report.
        report: PathBuf,
    },
    /// Nobody knows how many people are to be rehearsed with.
    #[error(
        "how many people there are is known to the directory, which a rehearsal does not ask; \
         give --people N"
    )]
    NobodyCounted,
    /// More people than the campaign allows.
    #[error(
        "the audience has {found} rows, more than audience.max_recipients = {allowed}; nothing was sent"
    )]
    TooMany {
        /// Rows found.
        found: u64,
        /// Rows allowed.
        allowed: u64,
    },
    /// The message is wrong.
    #[error("the message cannot be used")]
    Message(#[source] MessageError),
    /// The message uses fields nobody can have.
    #[error(
        "the message uses {}, which neither the directory nor a column of the lists provides; \
         known are {known}", fields.join(", ")
    )]
    UnknownFields {
        /// The fields.
        fields: Vec<String>,
        /// The known ones.
        known: String,
    },
    /// The extra root certificate cannot be read.
    #[error("tenant.endpoints.ca_file `{}` cannot be read", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("the network cannot be used")]
    Client(#[source] BuildError),
    /// The credentials make no sense.
    #[error("the credentials cannot be used")]
    Credentials(#[source] SignInError),
    /// A secret cannot be read.
    #[error("the credentials cannot be used")]
    Secret(#[source] SecretError),
    /// A certificate cannot be used.
    #[error("the credentials cannot be used")]
    Certificate(#[source] CertificateError),
    /// Something is wrong that would befall everyone.
    #[error(
        "nothing was sent, since this would befall everyone:{}",
        listed(faults)
    )]
    NotReady {
        /// What is wrong, and what to do about it.
        faults: Vec<Finding>,
    },
    /// A fault that would befall everyone.
    #[error("nothing (more) was sent")]
    Blocked(#[source] Blocker),
    /// The operator did not confirm.
    #[error("not confirmed, nothing was sent: {advice}")]
    NotConfirmed {
        /// What to do.
        advice: &'static str,
    },
    /// The plan is not the one that was confirmed.
    #[error(
        "nothing was sent, since {}; `teamcast plan` shows what a run would do now",
        differing(parts)
    )]
    PlanDiffers {
        /// In what it differs, where that can be told.
        parts: Vec<Part>,
    },
    /// The ledger's location makes no sense.
    #[error("`{url}` is no ledger; give sqlite:PATH")]
    LedgerUrl {
        /// As given.
        url: String,
    },
    /// The ledger cannot be used.
    #[error("the ledger `{}` cannot be used", path.display())]
    Ledger {
        /// The database.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: OpenError,
    },
    /// The ledger cannot be written.
    #[error(
        "the ledger `{}` cannot be written, so nothing more was sent; once it can be, the same \
         command continues", path.display()
    )]
    Commit {
        /// The database.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: CommitError,
    },
    /// The ledger cannot be written while Teams tells something.
    #[error("the ledger `{}` cannot be written, so nothing Teams tells is taken in", path.display())]
    Unheard {
        /// The database.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: CommitError,
    },
    /// It is not known who speaks for Teams.
    #[error("it cannot be found out who signs what Teams tells the bot; see [tenant.endpoints]")]
    Keys(#[source] MetadataError),
    /// Teams cannot be listened to in that way.
    #[error(transparent)]
    Deaf(Deaf),
    /// The ledger did not forget.
    #[error(
        "the ledger `{}` may still hold what was to be forgotten; the same command tries again",
        path.display()
    )]
    Forget {
        /// The database.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: CommitError,
    },
    /// The time that data are kept is no time.
    #[error("--older-than is not a time that has passed: give something like 180d")]
    Age,
    /// The ledger cannot be read.
    #[error("the ledger cannot be read")]
    Read(#[source] ReadError),
    /// The run stopped before its end.
    #[error("the run stopped before its end")]
    Halted(#[source] Halt),
    /// What the run counted is not what the ledger holds.
    #[error(
        "internal error, please report it: the run counted {counted}, the ledger has {recorded}"
    )]
    AccountOpen {
        /// What the run counted.
        counted: Box<Account>,
        /// What the ledger holds.
        recorded: Box<Account>,
    },
    /// Reports could not be written, which was found before anybody was touched.
    #[error("the reports could not be written, so nothing was sent; give another --out")]
    OutDir(#[source] ReportError),
    /// A report cannot be written.
    #[error("the report cannot be written; `teamcast report` writes it again")]
    Report(#[source] ReportError),
    /// A file of the sample cannot be written.
    #[error("`{}` cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// The terminal or pipe is gone.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// The simulated tenant hands out tokens to whoever asks.
    #[error("`{listen}` is not a loopback address, and the simulator is for this machine only")]
    NotLoopback {
        /// As given.
        listen: SocketAddr,
    },
    /// The simulated tenant cannot be served.
    #[error("the simulated tenant cannot be served")]
    Simulator(#[source] StartError),
    /// A tenant or a script of hardships cannot be used.
    #[error(transparent)]
    SimulatorFile(FileError),
    /// The runtime cannot be started.
    #[error("the program cannot start")]
    Runtime(#[source] io::Error),
}

impl From<io::Error> for RunError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<ReadError> for RunError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<ReportError> for RunError {
    fn from(error: ReportError) -> Self {
        Self::Report(error)
    }
}

impl From<&RunError> for ExitStatus {
    fn from(error: &RunError) -> Self {
        match error {
            RunError::Campaign(CampaignError::MissingCredential { .. }) => Self::Refused,
            RunError::Campaign(_)
            | RunError::Audience(_)
            | RunError::Input(_)
            | RunError::EmptyAudience
            | RunError::NobodyChosen { .. }
            | RunError::NobodyCounted
            | RunError::TooMany { .. }
            | RunError::Message(_)
            | RunError::UnknownFields { .. }
            | RunError::LedgerUrl { .. }
            | RunError::Age
            | RunError::OutDir(_)
            | RunError::NotLoopback { .. }
            | RunError::Deaf(_)
            | RunError::SimulatorFile(_)
            | RunError::CaFile { .. }
            | RunError::Client(_) => Self::Usage,
            RunError::Credentials(_)
            | RunError::Keys(_)
            | RunError::Secret(_)
            | RunError::Certificate(_)
            | RunError::NotReady { .. }
            | RunError::Blocked(_) => Self::Refused,
            RunError::NotConfirmed { .. } | RunError::PlanDiffers { .. } => Self::NotConfirmed,
            // The name stands for another campaign: the file is wrong, not the ledger.
            RunError::Ledger {
                source:
                    OpenError::MessageChanged { .. }
                    | OpenError::OtherTenant { .. }
                    | OpenError::OtherBot { .. }
                    | OpenError::Forgotten { .. },
                ..
            } => Self::Usage,
            RunError::Ledger { .. }
            | RunError::Commit { .. }
            | RunError::Forget { .. }
            | RunError::Unheard { .. }
            | RunError::Read(_) => Self::LedgerUnusable,
            RunError::Halted(halt) => Self::from(halt),
            RunError::AccountOpen { .. }
            | RunError::Report(_)
            | RunError::Write { .. }
            | RunError::Output(_)
            | RunError::Simulator(_)
            | RunError::Runtime(_) => Self::Internal,
        }
    }
}

impl From<&Halt> for ExitStatus {
    fn from(halt: &Halt) -> Self {
        match halt {
            // Asked wrongly, and the same command would ask so again.
            Halt::Directory {
                status: Some(400..=499),
                ..
            } => Self::Usage,
            Halt::Stopped | Halt::Audience(_) | Halt::Directory { .. } | Halt::TooMany { .. } => {
                Self::Stopped
            }
            Halt::Blocked(_) => Self::Refused,
            Halt::Ledger(_) => Self::LedgerUnusable,
            Halt::Bug(_) => Self::Internal,
        }
    }
}

/// In what a plan differs, in words.
fn differing(parts: &[Part]) -> String {
    let words: Vec<&str> = parts.iter().map(|part| part.words()).collect();
    match words.as_slice() {
        [] => "--confirm has the hash of another plan".to_owned(),
        _ => format!(
            "the plan is not the one that was confirmed: something else is {}",
            words.join(" and ")
        ),
    }
}

/// One line a fault, and what to do about it.
fn listed(faults: &[Finding]) -> String {
    let line = |fault: &Finding| {
        let advice = fault.advice.as_deref().unwrap_or_default();
        format!("\n  {}: {}\n    {advice}", fault.check.name(), fault.detail)
    };
    faults.iter().map(line).collect()
}
