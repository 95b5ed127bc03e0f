//! Groups and teams as typed.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::roster::Roster;
use crate::simulator::{
    file::{File, FileError},
    tenant::{
        groups::Visibility,
        planned::{PlannedGroup, PlannedKind},
    },
};

/// A `[[group]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedGroup {
    name: Spanned<String>,
    #[serde(default)]
    members: Vec<Spanned<String>>,
    #[serde(default)]
    hidden: bool,
}

/// A `[[team]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedTeam {
    name: Spanned<String>,
    #[serde(default)]
    members: Vec<Spanned<String>>,
    #[serde(default)]
    has_app: bool,
}

/// A member, found.
enum Member {
    Person(usize),
    Group(usize),
}

/// Finds the members of all groups and teams; groups may name each other in any order.
pub(super) fn plan(
    file: &File<'_>,
    roster: &Roster,
    groups: &[ListedGroup],
    teams: &[ListedTeam],
) -> Result<Vec<PlannedGroup>, FileError> {
    let names = names(file, groups, teams)?;
    let find = |member: &Spanned<String>| {
        let name = member.get_ref();
        let person = roster.number_of(name).map(Member::Person);
        let group = || names.get(&**name).copied().map(Member::Group);
        person.or_else(group).ok_or_else(|| {
            let problem = format!(
                "`{name}` is no group and nobody by name in this tenant; add a [[group]] or a [[person]]"
            );
            file.wrong_at(member.span().start, problem)
        })
    };
    let mut planned = Vec::new();
    for group in groups {
        let visibility = if group.hidden {
            Visibility::Hidden
        } else {
            Visibility::Open
        };
        let mut plan = start(&group.name, PlannedKind::Group(visibility));
        for member in &group.members {
            match find(member)? {
                Member::Person(number) => plan.people.push(number),
                // A team is a group of the directory as well.
                Member::Group(number) => plan.groups.push(number),
            }
        }
        planned.push(plan);
    }
    for team in teams {
        let has_app = team.has_app;
        let mut plan = start(&team.name, PlannedKind::Team { has_app });
        for member in &team.members {
            match find(member)? {
                Member::Person(number) => plan.people.push(number),
                Member::Group(_) => {
                    let problem = "a group cannot be in a team; name its people";
                    return Err(file.wrong_at(member.span().start, problem));
                }
            }
        }
        planned.push(plan);
    }
    Ok(planned)
}

fn start(name: &Spanned<String>, kind: PlannedKind) -> PlannedGroup {
    PlannedGroup {
        name: name.get_ref().clone(),
        kind,
        people: Vec::new(),
        groups: Vec::new(),
    }
}

/// Numbers groups and then teams, each of which has a name of its own.
fn names<'a>(
    file: &File<'_>,
    groups: &'a [ListedGroup],
    teams: &'a [ListedTeam],
) -> Result<HashMap<&'a str, usize>, FileError> {
    let groups = groups.iter().map(|group| &group.name);
    let names = groups.chain(teams.iter().map(|team| &team.name));
    let mut numbers = HashMap::new();
    for (number, name) in names.enumerate() {
        if numbers.insert(name.get_ref().as_str(), number).is_some() {
            let problem = format!("`{}` is there already; choose another name", name.get_ref());
            return Err(file.wrong_at(name.span().start, problem));
        }
    }
    Ok(numbers)
}
