//! The groups and teams of a tenant, and who is in them.
//!
//! People are kept by their place, four bytes each, or not at all where
//! everybody is meant.

use std::{
    collections::{BTreeSet, HashMap},
    sync::OnceLock,
};

use super::{
    Place,
    dice::{Dice, Draw},
    founding,
    person::Person,
    planned::PlannedKind,
};
use crate::simulator::{blueprint::Roster, guid::Guid, options::Options};

/// Every group of a tenant.
#[derive(Debug)]
pub(crate) struct Groups {
    all: Vec<Group>,
    by_id: HashMap<Guid, usize>,
    teams: Vec<Team>,
    devices: Vec<Guid>,
    service_principals: Vec<Guid>,
}

/// A group of the directory.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: Guid,
    pub(crate) name: Box<str>,
    pub(crate) kind: GroupKind,
    pub(crate) visibility: Visibility,
    pub(crate) members: Members,
    /// Everybody in it however deep, without and with hidden memberships, once it was asked for.
    whole: [OnceLock<Members>; 2],
}

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// Rights only.
    Security,
    /// A Microsoft 365 group.
    Unified,
    /// A Microsoft 365 group with a team.
    Team,
}

/// Who may see the members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// Everybody who may read groups.
    Open,
    /// Only who may read hidden memberships.
    Hidden,
}

/// Who is in a group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    pub(crate) people: People,
    pub(crate) things: Vec<Thing>,
}

/// The people in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum People {
    /// Everybody in the tenant, whoever comes included.
    Everybody,
    /// These places, in order.
    Listed(Vec<u32>),
}

/// A member that is no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    /// A computer.
    Device(u32),
    /// An app's account.
    ServicePrincipal(u32),
    /// Another group.
    Group(u32),
}

/// A team, which is a group that Teams knows.
#[derive(Debug)]
pub(crate) struct Team {
    /// The place of its group.
    pub(crate) group: usize,
    /// Whether it has the app when the world starts.
    pub(crate) has_app: bool,
}

impl Default for People {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Groups {
    /// Founds the groups of a tenant of `people`, then those of `roster`.
    pub(crate) fn new(options: &Options, people: &[Person], roster: &Roster) -> Self {
        let mut dice = Dice::new(options.seed, 2);
        let mut draw_ids = |count: u32| (0..count).map(|_| dice.guid()).collect();
        let (devices, service_principals) = (
            draw_ids(founding::DEVICES),
            draw_ids(founding::SERVICE_PRINCIPALS),
        );
        let mut groups = founding::groups(&mut dice, people);
        let of_teams: Vec<usize> = groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.kind == GroupKind::Team)
            .map(|(place, _)| place)
            .collect();
        let draw = Draw::new(&mut dice, of_teams.len(), options.shape.teams_with_app);
        let drawn = of_teams.into_iter().enumerate();
        let drawn = drawn.map(|(number, group)| Team {
            group,
            has_app: draw.has(number),
        });
        let mut teams: Vec<Team> = drawn.collect();
        let first_person = people.len().saturating_sub(roster.len());
        let first_group = groups.len();
        for planned in &roster.groups {
            if let PlannedKind::Team { has_app } = planned.kind {
                let group = groups.len();
                teams.push(Team { group, has_app });
            }
            groups.push(planned.found(options.seed, first_person, first_group));
        }
        Self {
            teams,
            by_id: groups.iter().map(|group| group.id).zip(0..).collect(),
            all: groups,
            devices,
            service_principals,
        }
    }

    /// Returns every group.
    pub(crate) fn all(&self) -> &[Group] {
        &self.all
    }

    /// Finds a group by its id.
    pub(crate) fn by_id(&self, id: Guid) -> Option<(usize, &Group)> {
        let place = *self.by_id.get(&id)?;
        Some((place, self.all.get(place)?))
    }

    /// Returns the group at `place`.
    pub(crate) fn at(&self, place: u32) -> Option<&Group> {
        self.all.get(usize::try_from(place).ok()?)
    }

    /// Returns the id of a member that is no person.
    pub(crate) fn id_of(&self, thing: Thing) -> Option<Guid> {
        let of = |ids: &[Guid], number: u32| ids.get(usize::try_from(number).ok()?).copied();
        match thing {
            Thing::Device(number) => of(&self.devices, number),
            Thing::ServicePrincipal(number) => of(&self.service_principals, number),
            Thing::Group(number) => self.at(number).map(|group| group.id),
        }
    }

    /// Returns every team.
    pub(crate) fn teams(&self) -> &[Team] {
        &self.teams
    }

    /// Finds a team by its id, which is its group's.
    pub(crate) fn team_by_id(&self, id: Guid) -> Option<(usize, &Group)> {
        let (place, group) = self.by_id(id)?;
        let number = self
            .teams
            .binary_search_by_key(&place, |team| team.group)
            .ok()?;
        Some((number, group))
    }

    /// Returns the group of a team.
    pub(crate) fn of_team(&self, team: usize) -> Option<&Group> {
        self.all.get(self.teams.get(team)?.group)
    }

    /// Returns everybody and everything in a group, however deep, each once.
    ///
    /// Without the right to see them, the members of a hidden group inside are left out.
    pub(crate) fn whole<'a>(&'a self, group: &'a Group, hidden: Visibility) -> &'a Members {
        let [without, with] = &group.whole;
        let kept = match hidden {
            Visibility::Open => without,
            Visibility::Hidden => with,
        };
        kept.get_or_init(|| self.gather(group, hidden))
    }

    fn gather(&self, group: &Group, hidden: Visibility) -> Members {
        let mut things = BTreeSet::new();
        let mut people = Vec::new();
        let mut everybody = false;
        let mut open = vec![group];
        while let Some(group) = open.pop() {
            match &group.members.people {
                People::Everybody => everybody = true,
                People::Listed(listed) => people.extend_from_slice(listed),
            }
            for &thing in &group.members.things {
                let new = things.insert(thing);
                if let (true, Thing::Group(inner)) = (new, thing)
                    && let Some(inner) = self.at(inner)
                    && (inner.visibility == Visibility::Open || hidden == Visibility::Hidden)
                {
                    open.push(inner);
                }
            }
        }
        people.sort_unstable();
        people.dedup();
        Members {
            people: if everybody {
                People::Everybody
            } else {
                People::Listed(people)
            },
            things: things.into_iter().collect(),
        }
    }
}

impl Group {
    /// Returns a group that anybody may look into.
    pub(crate) fn new(id: Guid, name: &str, kind: GroupKind, members: Members) -> Self {
        Self {
            id,
            name: name.into(),
            kind,
            visibility: Visibility::Open,
            members,
            whole: Default::default(),
        }
    }
}

impl People {
    /// Whether the person at `place` is one of them.
    pub(crate) fn has(&self, place: Place) -> bool {
        match (self, u32::try_from(place)) {
            (Self::Everybody, _) => true,
            (Self::Listed(listed), Ok(place)) => listed.binary_search(&place).is_ok(),
            (Self::Listed(_), Err(_)) => false,
        }
    }
}
