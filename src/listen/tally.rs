//! How postings were answered.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::Refusal;

/// Counts answers; shared by all postings.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Tallied>);

/// How postings were answered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallied {
    /// Notices taken in.
    pub noted: u64,
    /// Activities that tell nothing.
    pub ignored: u64,
    /// Notices turned away because the ledger was not ready.
    pub unready: u64,
    /// Refused postings, by why.
    pub refused: BTreeMap<Refusal, u64>,
}

impl Tally {
    /// What was counted so far.
    pub fn so_far(&self) -> Tallied {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn count(&self, add: impl FnOnce(&mut Tallied)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Tallied {
    /// How many were refused.
    pub fn all_refused(&self) -> u64 {
        self.refused.values().sum()
    }
}
