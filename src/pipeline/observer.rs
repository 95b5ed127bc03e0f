//! What the pipeline tells whoever watches it.

use crate::model::{Event, Outcome, State};

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

    /// The stages a recipient in `state` passes with `event`: somebody with a
    /// chat has the app.
    pub fn passed_at(state: &State, event: &Event) -> &'static [Self] {
        match (state, event) {
            (
                State::Identified | State::Missing,
                Event::FoundInstalled { .. } | Event::AppInstalled | Event::AlreadyInstalled,
            ) => &[Self::Installed],
            (State::Identified, Event::ChatResolved { .. }) => &[Self::Installed, Self::Addressed],
            (_, Event::ChatResolved { .. }) => &[Self::Addressed],
            (_, Event::Delivered { .. } | Event::FoundDelivered { .. }) => &[Self::Delivered],
            (_, _) => &[],
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
