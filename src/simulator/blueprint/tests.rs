//! Tenants that were written down.

use std::fs;

use serde_json::Value;

use super::*;
use crate::simulator::{
    Installed, Licence, Obstacle, Person, RetryAfter, Sessions, UserType, WebApplication, World,
    visitor::Visitor,
};

/// Loads a tenant that is written as `text` into a file of that name.
fn load(name: &str, text: &str) -> Result<Blueprint, FileError> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("people.csv"),
        "upn;Display name\nbob@x;Bob Builder\n",
    )
    .unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    Blueprint::load(&path, None)
}

fn people(name: &str, text: &str) -> Vec<Person> {
    World::planned(&load(name, text).unwrap()).people().to_vec()
}

#[test]
fn a_person_has_every_trait_that_is_written_down() {
    let people = people(
        "tenant.toml",
        r#"
        [[person]]
        object_id = "11111111-2222-4333-8444-555555555555"
        user_principal_name = "ada@x"
        mail = ""
        display_name = "Ada King Lovelace"
        department = "Engines"
        preferred_language = ""
        user_type = "guest"
        account_enabled = false
        licence = "suspended"
        obstacle = "writes-blocked"
        app = "outdated"
        "#,
    );

    let [ada] = &people[..] else {
        panic!("{people:?}")
    };
    assert_eq!(
        "11111111-2222-4333-8444-555555555555",
        ada.object_id.to_string()
    );
    assert_eq!(("ada@x", None), (&*ada.upn, ada.mail.as_deref()));
    assert_eq!(("Ada King", "Lovelace"), (&*ada.given_name, &*ada.surname));
    assert_eq!(
        ("Engines", None),
        (&*ada.department, ada.preferred_language.as_deref())
    );
    assert_eq!(
        (Some(UserType::Guest), false),
        (ada.user_type, ada.account_enabled)
    );
    assert_eq!(
        (Licence::Suspended, Obstacle::WritesBlocked),
        (ada.licence, ada.obstacle)
    );
    assert_eq!(Installed::Outdated, ada.app);
}

#[test]
fn people_are_drawn_listed_beside_the_file_and_in_it() {
    let counted = people("tenant.toml", "people = 3\n[[person]]\nmail = 'ada@x'\n");
    let listed = people(
        "tenant.toml",
        "people = 'people.csv'\n[[person]]\nmail = 'ada@x'\n",
    );

    let names = |people: &[Person]| {
        people
            .iter()
            .map(|person| person.upn.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!((4, "ada@x"), (counted.len(), &*names(&counted)[3]));
    assert_eq!(["bob@x", "ada@x"], names(&listed)[..]);
    assert_eq!("Bob Builder", &*listed[0].display_name);
}

#[test]
fn the_same_file_gives_the_same_ids_and_a_row_that_moves_keeps_its_own() {
    let ids = |text: &str| {
        let people = people("people.csv", text);
        people
            .into_iter()
            .map(|person| (person.upn.to_string(), person.object_id))
            .collect::<Vec<_>>()
    };

    let [one, two] = ["upn\nada@x\nbob@x\n", "upn\nbob@x\nada@x\n"].map(ids);

    assert_eq!(ids("upn\nada@x\nbob@x\n"), one);
    assert_eq!((&one[0], &one[1]), (&two[1], &two[0]));
}

#[test]
fn an_export_of_the_directory_is_read_as_it_is() {
    let people = people(
        "people.csv",
        "\u{feff}\"Object ID\",\"User principal name\",\"User type\",\"Account enabled\",\"Mail\",\"City\"\r\n\
         11111111-2222-4333-8444-555555555555,ada@x,Member,True,ada.king@x,London\r\n\
         ,bob_y.com#EXT#@x,Guest,False,,Bern\r\n",
    );

    assert_eq!(
        "11111111-2222-4333-8444-555555555555",
        people[0].object_id.to_string()
    );
    assert_eq!(
        (Some("ada.king@x"), None),
        (people[0].mail.as_deref(), people[1].mail.as_deref())
    );
    assert_eq!(
        [true, false],
        [people[0].account_enabled, people[1].account_enabled]
    );
    assert_eq!(
        (Some(UserType::Guest), Installed::Absent),
        (people[1].user_type, people[1].app)
    );
}

#[test]
fn the_app_is_registered_as_it_is_written_down() {
    let blueprint = load(
        "tenant.toml",
        r#"
        people = 1
        [app]
        permissions = ["User.Read.All"]
        web_application = "mismatch"
        resource_specific_permissions = ["TeamsActivity.Send.User"]
        supports_sessions = true
        version = "3.0.0"
        outdated_version = "2.0.0"
        token_lifetime = "90s"
        retry_after = "fractional"
        "#,
    );

    let registration = blueprint.unwrap().registration;
    assert_eq!(["User.Read.All"], registration.permissions[..]);
    assert_eq!(WebApplication::Mismatch, registration.web_application);
    assert_eq!(
        ["TeamsActivity.Send.User"],
        registration.resource_specific_permissions[..]
    );
    assert_eq!(
        (Sessions::Many, RetryAfter::Fractional),
        (registration.sessions, registration.retry_after)
    );
    assert_eq!(
        ("3.0.0", "2.0.0"),
        (&*registration.version, &*registration.outdated_version)
    );
    assert_eq!(90, registration.token_lifetime.as_secs());
}

#[test]
fn groups_and_teams_have_the_members_that_are_written_down() {
    let blueprint = load(
        "tenant.toml",
        r#"
        people = 5
        [[group]]
        name = "Pilot"
        members = ["ADA@x", "Inner", "News"]
        [[group]]
        name = "Inner"
        members = ["bob@x"]
        hidden = true
        [[team]]
        name = "News"
        members = ["cleo@x"]
        has_app = true
        [[person]]
        user_principal_name = "ada@x"
        [[person]]
        user_principal_name = "bob@x"
        [[person]]
        user_principal_name = "cleo@x"
        app = "absent"
        "#,
    );
    let visitor = Visitor::to(World::planned(&blueprint.unwrap()));
    let names = |path: &str, group: &str| {
        let path = format!("/v1.0/groups/{}/{path}", visitor.group(group));
        let read = visitor.get(&path);
        let name = |row: &Value| row["userPrincipalName"].as_str().map(str::to_owned);
        let mut names: Vec<String> = read.rows().iter().filter_map(name).collect();
        names.sort();
        (read.status, names)
    };

    assert_eq!((200, vec!["ada@x".to_owned()]), names("members", "Pilot"));
    let all = vec!["ada@x".to_owned(), "cleo@x".to_owned()];
    assert_eq!((200, all), names("transitiveMembers", "Pilot"));
    assert_eq!(403, names("members", "Inner").0);
    let pilot = format!("/v1.0/groups/{}/members", visitor.group("Pilot"));
    let pilot = visitor.get(&pilot);
    let has = |name| {
        pilot
            .rows()
            .iter()
            .any(|row| row["id"] == *visitor.group(name))
    };
    assert!(has("Inner") && has("News"));
    let teams = visitor.world.truth().teams;
    assert_eq!(
        Some(true),
        teams
            .iter()
            .find(|team| team.name == "News")
            .map(|team| team.has_app)
    );
    let cleo = visitor.world.people()[7].object_id;
    let pairwise = visitor.world.tenant.ids.pairwise(cleo);
    assert_eq!(403, visitor.create(cleo).status);
    assert_eq!(201, visitor.create(pairwise).status);
}

#[test]
fn a_bad_file_is_refused_with_its_line_and_what_to_do() {
    for (name, text, place, advice) in [
        ("a.toml", "seed = 1\n", "a.toml: ", "people = 100"),
        (
            "a.toml",
            "people = true\n",
            "a.toml:1: ",
            "a number of people",
        ),
        ("a.toml", "people = 1\nsize = 2\n", "a.toml:2: ", "`size`"),
        (
            "a.toml",
            "people = 1\n[shape]\nguests = 7.0\n",
            "a.toml:3: ",
            "0.0 to 1.0",
        ),
        (
            "a.toml",
            "people = 1\n[app]\ntoken_lifetime = 'long'\n",
            "a.toml:3: ",
            "1m 30s",
        ),
        (
            "a.toml",
            "[[person]]\nobject_id = '7'\n",
            "a.toml:2: ",
            "not a GUID",
        ),
        (
            "a.toml",
            "[[person]]\nlicence = 'gold'\n",
            "a.toml:2: ",
            "`enabled`",
        ),
        (
            "a.toml",
            "people = 'nowhere.csv'\n",
            "nowhere.csv",
            "cannot be read",
        ),
        (
            "a.toml",
            "people = 1\n[[group]]\nname = 'A'\nmembers = ['bob@x']\n",
            "a.toml:4: ",
            "add a [[group]] or a [[person]]",
        ),
        (
            "a.toml",
            "people = 1\n[[group]]\nname = 'A'\n[[team]]\nname = 'A'\n",
            "a.toml:5: ",
            "another name",
        ),
        (
            "a.toml",
            "people = 1\n[[group]]\nname = 'A'\n[[team]]\nname = 'B'\nmembers = ['A']\n",
            "a.toml:6: ",
            "name its people",
        ),
        (
            "a.toml",
            "people = 1\n[shape]\nteams_with_app = 2\n",
            "a.toml:3: ",
            "0.0 to 1.0",
        ),
        ("a.toml", "people 1\n", "a.toml:1: ", ""),
        ("a.csv", "name\nAda\n", "a.csv:1: ", "userPrincipalName"),
        ("a.csv", "upn\n", "a.csv: ", "add a row"),
        ("a.csv", "upn,id\nada@x,7\n", "a.csv:2: ", "not a GUID"),
        (
            "a.csv",
            "upn,app\nada@x,\nbob@x,maybe\n",
            "a.csv:3: ",
            "outdated",
        ),
        ("a.csv", "upn\nada@x\nADA@x\n", "a.csv:3: ", "line 2"),
        ("a.csv", "upn,mail\nada@x\n", "a.csv:2: ", "cannot be read"),
    ] {
        let error = load(name, text).unwrap_err().to_string();

        assert!(
            error.contains(place) && error.contains(advice),
            "{text}: {error}"
        );
    }
}
