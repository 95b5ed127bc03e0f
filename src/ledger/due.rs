//! What of the book is to be stored, and when.

use std::collections::HashMap;
use std::mem;

use super::book::{Book, Moment};
use super::{Change, Extent};
use crate::model::{ChatId, Fact, ObjectId, State};

/// One event of one person.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    /// Its place among all events of the run.
    order: u64,
    pub(super) at: String,
    pub(super) fact: Fact,
}

/// What a commit is to store, by key, and the events in their order.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) people: Vec<ObjectId>,
    pub(super) rows: Vec<u64>,
    pub(super) addresses: Vec<ObjectId>,
    /// Chats that are to be forgotten, unless another was learnt since.
    pub(super) stale: Vec<(ObjectId, ChatId)>,
    pub(super) events: Vec<(ObjectId, Happened)>,
}

impl Due {
    /// Whether there is nothing to store.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            people,
            rows,
            addresses,
            stale,
            events,
        } = self;
        let nobody = people.is_empty() && rows.is_empty() && events.is_empty();
        nobody && addresses.is_empty() && stale.is_empty()
    }
}

impl Book {
    /// Takes note of whom `change` makes urgent.
    pub(super) fn hurry(&mut self, change: &Change) {
        match change {
            Change::Record { person, .. } if change.is_urgent() => {
                self.urgent_people.push(person.clone());
            }
            Change::SettleRow { row, .. } => self.urgent_rows.push(row.0),
            Change::Record { .. }
            | Change::Enrol(_)
            | Change::Bind { .. }
            | Change::JoinWave { .. } => {}
        }
    }

    /// Takes what is to be stored now. Whoever a row is bound to is stored with
    /// it, and the row that stands for somebody with them.
    pub(super) fn take_due(&mut self, extent: Extent) -> Due {
        let urgent_people = mem::take(&mut self.urgent_people);
        let urgent_rows = mem::take(&mut self.urgent_rows);
        if extent == Extent::Everything {
            self.fresh_rows.clear();
            return Due {
                people: self.people.take_all_touched(),
                rows: self.rows.take_all_touched(),
                addresses: self.addresses.take_all_touched(),
                stale: mem::take(&mut self.stale),
                events: in_order(mem::take(&mut self.events)),
            };
        }
        let claims = urgent_people.iter().filter_map(|id| self.people.get(id));
        let claims: Vec<u64> = claims
            .filter_map(|person| Some(person.claim.as_ref()?.row))
            .collect();
        // What was just read is to be seen by whoever looks; most of it is bound
        // by now, and comes along with its person.
        let unbound = |row: &u64| {
            let row = self.rows.get(row);
            row.is_some_and(|row| row.object_id.is_none())
        };
        let unbound: Vec<u64> = mem::take(&mut self.fresh_rows)
            .into_iter()
            .filter(unbound)
            .collect();
        let rows = urgent_rows.into_iter().chain(claims).chain(unbound);
        let rows = self.rows.take_touched(rows);
        let bound = rows.iter().filter_map(|row| self.rows.get(row));
        let bound: Vec<ObjectId> = bound.filter_map(|row| row.object_id.clone()).collect();
        let people = self
            .people
            .take_touched(urgent_people.into_iter().chain(bound));
        let events = people
            .iter()
            .filter_map(|id| self.events.remove_entry(id))
            .collect();
        Due {
            rows,
            addresses: Vec::new(),
            stale: Vec::new(),
            events: in_order(events),
            people,
        }
    }

    /// Lets go of what is stored and not needed any more: settled people and
    /// whatever is about them, and all rows. Rows that nobody is bound to yet are
    /// read again then; of a run that is stopping there may be a million.
    /// To be called when everything is stored.
    pub(super) fn tidy(&mut self) {
        self.people
            .retain(|_, person| !matches!(person.state, State::Settled(_)));
        self.rows.retain(|_, _| false);
        let people = &self.people;
        self.addresses.retain(|id, _| people.get(id).is_some());
    }

    /// Forgets every entry; the rows of this run stay known as such.
    pub(super) fn clear(&mut self) {
        *self = Self {
            enrolled: mem::take(&mut self.enrolled),
            happened: self.happened,
            ..Self::default()
        };
    }

    /// How much there is in it.
    pub(super) fn len(&self) -> usize {
        self.rows.len() + self.people.len()
    }

    /// Takes down what happened to somebody.
    pub(super) fn note_event(&mut self, at: &Moment, id: ObjectId, fact: Fact) {
        self.happened += 1;
        let happened = Happened {
            order: self.happened,
            at: at.now.clone(),
            fact,
        };
        self.events.entry(id).or_default().push(happened);
    }
}

fn in_order(events: HashMap<ObjectId, Vec<Happened>>) -> Vec<(ObjectId, Happened)> {
    let events = events.into_iter();
    let mut events: Vec<_> = events
        .flat_map(|(id, all)| all.into_iter().map(move |one| (id.clone(), one)))
        .collect();
    events.sort_unstable_by_key(|(_, happened)| happened.order);
    events
}
