//! Whom of its audience a run is about.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use crate::model::OutcomeKind;

/// Whom of its audience a run is about, and what it does with those whom
/// earlier runs settled.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(in crate::cli) struct Choice {
    /// Only the first N rows of the audience.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) limit: Option<NonZeroUsize>,
    /// Try again those who failed or are in doubt (who may then see two messages).
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',')]
    pub(in crate::cli) retry: Vec<Retry>,
    /// Only the users an earlier report names.
    #[arg(long, value_name = "REPORT")]
    pub(in crate::cli) from_report: Option<PathBuf>,
    /// Of those only the ones with these outcomes.
    #[arg(
        long,
        value_name = "OUTCOME",
        value_delimiter = ',',
        requires = "from_report"
    )]
    pub(in crate::cli) only: Vec<Only>,
    /// Send the message although it has changed: people who have the old one keep it.
    #[arg(long)]
    pub(in crate::cli) accept_changed_message: bool,
}

/// An outcome of an earlier report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Only {
    /// Those who have the message.
    Delivered,
    /// Those who were left out.
    Skipped,
    /// Those who failed.
    Failed,
    /// Those of whom it is not known.
    InDoubt,
    /// Those who were not reached yet.
    Pending,
}

impl From<Only> for OutcomeKind {
    fn from(only: Only) -> Self {
        match only {
            Only::Delivered => Self::Delivered,
            Only::Skipped => Self::Skipped,
            Only::Failed => Self::Failed,
            Only::InDoubt => Self::InDoubt,
            Only::Pending => Self::Pending,
        }
    }
}

/// An outcome that can be armed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Retry {
    /// Those who failed.
    Failed,
    /// Those of whom it is not known.
    InDoubt,
}

impl From<Retry> for OutcomeKind {
    fn from(retry: Retry) -> Self {
        match retry {
            Retry::Failed => Self::Failed,
            Retry::InDoubt => Self::InDoubt,
        }
    }
}
