//! What every recipient's future needs.

use tokio_util::sync::CancellationToken;

use crate::{
    audience::{Bounds, Rules, rule_out},
    campaign::{Delivery, Install},
    connector::Connector,
    graph::Graph,
    ledger::Ledger,
    message::Message,
    model::{Cause, Event, Evidence, Fact, Outcome, OutcomeKind, Person},
};

use super::{Observer, Rosters, Tidings};

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
    /// Who is left out by name or address.
    pub bounds: &'a Bounds,
    /// Who is reached through a team.
    pub rosters: &'a Rosters,
    /// Chats that become known meanwhile.
    pub tidings: &'a Tidings,
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
    /// Whether somebody an earlier run settled is taken up again, by what is
    /// known without looking: the operator named the outcome, or the campaign
    /// no longer has the rule that left them out. A skip never sent anything,
    /// so that is safe.
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

    /// Whether a rule that looks at the person may say something else today.
    pub(super) fn may_differ(&self, outcome: Outcome, has_person: bool) -> bool {
        match outcome {
            Outcome::Skipped(Cause::Excluded) => true,
            Outcome::Skipped(Cause::NotInstalled) => !self.rosters.is_empty(),
            Outcome::Skipped(Cause::Guest | Cause::Disabled | Cause::Unlicensed) => has_person,
            Outcome::Skipped(_) | Outcome::Delivered | Outcome::Failed(_) | Outcome::InDoubt => {
                false
            }
        }
    }

    /// Whether somebody an earlier run settled is taken up again, by what is
    /// known of them today.
    pub(super) fn takes_up(&self, outcome: Outcome, person: &Person) -> bool {
        let differs = outcome != Outcome::Skipped(Cause::NotInstalled)
            && self.may_differ(outcome, true)
            && self.left_out(person).map(|fact| fact.event)
                != outcome.cause().map(|cause| Event::Skipped { cause });
        let reachable = outcome == Outcome::Skipped(Cause::NotInstalled)
            && self.rosters.member(&person.object_id).is_some();
        differs || reachable || self.tries_again(outcome)
    }

    /// By which rule the campaign leaves the person out, if by any.
    pub(super) fn left_out(&self, person: &Person) -> Option<Fact> {
        if let Some(detail) = self.bounds.leave_out(person) {
            let cause = Cause::Excluded;
            return Some(Fact {
                event: Event::Skipped { cause },
                evidence: Evidence::detail(detail),
            });
        }
        rule_out(self.rules, person).map(|cause| Event::Skipped { cause }.into())
    }
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx")
            .field("delivery", self.delivery)
            .finish_non_exhaustive()
    }
}
