//! What has to be in the book before changes can be made to it.

use std::collections::{BTreeSet, HashMap};

use super::book::{Book, is_as_it_was};
use super::entry::RowEntry;
use super::{Change, NewRow};
use crate::model::{Event, ObjectId};

/// Rows and people that changes are about, as far as the book lacks them.
#[derive(Debug, Default)]
pub(super) struct Needs<'c> {
    pub(super) rows: BTreeSet<u64>,
    pub(super) people: BTreeSet<ObjectId>,
    /// The address book is shared with others, so whoever is about to be
    /// addressed is looked up in it anew.
    pub(super) addresses: BTreeSet<ObjectId>,
    /// Rows that are read, unless something else is asked of them too.
    pub(super) enrolled: HashMap<u64, Option<&'c NewRow>>,
}

impl<'c> Needs<'c> {
    /// What `changes` need beyond what `book` has.
    pub(super) fn of(changes: impl IntoIterator<Item = &'c Change>, book: &Book) -> Self {
        let mut needs = Self::default();
        for change in changes {
            match change {
                Change::Enrol(rows) => {
                    for row in rows {
                        needs.row(row.number.0, book);
                        let asked = needs.enrolled.entry(row.number.0);
                        asked.and_modify(|other| *other = None).or_insert(Some(row));
                    }
                }
                Change::Bind { row, person } => {
                    needs.row(row.0, book);
                    needs.enrolled.insert(row.0, None);
                    needs.bound(&person.object_id, book);
                }
                Change::SettleRow { row, .. } => {
                    needs.row(row.0, book);
                    needs.enrolled.insert(row.0, None);
                }
                Change::Record { person, fact, .. }
                    if fact.event == Event::ChatForgotten || book.people.get(person).is_none() =>
                {
                    needs.bound(person, book);
                }
                Change::JoinWave { person, .. } if book.people.get(person).is_none() => {
                    needs.bound(person, book);
                }
                Change::Record { .. } | Change::JoinWave { .. } => {}
            }
        }
        needs
    }

    /// The people that rows of the book, or rows just loaded, are bound to.
    pub(super) fn bound(&mut self, person: &ObjectId, book: &Book) {
        if book.people.get(person).is_none() {
            self.people.insert(person.clone());
        }
        if !book.addresses.is_touched(person) {
            self.addresses.insert(person.clone());
        }
    }

    /// Whoever `row`, which was just loaded, is bound to; unless all that is
    /// asked of it is how they ended.
    pub(super) fn loaded(&mut self, number: u64, row: &mut RowEntry, book: &Book) {
        let Some(person) = row.object_id.clone() else {
            return;
        };
        let asked = self.enrolled.get(&number).copied().flatten();
        let is_all = asked.is_some_and(|new| is_as_it_was(row, new));
        if !is_all || book.people.get(&person).is_some() {
            row.settled = None;
        }
        if row.settled.is_none() {
            self.bound(&person, book);
        }
    }

    fn row(&mut self, number: u64, book: &Book) {
        match book.rows.get(&number) {
            None => {
                self.rows.insert(number);
            }
            Some(row) => {
                if let Some(person) = &row.object_id {
                    self.bound(person, book);
                }
            }
        }
    }
}
