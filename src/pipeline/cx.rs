//! What every recipient's future needs.

use tokio_util::sync::CancellationToken;

use crate::{
    audience::Rules,
    campaign::{Delivery, Install},
    connector::Connector,
    graph::Graph,
    ledger::Ledger,
    message::Message,
    model::{Cause, Outcome, OutcomeKind},
};

use super::Observer;

/// What every recipient's future needs; borrowed for the length of a run.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// People, installations, chats.
    pub graph: &'a Graph,
    /// Conversations and messages.
    pub connector: &'a Connector,
    /// What is durable.
    pub ledger: &'a Ledger,
    /// What to send.
    pub message: &'a Message,
    /// Who is left out.
    pub rules: &'a Rules,
    /// The campaign's name.
    pub campaign: &'a str,
    /// How to deliver.
    pub delivery: &'a Delivery,
    /// Which outcomes of earlier runs are tried again.
    pub retry: &'a [OutcomeKind],
    /// Who watches.
    pub observer: &'a dyn Observer,
    /// Cancelled when the run is to stop.
    pub stop: &'a CancellationToken,
}

impl Cx<'_> {
    /// Whether somebody an earlier run settled is taken up again: the operator
    /// named the outcome, or the campaign no longer has the rule that left
    /// them out. A skip never sent anything, so that is safe.
    pub(super) fn tries_again(&self, outcome: Outcome) -> bool {
        let rule_is_gone = match outcome {
            Outcome::Skipped(Cause::Guest) => self.rules.guests,
            Outcome::Skipped(Cause::Disabled) => self.rules.disabled,
            Outcome::Skipped(Cause::Unlicensed) => self.rules.unlicensed,
            Outcome::Skipped(Cause::NotInstalled) => self.delivery.install == Install::IfMissing,
            Outcome::Skipped(_) | Outcome::Delivered | Outcome::Failed(_) | Outcome::InDoubt => {
                false
            }
        };
        rule_is_gone || self.retry.contains(&outcome.kind())
    }
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx")
            .field("delivery", self.delivery)
            .finish_non_exhaustive()
    }
}
