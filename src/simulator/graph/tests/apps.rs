//! Installing: each refusal that is known, and what leads to it.

use serde_json::{Value, json};

use super::with_permissions;
use crate::simulator::{
    Installed, Obstacle, Person, Quotas, Registration, Shape, WebApplication, visitor::Visitor,
};

fn apps(person: &Person) -> String {
    format!("/v1.0/users/{}/teamwork/installedApps", person.object_id)
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
