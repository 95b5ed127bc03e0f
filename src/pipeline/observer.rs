//! What the pipeline tells whoever watches it.

use crate::model::{Event, Outcome};

/// The stages shown to the operator, in the order a recipient passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The directory knows them.
    Identified,
    /// The app is known to be installed.
    Installed,
    /// The chat is known.
    Addressed,
    /// The message was accepted.
    Delivered,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 4] = [
        Self::Identified,
        Self::Installed,
        Self::Addressed,
        Self::Delivered,
    ];

    /// The stage a recipient passes with `event`, if any.
    pub fn passed_at(event: &Event) -> Option<Self> {
        match event {
            Event::FoundInstalled { .. } => Some(Self::Installed),
            Event::ChatResolved { .. } => Some(Self::Addressed),
            Event::Delivered { .. } | Event::FoundDelivered { .. } => Some(Self::Delivered),
            Event::FoundMissing
            | Event::AppInstalled
            | Event::AlreadyInstalled
            | Event::ChatForgotten
            | Event::SendStarted { .. }
            | Event::SendAbandoned
            | Event::LeftInDoubt
            | Event::FoundAbsent
            | Event::DoubtRemained
            | Event::Skipped { .. }
            | Event::Failed { .. }
            | Event::Rearmed => None,
        }
    }

    /// The word shown to the operator.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::Installed => "installed",
            Self::Addressed => "addressed",
            Self::Delivered => "delivered",
        }
    }
}

/// Watches a run. The pipeline calls it and never prints.
pub trait Observer: Send + Sync {
    /// The audience has `rows` rows, counted before the run.
    fn expected(&self, rows: u64);
    /// `rows` more rows were read from the audience.
    fn listed(&self, rows: u64);
    /// The audience has been read to its end.
    fn all_listed(&self);
    /// One recipient has passed `stage`.
    fn passed(&self, stage: Stage);
    /// One row is finished.
    fn settled(&self, outcome: Outcome);
}

/// Shows nothing. For tests, for pipes, and for `--quiet`.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn expected(&self, _: u64) {}
    fn listed(&self, _: u64) {}
    fn all_listed(&self) {}
    fn passed(&self, _: Stage) {}
    fn settled(&self, _: Outcome) {}
}
