//! What one event changes about a person.

use super::entry::Recipient;
use crate::model::{Event, Evidence, Fact, Install, Outcome, State};

impl Recipient {
    /// Takes in `fact`, which happened at `now` and leads to `next`.
    pub(super) fn take_in(&mut self, fact: &Fact, next: &State, now: &str) {
        self.note_evidence(&fact.event, &fact.evidence, next);
        self.note_install(&fact.event);
        self.note_event(&fact.event, now);
        self.note_state(next);
    }

    /// Keeps the last answer that mattered and counts every request.
    fn note_evidence(&mut self, event: &Event, new: &Evidence, next: &State) {
        let settles = matches!(next, State::Settled(_));
        let answered = new.http_status.is_some() || new.code.is_some() || new.request_id.is_some();
        let old = &mut self.evidence;
        // An end stands on its own proof, and a new start on none.
        if settles || answered || *event == Event::Rearmed {
            old.http_status = new.http_status;
            old.code.clone_from(&new.code);
            old.request_id.clone_from(&new.request_id);
        }
        if settles || new.detail.is_some() || *event == Event::Rearmed {
            old.detail.clone_from(&new.detail);
        }
        old.attempts = old.attempts.saturating_add(new.attempts);
    }

    fn note_install(&mut self, event: &Event) {
        self.install = match (self.install, event.install()) {
            (install, None) => install,
            // Finding what we installed does not make it somebody else's.
            (Some(Install::Installed), Some(Install::Present)) => Some(Install::Installed),
            (_, install @ Some(_)) => install,
        };
    }

    fn note_event(&mut self, event: &Event, now: &str) {
        match event {
            Event::FoundMissing => self.installation = None,
            Event::ChatResolved { chat } => self.chat = Some(chat.clone()),
            Event::ChatForgotten => self.chat = None,
            Event::SendStarted { .. } => self.sending_since = Some(now.to_owned()),
            Event::Delivered { activity } => {
                self.activity.clone_from(activity);
                self.delivered_at = Some(now.to_owned());
            }
            Event::FoundDelivered { activity, at } => {
                self.activity.clone_from(activity);
                self.delivered_at = Some(at.clone());
            }
            Event::FoundInstalled { .. }
            | Event::AppInstalled
            | Event::AlreadyInstalled
            | Event::SendAbandoned
            | Event::LeftInDoubt
            | Event::FoundAbsent
            | Event::DoubtRemained
            | Event::Skipped { .. }
            | Event::Failed { .. }
            | Event::Rearmed => {}
        }
    }

    fn note_state(&mut self, next: &State) {
        match next {
            State::Installed { installation } => self.installation.clone_from(installation),
            State::Addressed { chat } | State::Sending { chat } => self.chat = Some(chat.clone()),
            State::Identified | State::Missing | State::Settled(_) => {}
        }
        // Only of interest while a message may be on its way.
        if !matches!(
            next,
            State::Sending { .. } | State::Settled(Outcome::InDoubt)
        ) {
            self.sending_since = None;
        }
        self.state = next.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::fixture::{chat, person};

    fn after(facts: &[Fact]) -> Recipient {
        let mut recipient = Recipient::new(person("p"));
        for fact in facts {
            let next = recipient.state.clone().apply(&fact.event).unwrap();
            recipient.take_in(fact, &next, "now");
        }
        recipient
    }

    #[test]
    fn an_app_we_installed_stays_ours_when_it_is_found_again() {
        let recipient = after(&[
            Event::FoundMissing.into(),
            Event::AppInstalled.into(),
            Event::FoundInstalled { installation: None }.into(),
        ]);

        assert_eq!(recipient.install, Some(Install::Installed));
    }

    #[test]
    fn attempts_add_up_while_the_last_answer_wins() {
        let answered = |event, status, attempts| Fact {
            event,
            evidence: Evidence {
                http_status: Some(status),
                attempts,
                ..Evidence::default()
            },
        };
        let recipient = after(&[
            answered(Event::ChatResolved { chat: chat("c") }, 200, 2),
            Event::SendStarted { content: None }.into(),
            answered(Event::Delivered { activity: None }, 201, 3),
        ]);

        assert_eq!(recipient.evidence.attempts, 5);
        assert_eq!(recipient.evidence.http_status, Some(201));
    }

    #[test]
    fn the_start_of_a_send_is_kept_while_it_is_in_doubt() {
        let mut facts: Vec<Fact> = vec![
            Event::ChatResolved { chat: chat("c") }.into(),
            Event::SendStarted { content: None }.into(),
            Event::LeftInDoubt.into(),
        ];
        assert_eq!(after(&facts).sending_since.as_deref(), Some("now"));

        facts.push(Event::Rearmed.into());

        assert_eq!(after(&facts).sending_since, None);
    }
}
