//! Teams at the connector: their rosters, and whom they make reachable.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::simulator::{Installed, Person, Quotas, Registration, Shape, visitor::Visitor};

/// Visits a tenant where nobody has the app and every team does, or none.
fn visitor(people: usize, teams_with_app: f64) -> Visitor {
    let shape = Shape {
        installed: 0.0,
        teams_with_app,
        ..Shape::uniform()
    };
    Visitor::of(people, shape, Quotas::Off, registration())
}

fn registration() -> Registration {
    let permissions = ["TeamsAppInstallation.ReadWriteSelfForTeam.All"];
    Registration {
        permissions: permissions.map(str::to_owned).to_vec(),
        ..Registration::default()
    }
}

fn roster(visitor: &Visitor, name: &str) -> String {
    format!(
        "/teams/v3/conversations/{}",
        visitor.team_conversation(name)
    )
}

fn in_sales(visitor: &Visitor) -> impl Iterator<Item = &Person> {
    let people = visitor.world.people().iter();
    people.filter(|person| person.department == "Sales")
}

fn pairwise(visitor: &Visitor, person: &Person) -> String {
    visitor.world.tenant.ids.pairwise(person.object_id)
}

#[test]
fn a_roster_is_read_page_by_page() {
    let visitor = visitor(1000, 1.0);
    let mut path = format!("{}/pagedmembers?pageSize=10", roster(&visitor, "Sales"));
    let mut sizes = Vec::new();
    let mut found = BTreeSet::new();

    loop {
        let page = visitor.get(&path).body;
        let members = page["members"].as_array().unwrap();
        sizes.push(members.len());
        found.extend(
            members
                .iter()
                .map(|member| member["aadObjectId"].as_str().unwrap().to_owned()),
        );
        assert!(
            members
                .iter()
                .all(|member| member["id"].as_str().unwrap().starts_with("29:1"))
        );
        match page["continuationToken"].as_str() {
            Some(token) => {
                path = format!(
                    "{}/pagedmembers?pageSize=10&continuationToken={token}",
                    roster(&visitor, "Sales")
                );
            }
            None => break,
        }
    }

    let expected: BTreeSet<String> = in_sales(&visitor)
        .map(|person| person.object_id.to_string())
        .collect();
    assert_eq!(expected, found);
    // Ten are too few for a page.
    assert_eq!(
        (50, sizes.iter().sum::<usize>()),
        (sizes[0], expected.len())
    );
    let whole = visitor.get(&format!("{}/members", roster(&visitor, "Sales")));
    assert_eq!(expected.len(), whole.body.as_array().unwrap().len());
}

#[test]
fn a_page_has_two_hundred_unless_it_is_asked_otherwise_and_never_more_than_five_hundred() {
    let visitor = visitor(4000, 1.0);
    let size = |query: &str| {
        let read = visitor.get(&format!(
            "{}/pagedmembers{query}",
            roster(&visitor, "Sales")
        ));
        read.body["members"].as_array().unwrap().len()
    };

    assert_eq!(
        [200, 300, 500],
        [size(""), size("?pageSize=300"), size("?pageSize=5000")]
    );
}

#[test]
fn a_roster_is_refused_without_the_app_and_with_a_wrong_token() {
    let with = visitor(100, 1.0);
    let without = visitor(100, 0.0);

    let refused = without.get(&format!("{}/pagedmembers", roster(&without, "Sales")));
    let wrong = with.get(&format!(
        "{}/pagedmembers?continuationToken=x",
        roster(&with, "Sales")
    ));
    let unknown = with
        .get("/teams/v3/conversations/19:0123456789abcdef0123456789abcdef@thread.tacv2/members");

    assert_eq!(
        (403, "BotNotInConversationRoster"),
        (refused.status, refused.code())
    );
    assert_eq!((400, "BadArgument"), (wrong.status, wrong.code()));
    assert_eq!(
        (404, "ConversationNotFound"),
        (unknown.status, unknown.code())
    );
}

#[test]
fn one_member_of_a_team_is_shown_by_either_id() {
    let visitor = visitor(100, 1.0);
    let person = in_sales(&visitor).next().unwrap();
    let stranger = visitor
        .world
        .people()
        .iter()
        .find(|person| person.department != "Sales")
        .unwrap();
    let get = |id: &str| visitor.get(&format!("{}/members/{id}", roster(&visitor, "Sales")));

    for id in [person.object_id.to_string(), pairwise(&visitor, person)] {
        assert_eq!(person.object_id.to_string(), get(&id).body["aadObjectId"]);
    }
    assert_eq!(
        "MemberNotFoundInConversation",
        get(&pairwise(&visitor, stranger)).code()
    );
}

#[test]
fn who_is_in_a_team_with_the_app_is_reached_by_the_bots_id_and_not_by_the_directorys() {
    let visitor = visitor(100, 1.0);
    let person = in_sales(&visitor).next().unwrap();
    assert_eq!(Installed::Absent, person.app);

    let by_directory = visitor.create(person.object_id);
    let by_bot = visitor.create(pairwise(&visitor, person));
    let sent = visitor.say(by_bot.body["id"].as_str().unwrap(), "Hello");

    assert_eq!(
        [403, 201, 201],
        [by_directory.status, by_bot.status, sent.status]
    );
    let truth = visitor.world.truth_of(person.object_id).unwrap();
    assert_eq!((false, 1), (truth.has_app, truth.messages.len()));
}

#[test]
fn who_is_in_no_team_with_the_app_is_not_reached() {
    let visitor = visitor(100, 0.0);
    let person = in_sales(&visitor).next().unwrap();

    let before = visitor.create(pairwise(&visitor, person));
    let installed = visitor.install_at(&format!("teams/{}", visitor.group("Sales")));
    let between = visitor.create(pairwise(&visitor, person));
    remove_from_sales(&visitor);
    let after = visitor.say(between.body["id"].as_str().unwrap(), "Hello");

    assert!(installed.status < 300);
    assert_eq!([403, 201], [before.status, between.status]);
    assert_eq!(
        (403, "BotNotInConversationRoster"),
        (after.status, after.code())
    );
}

fn remove_from_sales(visitor: &Visitor) {
    let list = format!("/v1.0/teams/{}/installedApps", visitor.group("Sales"));
    let id = visitor.get(&list).rows()[0]["id"]
        .as_str()
        .unwrap()
        .replace('=', "%3D");
    assert_eq!(
        204,
        visitor
            .call("DELETE", &format!("{list}/{id}"), &Value::Null)
            .status
    );
}

#[test]
fn nothing_can_be_written_to_a_team() {
    let visitor = visitor(100, 1.0);

    let read = visitor.say(&visitor.team_conversation("Sales"), "Hello");

    assert_eq!((403, "NotEnoughPermissions"), (read.status, read.code()));
}
