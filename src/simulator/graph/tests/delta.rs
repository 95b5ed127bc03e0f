//! Delta queries, and people who come, change and leave.

use std::time::Duration;

use serde_json::{Value, json};

use super::{sorted, with_permissions};
use crate::simulator::{Guid, Shape, TurnoverError, visitor::Visitor};

const DELTA: &str = "/v1.0/users/delta?$select=displayName,mail";

fn visitor(people: usize) -> Visitor {
    Visitor::new(people, Shape::uniform())
}

/// Goes through a round; returns its rows and where the next one begins.
fn round(visitor: &Visitor, path: &str) -> (Vec<Value>, String) {
    let (rows, last) = visitor.every_page(path);
    (rows, last.link("@odata.deltaLink").unwrap())
}

fn rename(visitor: &Visitor, person: Guid, name: &str) {
    let change = |person: &mut crate::simulator::Person| person.display_name = name.into();
    visitor.world.change_person(person, change).unwrap();
}

#[test]
fn a_first_round_shows_everybody_and_the_next_one_nobody() {
    let visitor = visitor(250);

    let (rows, next) = round(&visitor, &format!("{DELTA}&$top=60"));
    let (changed, _) = round(&visitor, &next);

    assert_eq!(250, sorted(&rows, "id").len());
    assert!(rows[0].get("mail").is_some() && rows[0].get("surname").is_none());
    assert!(changed.is_empty());
}

#[test]
fn a_later_round_shows_who_came_changed_and_left() {
    let visitor = visitor(10);
    let (_, next) = round(&visitor, DELTA);
    let [one, two] = [0, 1].map(|place| visitor.world.people()[place].object_id);
    let newcomer = visitor.world.newcomer();

    visitor.world.add_person(newcomer.clone()).unwrap();
    rename(&visitor, one, "Grace Hopper");
    visitor.world.remove_person(two).unwrap();
    let (rows, after) = round(&visitor, &next);

    let find = |id: Guid| rows.iter().find(|row| row["id"] == id.to_string()).unwrap();
    assert_eq!(3, rows.len());
    assert_eq!(
        json!(newcomer.display_name),
        find(newcomer.object_id)["displayName"]
    );
    assert_eq!("Grace Hopper", find(one)["displayName"]);
    assert!(find(one).get("mail").is_some());
    assert_eq!(
        &json!({ "id": two.to_string(), "@removed": { "reason": "changed" } }),
        find(two)
    );
    assert!(round(&visitor, &after).0.is_empty());
}

#[test]
fn a_later_round_is_paged_too() {
    let visitor = visitor(10);
    let (_, next) = round(&visitor, &format!("{DELTA}&$top=3"));

    for person in visitor.world.people() {
        rename(&visitor, person.object_id, "Somebody Else");
    }
    let (rows, _) = round(&visitor, &next);

    assert_eq!(3, visitor.get(&next).rows().len());
    assert_eq!(10, sorted(&rows, "id").len());
}

#[test]
fn the_least_is_shown_to_whoever_prefers_it() {
    let visitor = visitor(2);
    let (_, next) = round(&visitor, DELTA);
    rename(&visitor, visitor.first().object_id, "Grace Hopper");

    let read = visitor.get_with(&next, "Prefer", "return=minimal");

    let id = visitor.first().object_id.to_string();
    assert_eq!(
        [json!({ "id": id, "displayName": "Grace Hopper" })],
        read.rows()
    );
    assert_eq!(Some("return=minimal"), read.header("preference-applied"));
}

#[test]
fn only_what_was_selected_counts_as_a_change() {
    let visitor = visitor(2);
    let (_, next) = round(&visitor, "/v1.0/users/delta?$select=mail");

    rename(&visitor, visitor.first().object_id, "Grace Hopper");

    assert!(round(&visitor, &next).0.is_empty());
}

#[test]
fn a_change_during_the_first_round_is_shown_in_the_next() {
    let visitor = visitor(10);
    let first = visitor.get(&format!("{DELTA}&$top=3"));
    let id = visitor.world.people()[1].object_id;

    visitor.world.remove_person(id).unwrap();
    let (_, next) = round(&visitor, &first.link("@odata.nextLink").unwrap());

    let (rows, _) = round(&visitor, &next);
    assert_eq!([id.to_string()], sorted(&rows, "id")[..]);
}

#[test]
fn a_delta_query_may_name_fifty_people_by_id_and_ask_nothing_else() {
    let visitor = visitor(60);
    let name = |count: usize| {
        let people = visitor.world.people().iter().take(count);
        let parts: Vec<String> = people
            .map(|person| format!("id eq '{}'", person.object_id))
            .collect();
        format!("/v1.0/users/delta?$filter={}", parts.join(" or "))
    };

    let (rows, next) = round(&visitor, &name(50));
    rename(
        &visitor,
        visitor.world.people()[3].object_id,
        "Grace Hopper",
    );
    rename(
        &visitor,
        visitor.world.people()[55].object_id,
        "Grace Hopper",
    );

    assert_eq!(50, rows.len());
    assert_eq!(1, round(&visitor, &next).0.len());
    for path in [
        name(51),
        "/v1.0/users/delta?$filter=mail eq 'x'".to_owned(),
        "/v1.0/users/delta?$orderby=displayName".to_owned(),
        "/v1.0/users/delta?$search=\"displayName:a\"".to_owned(),
    ] {
        let read = visitor.get(&path);
        assert_eq!(
            (400, "Request_UnsupportedQuery"),
            (read.status, read.code()),
            "{path}"
        );
    }
}

#[test]
fn a_token_that_is_not_known_any_more_asks_for_a_full_round() {
    let mut visitor = visitor(10);
    let (_, expired) = round(&visitor, DELTA);
    visitor.world.expire_delta_tokens();
    let (_, old) = round(&visitor, DELTA);

    let gone = |read: &crate::simulator::visitor::Read| (read.status, read.code().to_owned());
    let expected = (410, "syncStateNotFound".to_owned());
    assert_eq!(200, visitor.get(&old).status);
    assert_eq!(expected, gone(&visitor.get(&expired)));
    assert_eq!(
        expected,
        gone(&visitor.get("/v1.0/users/delta?$deltatoken=x"))
    );
    assert_eq!(
        expected,
        gone(&visitor.get("/v1.0/users/delta?$skiptoken=x"))
    );
    visitor.now += Duration::from_hours(7 * 24);
    visitor.sign_in();
    assert_eq!(expected, gone(&visitor.get(&old)));
}

#[test]
fn whoever_only_wants_changes_from_now_on_gets_no_first_round() {
    let visitor = visitor(10);

    let (rows, next) = round(&visitor, &format!("{DELTA}&$deltatoken=latest"));
    rename(&visitor, visitor.first().object_id, "Grace Hopper");

    assert!(rows.is_empty());
    assert_eq!(1, round(&visitor, &next).0.len());
}

#[test]
fn the_basic_profile_is_not_enough_for_a_delta_query() {
    let visitor = with_permissions(&["User.ReadBasic.All"]);

    let read = visitor.get(DELTA);

    assert_eq!(
        (403, "Authorization_RequestDenied"),
        (read.status, read.code())
    );
}

#[test]
fn who_came_is_known_everywhere_and_who_left_nowhere() {
    let visitor = visitor(3);
    let world = &visitor.world;
    let newcomer = world.newcomer();
    let gone = visitor.first();
    let list = visitor.chat(gone);

    world.add_person(newcomer.clone()).unwrap();
    world.remove_person(gone.object_id).unwrap();

    assert_eq!(
        200,
        visitor.get(&format!("/v1.0/users/{}", newcomer.upn)).status
    );
    assert_eq!(201, visitor.install(&newcomer).status);
    assert_eq!(201, visitor.say(&visitor.chat(&newcomer), "Welcome").status);
    assert_eq!(
        404,
        visitor.get(&format!("/v1.0/users/{}", gone.upn)).status
    );
    assert_eq!(404, visitor.install(gone).status);
    assert_eq!(404, visitor.say(&list, "Goodbye").status);
    assert_eq!(403, visitor.create(gone.object_id).status);
    assert_eq!(3, visitor.get("/v1.0/users").rows().len());
    let truth = world.truth();
    assert_eq!(4, truth.people.len());
    assert_eq!(Some("Welcome"), truth.people[3].messages[0].text.as_deref());
}

#[test]
fn a_new_name_replaces_the_old_one() {
    let visitor = visitor(3);
    let [one, two] = [0, 1].map(|place| visitor.world.people()[place].clone());
    let old = one.upn.clone();

    let taken = visitor
        .world
        .change_person(one.object_id, |person| person.upn = two.upn.clone());
    let renamed = visitor.world.change_person(one.object_id, |person| {
        person.upn = "grace@contoso.example".into();
        person.mail = Some("grace@contoso.example".into());
    });

    assert_eq!(
        (Err(TurnoverError::Taken(two.upn)), Ok(())),
        (taken, renamed)
    );
    assert_eq!(404, visitor.get(&format!("/v1.0/users/{old}")).status);
    assert_eq!(200, visitor.get("/v1.0/users/GRACE@contoso.example").status);
    let by_mail = visitor.get("/v1.0/users?$filter=mail eq 'grace@contoso.example'");
    assert_eq!(1, by_mail.rows().len());
    let by_old_mail = visitor.get(&format!(
        "/v1.0/users?$filter=mail eq '{}'",
        one.mail.unwrap()
    ));
    assert_eq!(0, by_old_mail.rows().len());
}

#[test]
fn another_process_can_let_people_come_change_and_leave() {
    let visitor = visitor(2);

    let came = visitor.post(
        "/_simulator/people",
        &json!({ "displayName": "Grace Hopper" }),
    );
    let path = format!("/_simulator/people/{}", came.body["id"].as_str().unwrap());
    let changed = visitor.call("PATCH", &path, &json!({ "mail": "grace@contoso.example" }));
    let shown = visitor.get(&format!(
        "/v1.0/users/{}",
        came.body["userPrincipalName"].as_str().unwrap()
    ));
    let left = visitor.call("DELETE", &path, &Value::Null);

    assert_eq!([201, 204, 204], [came.status, changed.status, left.status]);
    assert_eq!("Grace Hopper", shown.body["displayName"]);
    assert_eq!("grace@contoso.example", shown.body["mail"]);
    assert_eq!(404, visitor.call("DELETE", &path, &Value::Null).status);
    assert_eq!(
        400,
        visitor
            .post("/_simulator/people", &json!({ "shoeSize": 47 }))
            .status
    );
}
