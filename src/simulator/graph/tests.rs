//! Graph, seen from outside: each refusal that is known, and what leads to it.

use serde_json::{Value, json};

use crate::simulator::{
    Installed, Obstacle, Person, Quotas, Registration, Shape, WebApplication, visitor::Visitor,
};

fn apps(person: &Person) -> String {
    format!("/v1.0/users/{}/teamwork/installedApps", person.object_id)
}

fn with_permissions(names: &[&str]) -> Visitor {
    let permissions = names.iter().map(|&name| name.to_owned()).collect();
    let registration = Registration {
        permissions,
        ..Registration::default()
    };
    Visitor::of(3, Shape::uniform(), Quotas::Off, registration)
}

#[test]
fn the_app_is_found_by_each_documented_filter() {
    let visitor = Visitor::new(1, Shape::uniform());
    let facts = visitor.world.facts();
    for query in [
        format!(
            "$expand=teamsApp&$filter=teamsApp/id eq '{}'",
            facts.catalog_id
        ),
        format!(
            "$expand=teamsApp,teamsAppDefinition&$filter=teamsApp/externalId eq '{}'",
            facts.manifest_id
        ),
        format!(
            "$expand=teamsAppDefinition&$filter=teamsAppDefinition/teamsAppId eq '{}'",
            facts.catalog_id
        ),
    ] {
        let read = visitor.get(&format!("{}?{query}", apps(visitor.first())));

        assert_eq!(200, read.status, "{read:?}");
        assert_eq!(1, read.rows().len(), "{query}");
    }
    let other = format!(
        "{}?$filter=teamsApp/id eq '{}'",
        apps(visitor.first()),
        facts.manifest_id
    );
    assert!(visitor.get(&other).rows().is_empty());
}

#[test]
fn an_app_is_installed_found_resolved_upgraded_and_removed() {
    let visitor = Visitor::new(
        1,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    );
    let person = visitor.first();
    let list = apps(person);
    assert!(visitor.get(&list).rows().is_empty());

    let installed = visitor.install(person);
    let read = visitor.get(&list);
    let one = format!(
        "{list}/{}",
        read.rows()[0]["id"].as_str().unwrap().replace('=', "%3D")
    );

    assert_eq!(
        (201, 0),
        (installed.status, installed.response.body().len())
    );
    assert_eq!(200, visitor.get(&one).status);
    assert_eq!(
        json!(visitor.chat(person)),
        visitor.get(&format!("{one}/chat")).body["id"]
    );
    assert_eq!(
        204,
        visitor.post(&format!("{one}/upgrade"), &Value::Null).status
    );
    assert_eq!(204, visitor.call("DELETE", &one, &Value::Null).status);
    assert_eq!(404, visitor.call("DELETE", &one, &Value::Null).status);
    assert_eq!(404, visitor.get(&format!("{one}/chat")).status);
}

#[test]
fn an_outdated_app_is_upgraded() {
    let visitor = Visitor::new(
        1,
        Shape {
            outdated: 1.0,
            ..Shape::uniform()
        },
    );
    let list = format!("{}?$expand=teamsAppDefinition", apps(visitor.first()));
    let version =
        |visitor: &Visitor| visitor.get(&list).rows()[0]["teamsAppDefinition"]["version"].clone();
    assert_eq!(Installed::Outdated, visitor.first().app);
    let before = version(&visitor);

    let id = visitor.get(&list).rows()[0]["id"]
        .as_str()
        .unwrap()
        .replace('=', "%3D");
    visitor.post(
        &format!("{}/{id}/upgrade", apps(visitor.first())),
        &Value::Null,
    );

    assert_ne!(before, version(&visitor));
}

#[test]
fn installing_twice_is_a_conflict() {
    let visitor = Visitor::new(1, Shape::uniform());

    let read = visitor.install(visitor.first());

    assert_eq!((409, "Conflict"), (read.status, read.code()));
}

#[test]
fn installing_is_refused_as_the_person_or_the_app_requires() {
    let visitor = Visitor::new(
        1,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    );
    let person = visitor.first();
    let bind = |id: &str| json!({ "teamsApp@odata.bind": format!("https://x/v1.0/appCatalogs/teamsApps/{id}") });
    let facts = visitor.world.facts();

    visitor
        .world
        .obstruct(person.object_id, Obstacle::PermissionPolicy);
    let blocked = visitor.install(person);
    visitor
        .world
        .obstruct(person.object_id, Obstacle::NeverSignedIn);
    let absent = visitor.install(person);

    let expected = format!(
        "App is blocked by app permission policy. TenantId: {}, UserObjectId: {}, AppId: {}, AppType: Private",
        facts.tenant_id, person.object_id, facts.catalog_id
    );
    assert_eq!(
        (403, "Forbidden", &*expected),
        (blocked.status, blocked.code(), blocked.message())
    );
    assert_eq!("AccessDenied", blocked.body["error"]["innerError"]["code"]);
    assert_eq!((404, "NotFound"), (absent.status, absent.code()));
    assert_eq!(
        404,
        visitor
            .post(&apps(person), &bind(&facts.manifest_id))
            .status
    );
    assert_eq!(
        404,
        visitor
            .post(
                "/v1.0/users/nobody@x/teamwork/installedApps",
                &bind(&facts.catalog_id)
            )
            .status
    );
    for body in [
        json!({}),
        json!({ "teamsApp@odata.bind": 7 }),
        json!([]),
        json!({ "teamsApp@odata.bind": "x" }),
    ] {
        assert_eq!(400, visitor.post(&apps(person), &body).status, "{body}");
    }
    assert_eq!(400, visitor.post(&apps(person), &Value::Null).status);
}

#[test]
fn an_app_of_another_registration_seems_not_installed_and_cannot_be_installed() {
    let registration = Registration {
        web_application: WebApplication::Mismatch,
        ..Registration::default()
    };
    let visitor = Visitor::of(1, Shape::uniform(), Quotas::Off, registration);
    let facts = visitor.world.facts();

    let list = visitor.get(&apps(visitor.first()));
    let install = visitor.install(visitor.first());

    assert_eq!((200, 0), (list.status, list.rows().len()));
    let expected = format!(
        "AAD App Id '{}' is not allowed to manage the Teams App '{}'.",
        facts.client_id, facts.catalog_id
    );
    assert_eq!((403, &*expected), (install.status, install.message()));
}

#[test]
fn a_missing_permission_is_refused_as_each_service_does() {
    let visitor = with_permissions(&["TeamsAppInstallation.ReadForUser.All"]);
    let person = visitor.first();

    let install = visitor.install(person);
    let users = visitor.get("/v1.0/users");

    assert_eq!((403, "Forbidden"), (install.status, install.code()));
    assert!(
        install
            .message()
            .starts_with("Missing scope permissions on the request. API requires one of ")
    );
    assert_eq!(
        (403, "Authorization_RequestDenied"),
        (users.status, users.code())
    );
    assert_eq!(200, visitor.get(&apps(person)).status);
    assert_eq!(403, visitor.get("/v1.0/appCatalogs/teamsApps").status);
    assert_eq!(
        403,
        visitor
            .get(&format!("/v1.0/users/{}/chats", person.object_id))
            .status
    );
}

#[test]
fn a_permission_to_consent_does_not_open_the_chat() {
    let visitor = with_permissions(&["TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All"]);
    let list = visitor.get(&apps(visitor.first()));
    let id = list.rows()[0]["id"].as_str().unwrap().replace('=', "%3D");

    assert_eq!(
        403,
        visitor
            .get(&format!("{}/{id}/chat", apps(visitor.first())))
            .status
    );
}

#[test]
fn an_app_with_permissions_of_its_own_needs_consent() {
    let registration = Registration {
        resource_specific_permissions: vec!["TeamsActivity.Send.User".to_owned()],
        ..Registration::default()
    };
    let shape = Shape {
        installed: 0.0,
        ..Shape::uniform()
    };
    let visitor = Visitor::of(1, shape, Quotas::Off, registration);

    let read = visitor.install(visitor.first());

    assert_eq!(412, read.status);
    assert!(
        read.message()
            .contains("IsUserAuthorizedToGrantGroupResourceSpecificPermissions")
    );
}

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

#[test]
fn the_chat_is_found_by_the_app_in_it() {
    let visitor = Visitor::new(1, Shape::uniform());
    let person = visitor.first();
    let catalog_id = &visitor.world.facts().catalog_id;
    let path = format!(
        "/v1.0/users/{}/chats?$filter=installedApps/any(a:a/teamsApp/id eq '{catalog_id}')",
        person.object_id
    );

    let read = visitor.get(&path);

    assert_eq!(json!(visitor.chat(person)), read.rows()[0]["id"]);
    assert!(
        visitor
            .get(&path.replace(&**catalog_id, "x"))
            .rows()
            .is_empty()
    );
}

#[test]
fn a_chat_is_read_back_newest_first() {
    let visitor = Visitor::new(1, Shape::uniform());
    let chat = visitor.chat(visitor.first());
    let sent: Vec<Value> = (0..5)
        .map(|number| visitor.say(&chat, &format!("Message {number}")).body["id"].clone())
        .collect();

    let first = visitor.get(&format!("/v1.0/chats/{chat}/messages?$top=3"));
    let rest = visitor.get(
        first.body["@odata.nextLink"]
            .as_str()
            .unwrap()
            .strip_prefix("https://sim")
            .unwrap(),
    );

    let read: Vec<Value> = first
        .rows()
        .iter()
        .chain(rest.rows())
        .map(|row| row["id"].clone())
        .rev()
        .collect();
    assert_eq!(sent, read);
    assert_eq!("Message 4", first.rows()[0]["body"]["content"]);
    assert_eq!(
        visitor.world.facts().bot_id,
        first.rows()[0]["from"]["application"]["id"]
    );
    assert_eq!(400, visitor.get("/v1.0/chats/a%3A1x/messages").status);
}

#[test]
fn the_catalogue_tells_the_ids_of_an_app_apart() {
    let visitor = Visitor::new(1, Shape::uniform());
    let facts = visitor.world.facts();
    let path = format!(
        "/v1.0/appCatalogs/teamsApps?$filter=externalId eq '{}'",
        facts.manifest_id
    );

    let plain = visitor.get(&path);
    let expanded = visitor.get(&format!("{path}&$expand=appDefinitions($expand=bot)"));

    assert_eq!(json!(facts.catalog_id), plain.rows()[0]["id"]);
    assert_eq!("organization", plain.rows()[0]["distributionMethod"]);
    let definition = &expanded.rows()[0]["appDefinitions"][0];
    assert_eq!(
        json!(facts.client_id),
        definition["authorization"]["clientAppId"]
    );
    assert_eq!(json!(facts.bot_id), definition["bot"]["id"]);
    assert_eq!(3, visitor.get("/v1.0/appCatalogs/teamsApps").rows().len());
}

#[test]
fn a_request_id_is_echoed() {
    let visitor = Visitor::new(1, Shape::uniform());
    let request = http::Request::get("https://sim/v1.0/users").header("client-request-id", "mine");

    let read = visitor.send(request.body(bytes::Bytes::new()).unwrap());

    assert_eq!(
        (401, Some("mine")),
        (read.status, read.header("client-request-id"))
    );
    assert_eq!(
        "mine",
        read.body["error"]["innerError"]["client-request-id"]
    );
    assert_eq!(
        read.header("request-id"),
        read.body["error"]["innerError"]["request-id"].as_str()
    );
}
