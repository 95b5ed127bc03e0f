//! What has to be in the book before changes can be made to it.

use std::collections::BTreeSet;

use super::Change;
use super::book::Book;
use crate::model::{Event, ObjectId};

/// Rows and people that changes are about, as far as the book lacks them.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) rows: BTreeSet<u64>,
    pub(super) people: BTreeSet<ObjectId>,
    /// The address book is shared with others, so whoever is about to be
    /// addressed is looked up in it anew.
    pub(super) addresses: BTreeSet<ObjectId>,
}

impl Needs {
    /// What `changes` need beyond what `book` has.
    pub(super) fn of<'c>(changes: impl IntoIterator<Item = &'c Change>, book: &Book) -> Self {
        let mut needs = Self::default();
        for change in changes {
            match change {
                Change::Enrol(rows) => {
                    for row in rows {
                        needs.row(row.number.0, book);
                    }
                }
                Change::Bind { row, person } => {
                    needs.row(row.0, book);
                    needs.bound(&person.object_id, book);
                }
                Change::SettleRow { row, .. } => needs.row(row.0, book),
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
