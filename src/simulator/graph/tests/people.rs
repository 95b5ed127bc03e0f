//! People in the directory: paging, filters, names.

use serde_json::{Value, json};

use super::with_permissions;
use crate::simulator::{Person, Shape, visitor::Visitor};

#[test]
fn the_basic_profile_hides_the_rest() {
    let visitor = with_permissions(&["User.ReadBasic.All"]);

    assert_eq!(
        200,
        visitor
            .get("/v1.0/users?$select=id,displayName,mail,userPrincipalName")
            .status
    );
    assert_eq!(
        403,
        visitor.get("/v1.0/users?$select=id,accountEnabled").status
    );
    assert!(
        visitor.get("/v1.0/users").rows()[0]
            .get("preferredLanguage")
            .is_none()
    );
}

#[test]
fn every_page_continues_the_one_before() {
    let visitor = Visitor::new(250, Shape::default());
    let mut path = "/v1.0/users?$top=60&$select=id".to_owned();
    let mut ids: Vec<String> = Vec::new();

    loop {
        let read = visitor.get(&path);
        ids.extend(
            read.rows()
                .iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        match read.body["@odata.nextLink"].as_str() {
            Some(link) => path = link.strip_prefix("https://sim").unwrap().to_owned(),
            None => break,
        }
    }

    let expected: Vec<String> = visitor
        .world
        .people()
        .iter()
        .map(|person| person.object_id.to_string())
        .collect();
    assert_eq!(expected, ids);
    assert_eq!(100, visitor.get("/v1.0/users").rows().len());
}

#[test]
fn people_are_filtered_as_documented() {
    let visitor = Visitor::new(
        1000,
        Shape {
            odd_names: 0.2,
            ..Shape::default()
        },
    );
    let people = visitor.world.people();
    let count =
        |test: &dyn Fn(&Person) -> bool| people.iter().filter(|person| test(person)).count();
    let someone = people
        .iter()
        .find(|person| person.upn.contains('\'') && person.mail.is_some())
        .unwrap();
    let upn = someone.upn.replace('\'', "''").replace('#', "%23");
    let id = someone.object_id;
    for (filter, expected) in [
        (format!("userPrincipalName eq '{upn}'"), 1),
        (format!("userPrincipalName in ('{upn}', 'nobody@x')"), 1),
        (
            format!("id eq '{id}' or id eq '{}'", people[0].object_id),
            2,
        ),
        (format!("id in ('{id}')"), 1),
        (
            "department eq 'Sales' and accountEnabled eq true".to_owned(),
            count(&|p| p.department == "Sales" && p.account_enabled),
        ),
        (
            "userType eq 'Guest'".to_owned(),
            count(&|p| p.user_type.is_some_and(|kind| kind.as_str() == "Guest")),
        ),
        (
            "startswith(displayName,'ada')".to_owned(),
            count(&|p| p.display_name.starts_with("Ada")),
        ),
        ("mail eq null".to_owned(), count(&|p| p.mail.is_none())),
    ] {
        let read = visitor.get(&format!("/v1.0/users?$top=999&$filter={filter}"));

        assert_eq!(
            (200, expected),
            (read.status, read.rows().len()),
            "{filter}"
        );
    }
}

#[test]
fn an_advanced_query_needs_its_header_and_the_count() {
    let visitor = Visitor::new(
        100,
        Shape {
            unlicensed: 0.2,
            ..Shape::uniform()
        },
    );
    let plan = "assignedPlans/any(p:p/servicePlanId eq 57ff2da0-773e-42df-b2af-ffb7a2317929 \
                and p/capabilityStatus eq 'Enabled')";
    for filter in [
        "userType ne 'Guest'",
        "not(accountEnabled eq false)",
        "endsWith(mail,'x')",
        plan,
    ] {
        let path = format!("/v1.0/users?$top=999&$filter={filter}");
        let read = visitor.get(&path);
        assert_eq!(
            (400, "Request_UnsupportedQuery"),
            (read.status, read.code()),
            "{filter}"
        );
        assert_eq!(400, visitor.get_eventual(&path).status, "{filter}");
        assert_eq!(
            200,
            visitor.get_eventual(&format!("{path}&$count=true")).status,
            "{filter}"
        );
    }

    let read = visitor.get_eventual(&format!("/v1.0/users?$top=10&$count=true&$filter={plan}"));

    assert_eq!(
        (10, &json!(80)),
        (read.rows().len(), &read.body["@odata.count"])
    );
}

#[test]
fn a_query_that_is_not_understood_is_refused() {
    let visitor = Visitor::new(1, Shape::uniform());
    for query in [
        "$top=0",
        "$top=1000",
        "$filter=shoeSize eq 47",
        "$filter=department gt 'A'",
        "$filter=(",
        "$select=shoeSize",
        "$search=x",
        "$skiptoken=x",
        "$top=1&$top=2",
        "$filter=accountEnabled eq 'true'",
    ] {
        assert_eq!(
            400,
            visitor.get(&format!("/v1.0/users?{query}")).status,
            "{query}"
        );
    }
    assert_eq!(400, visitor.get("/v1.0/nothing").status);
    assert_eq!(
        405,
        visitor.call("PATCH", "/v1.0/users", &Value::Null).status
    );
}

#[test]
fn one_person_is_found_by_id_and_by_name() {
    let visitor = Visitor::new(
        300,
        Shape {
            odd_names: 0.3,
            guests: 0.3,
            ..Shape::uniform()
        },
    );
    for person in visitor.world.people() {
        let upn =
            percent_encoding::utf8_percent_encode(&person.upn, percent_encoding::NON_ALPHANUMERIC);
        let quoted = person.upn.replace('\'', "''");
        let quoted =
            percent_encoding::utf8_percent_encode(&quoted, percent_encoding::NON_ALPHANUMERIC);
        for path in [
            format!("users/{upn}"),
            format!("users('{quoted}')"),
            format!("users/{}", person.object_id),
        ] {
            let read = visitor.get(&format!("/v1.0/{path}?$select=id"));

            assert_eq!(
                json!(person.object_id.to_string()),
                read.body["id"],
                "{path}"
            );
        }
    }
    let read = visitor.get("/v1.0/users/nobody@contoso.example");
    assert_eq!(
        (404, "Request_ResourceNotFound"),
        (read.status, read.code())
    );
}

#[test]
fn what_comes_only_with_select_is_left_out_otherwise() {
    let visitor = Visitor::new(1, Shape::uniform());

    let plain = visitor.get("/v1.0/users").rows()[0].clone();
    let selected = visitor
        .get("/v1.0/users?$select=id,userType,accountEnabled,assignedPlans")
        .rows()[0]
        .clone();

    assert!(plain.get("userType").is_none() && plain.get("accountEnabled").is_none());
    assert_eq!(
        (&json!("Member"), &json!(true)),
        (&selected["userType"], &selected["accountEnabled"])
    );
    assert_eq!(2, selected["assignedPlans"].as_array().unwrap().len());
}
