//! Which groups a tenant has, and who is put into them.

use super::{
    dice::Dice,
    groups::{Group, GroupKind, Members, People, Thing, Visibility},
    names::DEPARTMENTS,
    person::Person,
};

/// How many devices there are to be members.
pub(crate) const DEVICES: u32 = 3;
/// How many service principals there are to be members.
pub(crate) const SERVICE_PRINCIPALS: u32 = 2;

/// The most small teams a tenant has.
const MOST_TEAMS: usize = 2000;

/// Returns the groups of a tenant of `people`.
///
/// Plain ones, one for each department, overlapping projects, nested ones, among them a diamond
/// (the same group in two groups of one group) but no circle, one with members of every kind,
/// one whose membership is hidden, one that contains that one, and one with nobody in it. Then
/// a small team for each hundred people.
pub(crate) fn groups(dice: &mut Dice, people: &[Person]) -> Vec<Group> {
    let mut founded = Founded {
        dice,
        groups: Vec::new(),
    };
    for department in DEPARTMENTS {
        let members = (0..)
            .zip(people)
            .filter(|(_, person)| person.department == *department);
        let members = members.map(|(place, _)| place).collect();
        founded.add(department, GroupKind::Team, members, &[]);
    }
    founded.add_rule("All Employees");
    let every = |step| {
        (0..)
            .zip(people)
            .map(|(place, _)| place)
            .step_by(step)
            .collect()
    };
    founded.add("Project Aurora", GroupKind::Team, every(7), &[]);
    founded.add("Project Borealis", GroupKind::Unified, every(5), &[]);
    let (sales, finance) = (founded.named("Sales"), founded.named("Finance"));
    let operations = founded.named("Operations");
    let head_office = founded.add(
        "Head Office",
        GroupKind::Security,
        every(usize::MAX),
        &[sales, finance],
    );
    let field = founded.add(
        "Field",
        GroupKind::Security,
        Vec::new(),
        &[sales, operations],
    );
    founded.add(
        "Company",
        GroupKind::Security,
        Vec::new(),
        &[head_office, field],
    );
    let devices = (0..DEVICES).map(Thing::Device);
    let principals = (0..SERVICE_PRINCIPALS).map(Thing::ServicePrincipal);
    let mixed: Vec<Thing> = devices.chain(principals).chain([operations]).collect();
    founded.add("Shop Floor", GroupKind::Security, every(11), &mixed);
    let hidden = founded.add("Works Council", GroupKind::Unified, every(13), &[]);
    if let Some(group) = founded.groups.last_mut() {
        group.visibility = Visibility::Hidden;
    }
    founded.add(
        "Wider Circle",
        GroupKind::Security,
        Vec::new(),
        &[hidden, field],
    );
    founded.add("Nobody", GroupKind::Security, Vec::new(), &[]);
    for number in 1..=(people.len() / 100).min(MOST_TEAMS) {
        founded.add_small_team(number, people.len());
    }
    founded.groups
}

struct Founded<'a> {
    dice: &'a mut Dice,
    groups: Vec<Group>,
}

impl Founded<'_> {
    fn add(&mut self, name: &str, kind: GroupKind, people: Vec<u32>, things: &[Thing]) -> Thing {
        let members = Members {
            people: People::Listed(people),
            things: things.to_vec(),
        };
        let place = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups
            .push(Group::new(self.dice.guid(), name, kind, members));
        Thing::Group(place)
    }

    fn add_rule(&mut self, name: &str) {
        let members = Members {
            people: People::Everybody,
            things: Vec::new(),
        };
        let group = Group::new(self.dice.guid(), name, GroupKind::Security, members);
        self.groups.push(group);
    }

    /// Adds a team of up to forty people from anywhere.
    fn add_small_team(&mut self, number: usize, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        let size = 5 + self.dice.roll() % 36;
        let drawn = (0..size).map(|_| self.dice.roll() % count);
        let mut people: Vec<u32> = drawn.filter_map(|place| place.try_into().ok()).collect();
        people.sort_unstable();
        people.dedup();
        self.add(&format!("Team {number:04}"), GroupKind::Team, people, &[]);
    }

    fn named(&self, name: &str) -> Thing {
        let place = self.groups.iter().position(|group| &*group.name == name);
        Thing::Group(
            place
                .and_then(|place| place.try_into().ok())
                .unwrap_or(u32::MAX),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{super::groups::Groups, *};
    use crate::simulator::{Options, Shape, blueprint::Roster, tenant::census};

    fn founded(people: usize) -> (Vec<Person>, Groups) {
        let options = Options {
            people,
            seed: 7,
            shape: Shape::default(),
            ..Options::default()
        };
        let everybody = census::people(&options, "contoso.example", "contoso.onmicrosoft.com");
        let groups = Groups::new(&options, &everybody, &Roster::default());
        (everybody, groups)
    }

    fn group<'a>(groups: &'a Groups, name: &str) -> &'a Group {
        groups
            .all()
            .iter()
            .find(|group| &*group.name == name)
            .unwrap()
    }

    #[test]
    fn a_diamond_holds_everybody_once() {
        let (everybody, groups) = founded(1000);
        let company = group(&groups, "Company");

        let whole = groups.whole(company, Visibility::Open);

        let expected: Vec<u32> = (0..)
            .zip(&everybody)
            .filter(|(place, person)| {
                ["Sales", "Finance", "Operations"].contains(&&*person.department) || *place == 0
            })
            .map(|(place, _)| place)
            .collect();
        assert_eq!(People::Listed(expected), whole.people);
        assert_eq!(5, whole.things.len());
    }

    #[test]
    fn a_hidden_group_inside_another_keeps_its_members_to_itself() {
        let (_, groups) = founded(1000);
        let (circle, council) = (
            group(&groups, "Wider Circle"),
            group(&groups, "Works Council"),
        );
        let member = |hidden| {
            let People::Listed(people) = &groups.whole(circle, hidden).people else {
                panic!("not everybody is in it");
            };
            let People::Listed(hidden) = &council.members.people else {
                panic!("not everybody is in it");
            };
            hidden.iter().all(|place| people.contains(place))
        };

        assert!(!member(Visibility::Open));
        assert!(member(Visibility::Hidden));
    }

    #[test]
    fn a_tenant_of_one_has_its_groups_too() {
        let (_, groups) = founded(1);

        assert_eq!(16, groups.all().len());
        assert_eq!(7, groups.teams().len());
    }
}
