//! People who are reached through a team that has the app.

use std::collections::BTreeSet;

use teamcast::simulator::{
    Canned, Effect, Endpoint, GroupFacts, Guid, Quotas, Registration, Shape, When,
};

use crate::stage::{Stage, counts};

const ALL: [&str; 3] = [
    "TeamMember.Read.All",
    "Team.ReadBasic.All",
    "TeamsAppInstallation.ReadWriteSelfForTeam.All",
];

/// People without the app, and a campaign for the team "Sales".
fn stage(install: &str, teams_with_app: f64, permissions: &[&str]) -> Stage {
    let mut shape = Shape::uniform();
    (shape.installed, shape.teams_with_app) = (0.0, teams_with_app);
    let mut registration = Registration::default();
    let more = permissions.iter().map(ToString::to_string);
    registration.permissions.extend(more);
    let stage = Stage::registered(300, shape, Quotas::Off, registration);
    let id = sales(&stage).id;
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        &format!("{{ team = \"{id}\" }}"),
    );
    stage.edit(
        "[message]",
        &format!("[delivery]\ninstall = \"{install}\"\n\n[message]"),
    );
    stage
}

fn sales(stage: &Stage) -> GroupFacts {
    let mut groups = stage.world.groups().into_iter();
    groups.find(|group| group.name == "Sales").unwrap()
}

fn has_app(stage: &Stage) -> bool {
    let teams = stage.world.truth().teams;
    teams
        .iter()
        .any(|team| team.name == "Sales" && team.has_app)
}

fn people_with_app(stage: &Stage) -> usize {
    let people = stage.world.truth().people;
    people.iter().filter(|person| person.has_app).count()
}

fn reached(stage: &Stage) -> BTreeSet<String> {
    let people = stage.world.truth().people.into_iter();
    let with = people.filter(|person| {
        assert!(person.messages.len() <= 1, "{person:?}");
        !person.messages.is_empty()
    });
    with.map(|person| person.object_id).collect()
}

fn ids(people: &[Guid]) -> BTreeSet<String> {
    people.iter().map(ToString::to_string).collect()
}

#[test]
fn a_plan_puts_the_app_into_no_team() {
    let stage = stage("team", 0.0, &ALL);
    let members = sales(&stage).people.len();

    let ended = stage.start(&["plan", "campaign.toml", "--json"], &[]);

    let plan: serde_json::Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    assert_eq!(plan["recipients"], members);
    assert!(!has_app(&stage));
    stage.nobody_was_touched();
    let hash = plan["hash"].as_str().unwrap();
    stage
        .start(&["run", "campaign.toml", "--confirm", hash], &[])
        .code(0);
    assert_eq!(stage.messages(), members);
}

#[test]
fn the_app_goes_into_the_team_and_its_members_are_written_to_one_by_one() {
    let stage = stage("team", 0.0, &ALL);
    let members = sales(&stage).people;

    stage.run().code(0);

    assert!(has_app(&stage));
    assert_eq!(people_with_app(&stage), 0);
    assert_eq!(reached(&stage), ids(&members));
    let row = &stage.report()[0];
    assert_eq!(
        (&*row["outcome"], &*row["install"]),
        ("delivered", "absent")
    );
    let writes = stage.world.truth().quotas["installed_apps_write"].seen;
    stage.run().code(0);
    assert_eq!(
        stage.world.truth().quotas["installed_apps_write"].seen,
        writes
    );
    assert_eq!(stage.messages(), members.len());
}

#[test]
fn somebody_with_the_app_of_their_own_is_reached_the_ordinary_way() {
    let stage = stage("team", 0.0, &ALL);
    let members = sales(&stage).people;
    stage.world.install(members[1]);

    stage.run().code(0);

    assert_eq!(reached(&stage), ids(&members));
    let install = |place: usize| stage.report()[place]["install"].clone();
    assert_eq!((&*install(0), &*install(1)), ("absent", "present"));
}

#[test]
fn a_team_that_has_the_app_carries_its_members_where_nothing_is_installed() {
    let stage = stage("never", 1.0, &ALL);
    let outsiders: Vec<&str> = stage.world.people().iter().map(|one| &*one.upn).collect();
    stage.list(outsiders);
    let team = format!("{{ team = \"{}\" }}", sales(&stage).id);
    stage.edit(&team, &format!("{{ csv = \"users.csv\" }}, {team}"));

    stage.run().code(0);

    let members = sales(&stage).people;
    assert_eq!(reached(&stage), ids(&members));
    let expected = counts([
        ("delivered", members.len() as u64),
        ("skipped not-installed", 300 - members.len() as u64),
        ("skipped duplicate", members.len() as u64),
    ]);
    assert_eq!(stage.account(), expected);
    assert_eq!(people_with_app(&stage), 0);
}

#[test]
fn a_team_without_the_app_carries_nobody_until_it_has_it() {
    let stage = stage("never", 0.0, &ALL);
    let members = sales(&stage).people;
    stage.run().code(0);
    let skipped = counts([("skipped not-installed", members.len() as u64)]);
    assert_eq!(stage.account(), skipped);

    stage.edit("\"never\"", "\"team\"");
    stage.run().code(0);

    assert_eq!(reached(&stage), ids(&members));
}

#[test]
fn what_is_missing_to_reach_a_team_is_named_before_anybody_is_touched() {
    for missing in ALL {
        let granted: Vec<_> = ALL.into_iter().filter(|one| *one != missing).collect();
        let stage = stage("team", 0.0, &granted);

        stage.run().code(6).says(&[missing]);

        stage.nobody_was_touched();
    }
}

#[test]
fn a_team_is_asked_no_more_than_four_times_a_second() {
    let mut stage_of = Registration::default();
    stage_of.permissions.extend(ALL.map(String::from));
    let mut shape = Shape::uniform();
    shape.installed = 0.0;
    let stage = Stage::registered(300, shape, Quotas::Scaled(1.0), stage_of);
    stage.trouble(Endpoint::ListTeamMembers, Effect::Page(3));
    let team = sales(&stage);
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        &format!("{{ team = \"{}\" }}", team.id),
    );
    stage.edit("[message]", "[delivery]\ninstall = \"team\"\n\n[message]");
    for limit in [
        ("installed_apps_read = 100000", "installed_apps_read = 30"),
        ("installed_apps_write = 100000", "installed_apps_write = 30"),
        ("graph_read = 100000", "graph_read = 30"),
        ("connector = 100000", "connector = 50"),
        ("directory = 100000", "directory = 500"),
    ] {
        stage.edit(limit.0, limit.1);
    }

    stage.run().code(0);

    assert_eq!(reached(&stage), ids(&team.people));
    let of_team = &stage.world.truth().quotas["per_team"];
    assert!(team.people.len() as u64 / 3 < of_team.seen, "{of_team:?}");
    assert_eq!(of_team.refused, 0, "{of_team:?}");
}

#[test]
fn a_roster_is_asked_for_again_right_after_the_install() {
    let stage = stage("team", 0.0, &ALL);
    let not_yet = Canned::status(403).body(
        r#"{"error":{"code":"BotNotInConversationRoster","message":"The bot is not part of the conversation roster."}}"#,
    );
    stage
        .trouble(Endpoint::ListTeamRoster, Effect::Respond(not_yet))
        .when(When::First(2));

    stage.run().code(0);

    assert_eq!(reached(&stage), ids(&sales(&stage).people));
}
