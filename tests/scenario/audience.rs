//! Any mix of sources, in virtual time: everybody it means once, every row accounted for.

use std::{collections::BTreeSet, fs, path::Path};

use proptest::prelude::*;
use teamcast::{
    campaign::Source,
    model::{Cause, OutcomeKind},
    simulator::{
        Canned, Effect, Endpoint, GroupFacts, Hardship, Options, Registration, Shape, UserType,
        When, World,
    },
};
use tokio::runtime::Builder;

use crate::common::scenario::{Play, Scenario};

const PEOPLE: usize = 120;
const GROUPS: [&str; 6] = [
    "Sales",
    "Company",
    "Project Aurora",
    "Wider Circle",
    "Shop Floor",
    "Nobody",
];

/// Teams, each of them a department.
const TEAMS: [&str; 3] = ["Sales", "Finance", "Operations"];

/// A source, and which people it means, as the tenant's owner knows it.
#[derive(Debug, Clone)]
enum Meant {
    Everybody,
    Department,
    Group(usize),
    Team(usize),
    /// Every so many, from so far on; by name, mail or id in turn.
    List(usize, usize),
}

fn meant() -> impl Strategy<Value = Meant> {
    prop_oneof![
        1 => Just(Meant::Everybody),
        1 => Just(Meant::Department),
        3 => (0..GROUPS.len()).prop_map(Meant::Group),
        2 => (0..TEAMS.len()).prop_map(Meant::Team),
        4 => (1..9usize, 0..40usize).prop_map(|(step, from)| Meant::List(step, from)),
    ]
}

/// The tenant of the scenario, to look things up in.
fn tenant(seed: u64) -> World {
    World::new(&Options {
        people: PEOPLE,
        seed,
        shape: Shape::uniform(),
        ..Options::default()
    })
}

fn group(world: &World, name: &str) -> GroupFacts {
    let mut groups = world.groups().into_iter();
    groups.find(|group| group.name == name).unwrap()
}

/// The source for `meant`, and everybody in it, each row's person once.
fn source(world: &World, meant: &Meant, file: &Path) -> (Source, Vec<String>) {
    let id = |place: usize| world.people()[place].object_id.to_string();
    match meant {
        Meant::Everybody => {
            let filter = None;
            (Source::Users { filter }, (0..PEOPLE).map(id).collect())
        }
        Meant::Department => {
            let filter = Some("department eq 'Sales'".to_owned());
            let people = world.people().iter();
            let within = people.filter(|person| person.department == "Sales");
            let ids = within.map(|person| person.object_id.to_string());
            (Source::Users { filter }, ids.collect())
        }
        Meant::Group(number) => {
            let group = group(world, GROUPS[*number]);
            // What is hidden within another group stays hidden.
            let people = match GROUPS[*number] {
                "Wider Circle" => visible(world),
                _ => group.people.iter().map(ToString::to_string).collect(),
            };
            (Source::Group(group.id.to_string()), people)
        }
        Meant::Team(number) => {
            let team = group(world, TEAMS[*number]);
            let people = team.people.iter().map(ToString::to_string).collect();
            (Source::Team(team.id.to_string()), people)
        }
        Meant::List(step, from) => {
            let places: Vec<usize> = (*from..PEOPLE).step_by(*step).collect();
            let rows = places.iter().enumerate().map(|(number, place)| {
                let person = &world.people()[*place];
                match number % 3 {
                    0 => person.upn.to_uppercase(),
                    1 => person.mail.as_ref().unwrap().to_string(),
                    _ => person.object_id.to_string(),
                }
            });
            let rows: Vec<String> = rows.collect();
            fs::write(file, format!("user\n{}\n", rows.join("\n"))).unwrap();
            (
                Source::Csv(file.to_owned()),
                places.into_iter().map(id).collect(),
            )
        }
    }
}

/// Who is in "Wider Circle" for whoever may not see hidden members.
fn visible(world: &World) -> Vec<String> {
    let field = group(world, "Field").people;
    field.iter().map(ToString::to_string).collect()
}

fn reached(play: &Play) -> BTreeSet<String> {
    let people = play.world.truth().people.into_iter();
    let with = people.zip(play.messages()).filter(|(_, sent)| {
        assert!(*sent <= 1);
        *sent == 1
    });
    with.map(|(person, _)| person.object_id).collect()
}

/// Lists come in odd pages, and some of them are refused at first.
fn with_odd_pages(mut scenario: Scenario, page: usize, refused: u64) -> Scenario {
    let lists = [
        Endpoint::ListUsers,
        Endpoint::ListTransitiveMembers,
        Endpoint::ListTeamMembers,
    ];
    let slow = Effect::Respond(Canned::status(429).header("Retry-After", "1.5"));
    for list in lists {
        scenario = scenario
            .suffering(Hardship::new(list, Effect::Page(page)))
            .befalls(list, When::EveryNth(refused), slow.clone());
    }
    scenario
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_mix_of_sources_reaches_each_person_once_and_accounts_for_every_row(
        include in prop::collection::vec(meant(), 1..5),
        exclude in prop::collection::vec(meant(), 0..3),
        (seed, page, refused) in (0..4u64, 1..40usize, 3..9u64),
    ) {
        let world = tenant(seed);
        let dir = tempfile::tempdir().unwrap();
        let sources = |name: &str, meant: &[Meant]| -> (Vec<Source>, Vec<Vec<String>>) {
            let places = meant.iter().enumerate();
            let files = places.map(|(place, meant)| {
                source(&world, meant, &dir.path().join(format!("{name}{place}.csv")))
            });
            files.unzip()
        };
        let (include, listed) = sources("in", &include);
        let (exclude, left_out) = sources("out", &exclude);
        let rows = listed.iter().map(Vec::len).sum::<usize>() as u64;
        let whom: BTreeSet<String> = listed.into_iter().flatten().collect();
        let out: BTreeSet<String> = left_out.into_iter().flatten().collect();
        let mut registration = Registration::default();
        registration.permissions.push("TeamMember.Read.All".to_owned());
        let scenario = Scenario::new().users(PEOPLE).seed(seed).registered(registration);
        let scenario = with_odd_pages(scenario, page, refused);
        let scenario = scenario.including(include).excluding(exclude);

        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        let (play, ended) = runtime.unwrap().block_on(scenario.run());

        let expected: BTreeSet<String> = &whom - &out;
        prop_assert_eq!(reached(&play), expected.clone());
        prop_assert_eq!(ended.account.rows, rows);
        prop_assert_eq!(ended.rows.len() as u64, rows);
        prop_assert_eq!(ended.delivered(), expected.len() as u64);
        prop_assert_eq!(ended.because(Cause::Excluded), whom.intersection(&out).count() as u64);
        prop_assert_eq!(ended.because(Cause::Duplicate), rows - whom.len() as u64);
        prop_assert_eq!(ended.count(OutcomeKind::Failed) + ended.pending(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_directory_of_a_hundred_thousand_in_odd_throttled_pages_loses_nobody() {
    // Nine of ten are guests and left out: it is about reading them all.
    let shape = Shape {
        guests: 0.9,
        ..Shape::uniform()
    };
    let filter = None;
    let scenario = Scenario::new().users(100_000).shape(shape);
    let scenario = with_odd_pages(scenario, 317, 5);

    let (play, ended) = scenario.including([Source::Users { filter }]).run().await;

    let listed: BTreeSet<&str> = ended
        .rows
        .iter()
        .filter_map(|row| row.object_id.as_deref())
        .collect();
    assert_eq!((listed.len(), ended.rows.len()), (100_000, 100_000));
    assert_eq!(ended.delivered() + ended.because(Cause::Guest), 100_000);
    let people = play.world.people().iter().zip(play.messages());
    for (person, sent) in people {
        assert_eq!(
            sent == 1,
            person.user_type == Some(UserType::Member),
            "{sent}"
        );
    }
}
