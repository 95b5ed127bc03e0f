//! Counting, searching, sorting and selecting; licences; the beta version.

use serde_json::json;

use super::with_permissions;
use crate::simulator::{Licence, Shape, visitor::Visitor};

#[test]
fn people_are_counted_as_plain_text() {
    let visitor = Visitor::new(
        100,
        Shape {
            guests: 0.2,
            ..Shape::uniform()
        },
    );

    let all = visitor.get_eventual("/v1.0/users/$count");
    let guests = visitor.get_eventual("/v1.0/users/$count?$filter=userType ne 'Member'");

    assert_eq!(
        (&json!(100), Some("text/plain")),
        (&all.body, all.header("content-type"))
    );
    assert_eq!(json!(20), guests.body);
    assert_eq!(400, visitor.get("/v1.0/users/$count").status);
}

#[test]
fn a_count_needs_the_header_and_comes_on_the_first_page_only() {
    let visitor = Visitor::new(10, Shape::uniform());

    let first = visitor.get_eventual("/v1.0/users?$count=true&$top=6");
    let second = visitor.get_eventual(&first.link("@odata.nextLink").unwrap());

    assert_eq!(json!(10), first.body["@odata.count"]);
    assert!(second.body.get("@odata.count").is_none());
    assert_eq!(400, visitor.get("/v1.0/users?$count=true").status);
    let forgotten = visitor.get(&first.link("@odata.nextLink").unwrap());
    assert_eq!(400, forgotten.status);
}

#[test]
fn people_are_searched_by_the_words_of_their_names() {
    let visitor = Visitor::new(300, Shape::uniform());
    let search = |text: &str| {
        let (rows, _) = visitor.every_page(&format!("/v1.0/users?$count=true&$search={text}"));
        rows.len()
    };
    let named = |test: &dyn Fn(&str, &str) -> bool| {
        let people = visitor.world.people().iter();
        people
            .filter(|person| test(&person.given_name, &person.surname))
            .count()
    };

    assert_eq!(
        named(&|given, _| given == "Ada"),
        search("\"displayName:ada\"")
    );
    assert_eq!(
        named(&|_, surname| surname == "Hopper"),
        search("\"displayName:hop\"")
    );
    assert_eq!(
        named(&|given, surname| given == "Ada" || surname == "Hopper"),
        search("\"displayName:ada\" OR \"surname:hopper\"")
    );
    assert!(0 < named(&|given, _| given == "Ada"));
}

#[test]
fn a_search_needs_the_header_the_count_and_quotes() {
    let visitor = Visitor::new(10, Shape::uniform());
    let path = "/v1.0/users?$count=true&$search=\"displayName:a\"";

    assert_eq!(200, visitor.get_eventual(path).status);
    for read in [
        visitor.get(path),
        visitor.get_eventual("/v1.0/users?$search=\"displayName:a\""),
        visitor.get_eventual("/v1.0/users?$count=true&$search=displayName:a"),
        visitor.get_eventual("/v1.0/users?$count=true&$search=\"department:a\""),
    ] {
        assert_eq!(400, read.status, "{read:?}");
    }
}

#[test]
fn people_are_sorted_page_by_page() {
    let visitor = Visitor::new(50, Shape::uniform());
    let names = |query: &str| -> Vec<String> {
        let (rows, _) = visitor.every_page(&format!("/v1.0/users?$top=7&{query}"));
        let names = rows.iter().map(|row| row["displayName"].as_str().unwrap());
        names.map(str::to_lowercase).collect()
    };
    let mut expected: Vec<String> = visitor
        .world
        .people()
        .iter()
        .map(|person| person.display_name.to_lowercase())
        .collect();
    expected.sort();

    assert_eq!(expected, names("$orderby=displayName"));
    expected.reverse();
    assert_eq!(expected, names("$orderby=displayName desc"));
}

#[test]
fn sorting_what_is_filtered_is_an_advanced_query() {
    let visitor = Visitor::new(10, Shape::uniform());
    let path = "/v1.0/users?$orderby=displayName&$filter=accountEnabled eq true";

    assert_eq!(400, visitor.get(path).status);
    assert_eq!(
        200,
        visitor.get_eventual(&format!("{path}&$count=true")).status
    );
    for query in [
        "$orderby=department",
        "$orderby=displayName up",
        "$orderby=",
    ] {
        assert_eq!(
            400,
            visitor.get(&format!("/v1.0/users?{query}")).status,
            "{query}"
        );
    }
}

#[test]
fn licence_details_tell_who_can_use_teams() {
    let visitor = Visitor::new(
        40,
        Shape {
            unlicensed: 0.5,
            ..Shape::uniform()
        },
    );
    for person in visitor.world.people() {
        let path = format!(
            "/v1.0/users/{}/licenseDetails?$select=servicePlans",
            person.object_id
        );
        let plans = visitor.get(&path).rows()[0]["servicePlans"]
            .as_array()
            .unwrap()
            .clone();
        let teams = plans
            .iter()
            .find(|plan| plan["servicePlanName"] == "TeamspaceAPI");
        let status = teams.map(|plan| plan["provisioningStatus"].as_str().unwrap());

        let expected = match person.licence {
            Licence::Enabled => Some("Success"),
            Licence::Suspended => Some("Disabled"),
            Licence::Missing => None,
        };
        assert_eq!(expected, status);
    }
    assert_eq!(
        404,
        visitor.get("/v1.0/users/nobody@x/licenseDetails").status
    );
    let basic = with_permissions(&["User.ReadBasic.All"]);
    let path = format!("/v1.0/users/{}/licenseDetails", basic.first().object_id);
    assert_eq!(403, basic.get(&path).status);
}

#[test]
fn what_is_not_selected_is_left_out_of_every_resource() {
    let visitor = Visitor::new(1, Shape::uniform());
    let person = visitor.first().object_id;
    for (path, known) in [
        ("appCatalogs/teamsApps".to_owned(), "externalId"),
        ("groups".to_owned(), "mailNickname"),
        (format!("users/{person}/chats"), "chatType"),
        (format!("users/{person}/licenseDetails"), "skuId"),
        (
            format!("teams/{}/members", visitor.group("Project Aurora")),
            "userId",
        ),
    ] {
        let registration = crate::simulator::Registration {
            permissions: [
                "User.Read.All",
                "Group.Read.All",
                "Chat.Read.All",
                "AppCatalog.Read.All",
                "TeamMember.Read.All",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..Default::default()
        };
        let visitor = Visitor::of(
            1,
            Shape::uniform(),
            crate::simulator::Quotas::Off,
            registration,
        );
        let read = visitor.get(&format!("/v1.0/{path}?$select={known}"));
        let row = read.rows()[0].as_object().unwrap();

        let names: Vec<&String> = row.keys().filter(|name| !name.starts_with('@')).collect();
        assert_eq!(vec![known], names, "{path}");
        assert_eq!(
            400,
            visitor.get(&format!("/v1.0/{path}?$select=nothing")).status,
            "{path}"
        );
    }
}

#[test]
fn the_beta_forms_of_2020_are_still_answered() {
    let visitor = Visitor::new(
        1,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    );
    let id = visitor.first().object_id;
    let catalog_id = &visitor.world.facts().catalog_id;
    let apps = format!("/beta/users/{id}/teamwork/installedApps");
    let bind = format!("https://graph.microsoft.com/beta/appCatalogs/teamsApps/{catalog_id}");

    let installed = visitor.post(&apps, &json!({ "teamsApp@odata.bind": bind }));
    let list = visitor.get(&format!(
        "{apps}?$expand=teamsAppDefinition&$filter=teamsAppDefinition/teamsAppId eq '{catalog_id}'"
    ));
    let chats = visitor.get(&format!(
        "/beta/users/{id}/chats?$filter=installedApps/any(a:a/teamsApp/id eq '{catalog_id}')"
    ));

    assert_eq!(
        (201, 1, 1),
        (installed.status, list.rows().len(), chats.rows().len())
    );
    let context = list.body["@odata.context"].as_str().unwrap();
    assert!(
        context.starts_with("https://sim/beta/$metadata#"),
        "{context}"
    );
}
