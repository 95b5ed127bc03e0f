//! What changed in the directory since the tenant was made: who came, who is
//! different, who left.
//!
//! The people a tenant begins with are never copied; only a change costs memory.

use std::{collections::HashMap, sync::Arc};

use super::{Place, fold, person::Person};
use crate::simulator::guid::Guid;

/// Everything that changed, in order and as it stands.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    latest: HashMap<Place, Standing>,
    by_id: HashMap<Guid, Place>,
    by_upn: HashMap<Box<str>, Place>,
    by_mail: HashMap<Box<str>, Vec<Place>>,
    arrivals: usize,
    log: Vec<Change>,
}

/// How a person who changed stands now.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// In the directory.
    Here(Arc<Person>),
    /// Deleted; this is who it was.
    Gone(Arc<Person>),
}

/// One change.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Whom it concerns.
    pub(crate) place: Place,
    /// The person before it; nobody, for somebody who came.
    pub(crate) before: Option<Arc<Person>>,
}

impl Standing {
    /// Returns who it is or was.
    pub(crate) fn person(&self) -> &Person {
        match self {
            Self::Here(person) | Self::Gone(person) => person,
        }
    }
}

impl Changes {
    /// Returns how somebody who changed stands, and nothing of anybody else.
    pub(crate) fn standing(&self, place: Place) -> Option<&Standing> {
        self.latest.get(&place)
    }

    /// Returns how many people came.
    pub(crate) fn arrivals(&self) -> usize {
        self.arrivals
    }

    /// Returns every change, the first one first.
    pub(crate) fn log(&self) -> &[Change] {
        &self.log
    }

    /// Finds who came with this id.
    pub(crate) fn by_id(&self, id: Guid) -> Option<Place> {
        self.by_id.get(&id).copied()
    }

    /// Finds who changed to this principal name, in lower case.
    pub(crate) fn by_upn(&self, upn: &str) -> Option<Place> {
        self.by_upn.get(upn).copied()
    }

    /// Finds everybody who changed to this mail address, in lower case.
    pub(crate) fn by_mail(&self, mail: &str) -> &[Place] {
        self.by_mail.get(mail).map_or(&[], Vec::as_slice)
    }

    /// Whether the person at `place` is in the directory and fulfils `test`, as far as changes say.
    pub(crate) fn allows(&self, place: Place, test: impl Fn(&Person) -> bool) -> bool {
        match self.latest.get(&place) {
            None => true,
            Some(Standing::Here(person)) => test(person),
            Some(Standing::Gone(_)) => false,
        }
    }

    /// Adds somebody at `place`, which nobody has.
    pub(crate) fn arrive(&mut self, place: Place, person: Person) {
        self.by_id.insert(person.object_id, place);
        self.arrivals += 1;
        let person = self.index(place, person);
        self.record(place, None, Standing::Here(person));
    }

    /// Replaces `before`, who is at `place`.
    pub(crate) fn replace(&mut self, place: Place, before: Person, after: Person) {
        let after = self.index(place, after);
        self.record(place, Some(Arc::new(before)), Standing::Here(after));
    }

    /// Removes `person`, who is at `place`.
    pub(crate) fn leave(&mut self, place: Place, person: Person) {
        let person = Arc::new(person);
        self.record(place, Some(Arc::clone(&person)), Standing::Gone(person));
    }

    fn index(&mut self, place: Place, person: Person) -> Arc<Person> {
        self.by_upn.insert(fold(&person.upn), place);
        if let Some(mail) = &person.mail {
            let places = self.by_mail.entry(fold(mail)).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Arc::new(person)
    }

    fn record(&mut self, place: Place, before: Option<Arc<Person>>, standing: Standing) {
        self.latest.insert(place, standing);
        self.log.push(Change { place, before });
    }
}
