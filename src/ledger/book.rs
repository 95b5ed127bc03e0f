//! The rules: what each change does to rows, people and the address book.

use std::collections::HashMap;

use jiff::Timestamp;

use super::due::Happened;
use super::entry::{Address, Claim, Recipient, RowEnd, RowEntry};
use super::row_set::RowSet;
use super::shelf::Shelf;
use super::{Answer, Bound, Change, CommitError, NewRow, Standing};
use crate::model::{
    Cause, ChatId, Event, Evidence, Fact, Install, ObjectId, Outcome, Person, RowNumber, State,
};

/// The rows and people a run is about, as they are to be stored.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub(super) rows: Shelf<u64, RowEntry>,
    pub(super) people: Shelf<ObjectId, Recipient>,
    pub(super) addresses: Shelf<ObjectId, Address>,
    /// Chats that turned out to be stale.
    pub(super) stale: Vec<(ObjectId, ChatId)>,
    /// What happened and is not stored yet.
    pub(super) events: HashMap<ObjectId, Vec<Happened>>,
    /// How many events there were.
    pub(super) happened: u64,
    /// The rows of this run so far.
    pub(super) enrolled: RowSet,
    /// Of whom something is to be durable before anybody hears of it.
    pub(super) urgent_people: Vec<ObjectId>,
    pub(super) urgent_rows: Vec<u64>,
    /// Rows read since the last commit.
    pub(super) fresh_rows: Vec<u64>,
}

/// In which run of which campaign changes are made, and when.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) campaign: String,
    pub(super) run: i64,
    pub(super) now: String,
}

/// Times are written to the millisecond, so that they line up and sort.
pub(super) fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}

impl Moment {
    pub(super) fn new(campaign: &str, run: i64, now: Timestamp) -> Self {
        Self {
            campaign: campaign.to_owned(),
            run,
            now: written(now),
        }
    }
}

impl Book {
    /// Makes one change.
    pub(super) fn apply(&mut self, at: &Moment, change: Change) -> Result<Answer, CommitError> {
        self.hurry(&change);
        match change {
            Change::Enrol(rows) => rows
                .into_iter()
                .map(|row| self.enrol(at, row))
                .collect::<Result<_, _>>()
                .map(Answer::Standings),
            Change::Bind { row, person } => self.bind(at, row, person).map(Answer::Bound),
            Change::SettleRow {
                row,
                outcome,
                evidence,
            } => self.settle_row(row, RowEnd { outcome, evidence }),
            Change::Record { person, fact, next } => self.record(at, person, fact, &next),
            Change::JoinWave { person, wave } => {
                self.person_mut(&person)?.wave = Some(wave);
                Ok(Answer::Done)
            }
        }
    }

    fn enrol(&mut self, at: &Moment, new: NewRow) -> Result<Standing, CommitError> {
        self.enrolled.insert(new.number.0);
        let kept = self
            .rows
            .get(&new.number.0)
            .is_some_and(|old| is_as_it_was(old, &new));
        if kept {
            self.resume(at, new.number)
        } else {
            Ok(self.start_over(new))
        }
    }

    fn start_over(&mut self, new: NewRow) -> Standing {
        self.release(new.number);
        let end = new.malformed.map(|reason| RowEnd {
            outcome: Outcome::Skipped(Cause::MalformedRow),
            evidence: Evidence::detail(reason),
        });
        let standing = match &end {
            Some(end) => Standing::Settled(end.outcome),
            None => Standing::New,
        };
        let entry = RowEntry {
            label: new.label,
            user: new.user,
            object_id: None,
            end,
            settled: None,
        };
        self.rows.put(new.number.0, entry);
        self.fresh_rows.push(new.number.0);
        standing
    }

    fn resume(&mut self, at: &Moment, number: RowNumber) -> Result<Standing, CommitError> {
        let Some(row) = self.rows.get(&number.0) else {
            return Err(CommitError::UnknownRow { row: number });
        };
        match &row.end {
            Some(end) if !end.is_duplicate() => return Ok(Standing::Settled(end.outcome)),
            Some(_) | None => {}
        }
        let Some(id) = row.object_id.clone() else {
            // Which of two rows comes first is asked anew in every run.
            if row.end.is_some() {
                self.row_mut(number)?.end = None;
            }
            return Ok(Standing::New);
        };
        if let Some(outcome) = row.settled {
            self.rows.unload(&number.0);
            return Ok(Standing::Settled(outcome));
        }
        if self.claim(at, number, &id)?.is_some() {
            return Ok(Standing::Settled(Outcome::Skipped(Cause::Duplicate)));
        }
        let person = self.person(&id)?;
        Ok(match &person.state {
            State::Settled(outcome) => Standing::Settled(*outcome),
            state @ (State::Identified
            | State::Missing
            | State::Installed { .. }
            | State::Addressed { .. }
            | State::Sending { .. }) => Standing::Known {
                person: person.profile.clone(),
                state: state.clone(),
                chat: self.known_chat(&id, state),
                service_url: self.service_url(&id),
            },
        })
    }

    fn bind(
        &mut self,
        at: &Moment,
        number: RowNumber,
        profile: Person,
    ) -> Result<Bound, CommitError> {
        let id = profile.object_id.clone();
        let bound_to = |row: &RowEntry| row.object_id.as_ref() == Some(&id);
        if !self.rows.get(&number.0).is_some_and(bound_to) {
            self.release(number);
            self.row_mut(number)?.object_id = Some(id.clone());
        }
        match self.people.get(&id) {
            Some(known) if known.profile == profile => {}
            Some(_) => self.person_mut(&id)?.profile = profile,
            None => self.people.put(id.clone(), Recipient::new(profile)),
        }
        if let Some(first) = self.claim(at, number, &id)? {
            return Ok(Bound::Duplicate { first });
        }
        let state = self.person(&id)?.state.clone();
        let chat = self.known_chat(&id, &state);
        Ok(Bound::First {
            state,
            chat,
            service_url: self.service_url(&id),
        })
    }

    fn settle_row(&mut self, number: RowNumber, end: RowEnd) -> Result<Answer, CommitError> {
        let is_person = end.is_duplicate();
        if !is_person {
            self.release(number);
        }
        let row = self.row_mut(number)?;
        if !is_person {
            row.object_id = None;
        }
        row.end = Some(end);
        Ok(Answer::Done)
    }

    fn record(
        &mut self,
        at: &Moment,
        id: ObjectId,
        fact: Fact,
        next: &State,
    ) -> Result<Answer, CommitError> {
        let person = self.person_mut(&id)?;
        let stale = person.chat.clone();
        person.take_in(&fact, next, &at.now);
        let installed = person.install;
        match &fact.event {
            Event::ChatResolved { chat } => self.note_address(at, &id, chat, installed),
            Event::ChatForgotten => {
                if let Some(stale) = stale {
                    self.forget_address(id.clone(), stale);
                }
            }
            Event::FoundMissing
            | Event::FoundInstalled { .. }
            | Event::AppInstalled
            | Event::AlreadyInstalled
            | Event::SendStarted { .. }
            | Event::SendAbandoned
            | Event::Delivered { .. }
            | Event::LeftInDoubt
            | Event::FoundDelivered { .. }
            | Event::FoundAbsent
            | Event::DoubtRemained
            | Event::Skipped { .. }
            | Event::Failed { .. }
            | Event::Rearmed => {}
        }
        self.note_event(at, id, fact);
        Ok(Answer::Done)
    }

    /// Writes down what was learnt, or that what was known still serves.
    fn note_address(
        &mut self,
        at: &Moment,
        id: &ObjectId,
        chat: &ChatId,
        installed: Option<Install>,
    ) {
        let address = match self.addresses.get(id) {
            Some(known) if known.chat == *chat => Address {
                installed: installed.or(known.installed),
                used_at: at.now.clone(),
                ..known.clone()
            },
            known @ (Some(_) | None) => Address {
                chat: chat.clone(),
                installed,
                learnt_from: at.campaign.clone(),
                learnt_at: at.now.clone(),
                used_at: at.now.clone(),
                // They belong to the person, not to the chat.
                member: known.and_then(|known| known.member.clone()),
                service_url: known.and_then(|known| known.service_url.clone()),
            },
        };
        self.addresses.put(id.clone(), address);
    }

    /// Forgets the chat that turned out to be stale; one that was learnt since
    /// stays.
    fn forget_address(&mut self, id: ObjectId, stale: ChatId) {
        let known = self.addresses.get(&id).map(|known| &known.chat);
        if known == Some(&stale) {
            self.addresses.drop_touched(&id);
        }
        self.stale.push((id, stale));
    }

    /// Lets the row stand for the person, or settles it as a duplicate and says
    /// which row does: one of this run that is bound to them.
    fn claim(
        &mut self,
        at: &Moment,
        number: RowNumber,
        id: &ObjectId,
    ) -> Result<Option<String>, CommitError> {
        let row = self.row(number)?;
        let (label, end) = (row.label.clone(), row.end.clone());
        let claim = self.person(id)?.claim.clone();
        let stands = |claim: &Claim| claim.run == at.run || self.enrolled.contains(claim.row);
        match claim {
            Some(claim) if claim.row != number.0 && stands(&claim) => {
                let duplicate = RowEnd::duplicate_of(&claim.label);
                if end.as_ref() != Some(&duplicate) {
                    self.row_mut(number)?.end = Some(duplicate);
                }
                return Ok(Some(claim.label));
            }
            Some(claim) if claim.row == number.0 && claim.label == label => {}
            Some(_) | None => {
                self.person_mut(id)?.claim = Some(Claim {
                    run: at.run,
                    row: number.0,
                    label,
                });
            }
        }
        if end.is_some() {
            self.row_mut(number)?.end = None;
        }
        Ok(None)
    }

    /// Gives up the row's claim, if it has one.
    fn release(&mut self, number: RowNumber) {
        let row = self.rows.get(&number.0);
        let Some(id) = row.and_then(|row| row.object_id.clone()) else {
            return;
        };
        let claims = |person: &Recipient| {
            let claim = person.claim.as_ref();
            claim.is_some_and(|claim| claim.row == number.0)
        };
        if self.people.get(&id).is_some_and(claims)
            && let Some(person) = self.people.edit(&id)
        {
            person.claim = None;
        }
    }

    /// The chat by the address book, for a person of whom nothing is known.
    fn known_chat(&self, id: &ObjectId, state: &State) -> Option<ChatId> {
        let address = self.addresses.get(id)?;
        (*state == State::Identified).then(|| address.chat.clone())
    }

    fn row(&self, row: RowNumber) -> Result<&RowEntry, CommitError> {
        let entry = self.rows.get(&row.0);
        entry.ok_or(CommitError::UnknownRow { row })
    }

    /// Where Teams said that the person's messages are taken.
    fn service_url(&self, id: &ObjectId) -> Option<String> {
        self.addresses.get(id)?.service_url.clone()
    }

    fn row_mut(&mut self, row: RowNumber) -> Result<&mut RowEntry, CommitError> {
        let entry = self.rows.edit(&row.0);
        entry.ok_or(CommitError::UnknownRow { row })
    }

    fn person(&self, id: &ObjectId) -> Result<&Recipient, CommitError> {
        let unknown = || CommitError::UnknownPerson { person: id.clone() };
        self.people.get(id).ok_or_else(unknown)
    }

    fn person_mut(&mut self, id: &ObjectId) -> Result<&mut Recipient, CommitError> {
        let unknown = || CommitError::UnknownPerson { person: id.clone() };
        self.people.edit(id).ok_or_else(unknown)
    }
}

/// Whether what is known of a row still holds for it.
pub(super) fn is_as_it_was(old: &RowEntry, new: &NewRow) -> bool {
    let was_malformed = old
        .end
        .as_ref()
        .is_some_and(|end| end.outcome.cause() == Some(Cause::MalformedRow));
    old.label == new.label && old.user == new.user && !was_malformed && new.malformed.is_none()
}
