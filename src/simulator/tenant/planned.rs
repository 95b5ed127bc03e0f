//! Groups and teams that were written down, beside those that are founded.

use super::{
    dice,
    groups::{Group, GroupKind, Members, People, Thing, Visibility},
};

/// A group or team that was written down.
#[derive(Debug, Clone)]
pub(crate) struct PlannedGroup {
    /// Its name; its id is drawn from it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: PlannedKind,
    /// Its members, by their number among the people who were written down.
    pub(crate) people: Vec<usize>,
    /// The groups in it, by their number among those that were written down.
    pub(crate) groups: Vec<usize>,
}

/// What was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlannedKind {
    /// A group.
    Group(Visibility),
    /// A team, and whether it has the app when the world starts.
    Team {
        /// Whether it has.
        has_app: bool,
    },
}

impl PlannedGroup {
    /// Founds the group, if the first person who was written down is at `first_person` and the
    /// first group at `first_group`.
    pub(crate) fn found(&self, seed: u64, first_person: usize, first_group: usize) -> Group {
        let places = |first: usize, numbers: &[usize]| {
            let places = numbers.iter().map(|number| u32::try_from(first + number));
            let mut places: Vec<u32> = places.filter_map(Result::ok).collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        let groups = places(first_group, &self.groups).into_iter();
        let members = Members {
            people: People::Listed(places(first_person, &self.people)),
            things: groups.map(Thing::Group).collect(),
        };
        let id = dice::id_of(seed, &format!("group {}", self.name));
        let mut group = Group::new(id, &self.name, self.kind(), members);
        if self.kind == PlannedKind::Group(Visibility::Hidden) {
            group.visibility = Visibility::Hidden;
        }
        group
    }

    /// Only Microsoft 365 groups can hide who is in them.
    fn kind(&self) -> GroupKind {
        match self.kind {
            PlannedKind::Group(Visibility::Open) => GroupKind::Security,
            PlannedKind::Group(Visibility::Hidden) => GroupKind::Unified,
            PlannedKind::Team { .. } => GroupKind::Team,
        }
    }
}
