//! Groups and who is in them.

use serde_json::{Value, json};

use super::{sorted, with_permissions};
use crate::simulator::{Person, Quotas, Registration, Shape, visitor::Visitor};

fn visitor(people: usize) -> Visitor {
    Visitor::new(people, Shape::uniform())
}

fn members(visitor: &Visitor, name: &str) -> String {
    format!("/v1.0/groups/{}/members", visitor.group(name))
}

fn all_members(visitor: &Visitor, name: &str) -> String {
    format!("/v1.0/groups/{}/transitiveMembers", visitor.group(name))
}

/// The ids of those who fulfil `test`, sorted.
fn ids(visitor: &Visitor, test: impl Fn(usize, &Person) -> bool) -> Vec<String> {
    let people = visitor.world.people().iter().enumerate();
    let mut ids: Vec<String> = people
        .filter(|(place, person)| test(*place, person))
        .map(|(_, person)| person.object_id.to_string())
        .collect();
    ids.sort();
    ids
}

#[test]
fn groups_are_listed_filtered_and_shown() {
    let visitor = visitor(50);
    let names = |query: &str| {
        let read = visitor.get(&format!("/v1.0/groups?{query}"));
        assert_eq!(200, read.status, "{query}");
        sorted(read.rows(), "displayName")
    };

    assert_eq!(16, names("").len());
    assert_eq!(vec!["Sales"], names("$filter=displayName eq 'sales'"));
    assert_eq!(
        vec!["Project Aurora", "Project Borealis"],
        names("$filter=startswith(displayName,'Project')")
    );
    assert_eq!(
        vec!["Research & Development"],
        names("$filter=displayName eq 'Research %26 Development'")
    );
    let id = visitor.group("Sales");
    let one = visitor.get(&format!("/v1.0/groups/{id}?$select=id,groupTypes"));
    assert_eq!(
        (&json!(id), &json!(["Unified"])),
        (&one.body["id"], &one.body["groupTypes"])
    );
    assert!(one.body.get("displayName").is_none());
}

#[test]
fn groups_are_paged_with_tokens_of_their_own() {
    let visitor = visitor(50);

    let (rows, _) = visitor.every_page("/v1.0/groups?$top=7&$select=id");

    assert_eq!(16, rows.len());
    assert_eq!(16, sorted(&rows, "id").len());
    assert_eq!(400, visitor.get("/v1.0/groups?$skiptoken=7").status);
}

#[test]
fn a_group_that_does_not_exist_is_refused() {
    let visitor = visitor(1);
    let unknown = visitor.first().object_id;
    for (path, status, code) in [
        (
            format!("/v1.0/groups/{unknown}"),
            404,
            "Request_ResourceNotFound",
        ),
        (
            format!("/v1.0/groups/{unknown}/members"),
            404,
            "Request_ResourceNotFound",
        ),
        ("/v1.0/groups/Sales".to_owned(), 400, "Request_BadRequest"),
        (
            "/v1.0/groups?$filter=nothing eq 'x'".to_owned(),
            400,
            "BadRequest",
        ),
        ("/v1.0/groups?$select=nothing".to_owned(), 400, "BadRequest"),
    ] {
        let read = visitor.get(&path);

        assert_eq!((status, code), (read.status, read.code()), "{path}");
    }
}

#[test]
fn members_of_every_kind_say_what_they_are() {
    let visitor = visitor(50);

    let rows = visitor
        .get(&members(&visitor, "Shop Floor"))
        .rows()
        .to_vec();

    let count = |kind: &str| rows.iter().filter(|row| row["@odata.type"] == kind).count();
    assert_eq!(3, count("#microsoft.graph.device"));
    assert_eq!(2, count("#microsoft.graph.servicePrincipal"));
    assert_eq!(1, count("#microsoft.graph.group"));
    assert_eq!(5, count("#microsoft.graph.user"));
    assert_eq!(11, rows.len());
}

#[test]
fn a_cast_leaves_people_and_needs_an_advanced_query() {
    let visitor = visitor(50);
    for list in [
        members(&visitor, "Shop Floor"),
        all_members(&visitor, "Shop Floor"),
    ] {
        let path = format!("{list}/microsoft.graph.user");
        let plain = visitor.get(&format!("{path}?$count=true"));
        let uncounted = visitor.get_eventual(&path);
        let read = visitor.get_eventual(&format!("{path}?$count=true&$select=id"));

        assert_eq!(
            (400, "Request_UnsupportedQuery"),
            (plain.status, plain.code())
        );
        assert_eq!(
            (400, "Request_UnsupportedQuery"),
            (uncounted.status, uncounted.code())
        );
        assert_eq!(json!(read.rows().len()), read.body["@odata.count"]);
        assert!(
            5 <= read.rows().len()
                && read
                    .rows()
                    .iter()
                    .all(|row| row.get("@odata.type").is_none())
        );
    }
}

#[test]
fn a_diamond_of_groups_lists_everybody_once_page_by_page() {
    let visitor = visitor(400);
    let path = format!(
        "{}/microsoft.graph.user?$count=true&$select=id&$top=30",
        all_members(&visitor, "Company")
    );

    let (rows, _) = visitor.every_page(&path);

    let expected = ids(&visitor, |place, person| {
        place == 0 || ["Sales", "Finance", "Operations"].contains(&&*person.department)
    });
    assert_eq!(expected, sorted(&rows, "id"));
    let direct = visitor.get(&members(&visitor, "Company"));
    assert_eq!(
        vec!["Field", "Head Office"],
        sorted(direct.rows(), "displayName")
    );
}

#[test]
fn things_and_people_share_their_pages() {
    let visitor = visitor(400);
    let path = all_members(&visitor, "Shop Floor");

    let (rows, _) = visitor.every_page(&format!("{path}?$top=4&$select=id"));

    let expected = ids(&visitor, |place, person| {
        place % 11 == 0 || person.department == "Operations"
    });
    assert_eq!(6 + expected.len(), rows.len());
    let people: Vec<Value> = rows.into_iter().skip(6).collect();
    assert_eq!(expected, sorted(&people, "id"));
}

#[test]
fn a_hidden_membership_needs_its_permission() {
    let without = visitor(50);
    let registration = Registration {
        permissions: vec![
            "Directory.Read.All".to_owned(),
            "Member.Read.Hidden".to_owned(),
        ],
        ..Registration::default()
    };
    let with = Visitor::of(50, Shape::uniform(), Quotas::Off, registration);

    let refused = without.get(&members(&without, "Works Council"));
    let shown = with.get(&members(&with, "Works Council"));

    assert_eq!(
        (403, "Authorization_RequestDenied"),
        (refused.status, refused.code())
    );
    assert_eq!((200, 4), (shown.status, shown.rows().len()));
    let inside = |visitor: &Visitor| {
        visitor
            .get(&all_members(visitor, "Wider Circle"))
            .rows()
            .len()
    };
    assert!(inside(&without) < inside(&with));
}

#[test]
fn members_that_may_not_be_read_have_an_id_and_a_type_only() {
    let visitor = with_permissions(&["GroupMember.ReadBasic.All"]);
    let keys = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();

    let rows = visitor
        .get(&members(&visitor, "Shop Floor"))
        .rows()
        .to_vec();

    for row in rows
        .iter()
        .filter(|row| row["@odata.type"] != "#microsoft.graph.group")
    {
        assert_eq!(vec!["@odata.type", "id"], keys(row));
    }
    let (cast, _) = visitor.every_page(&format!(
        "{}/microsoft.graph.user?$count=true",
        members(&visitor, "Shop Floor")
    ));
    assert_eq!(vec!["id"], keys(&cast[0]));
}

#[test]
fn groups_need_their_permissions() {
    let visitor = with_permissions(&["User.Read.All"]);
    for path in [
        "/v1.0/groups".to_owned(),
        members(&visitor, "Sales"),
        all_members(&visitor, "Sales"),
    ] {
        let read = visitor.get(&path);

        assert_eq!(
            (403, "Authorization_RequestDenied"),
            (read.status, read.code()),
            "{path}"
        );
    }
}

#[test]
fn members_are_counted() {
    let visitor = visitor(50);
    let list = members(&visitor, "Shop Floor");
    let count = |path: &str| {
        let read = visitor.get_eventual(path);
        (
            read.status,
            read.header("content-type").map(str::to_owned),
            read.body,
        )
    };
    let plain = |number: usize| (200, Some("text/plain".to_owned()), json!(number));

    assert_eq!(plain(11), count(&format!("{list}/$count")));
    assert_eq!(
        plain(5),
        count(&format!("{list}/microsoft.graph.user/$count"))
    );
    assert_eq!(plain(16), count("/v1.0/groups/$count"));
    assert_eq!(400, visitor.get(&format!("{list}/$count")).status);
}

#[test]
fn only_people_can_be_asked_about() {
    let visitor = visitor(50);
    let list = members(&visitor, "Shop Floor");
    let question = "$count=true&$filter=startswith(displayName,'a')";

    let uncast = visitor.get_eventual(&format!("{list}?{question}"));
    let (cast, _) = visitor.every_page(&format!("{list}/microsoft.graph.user?{question}"));

    assert_eq!(400, uncast.status);
    let expected = ids(&visitor, |place, person| {
        place % 11 == 0 && person.display_name.starts_with('A')
    });
    assert_eq!(expected, sorted(&cast, "id"));
}

#[test]
fn whoever_comes_is_in_the_group_of_everybody() {
    let visitor = visitor(20);
    let path = format!(
        "{}/microsoft.graph.user?$count=true&$top=7",
        members(&visitor, "All Employees")
    );

    let newcomer = visitor.world.newcomer();
    visitor.world.add_person(newcomer.clone()).unwrap();
    visitor
        .world
        .remove_person(visitor.first().object_id)
        .unwrap();

    let (rows, _) = visitor.every_page(&path);
    assert_eq!(20, rows.len());
    assert_eq!(json!(newcomer.object_id.to_string()), rows[19]["id"]);
}
