//! Apps that are registered, published and consented to in their own ways.

use serde_json::{Value, json};

use crate::simulator::{
    AppRegistration, Conversation, Credentials, Publishing, Quotas, Registration, Sessions, Shape,
    visitor::{GRAPH, Visitor},
};

const SELF: &str = "TeamsAppInstallation.ReadWriteSelfForUser.All";
const ALL: &str = "TeamsAppInstallation.ReadWriteForUser.All";
const CONSENT: &str = "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All";

fn visit(registration: Registration) -> Visitor {
    let nobody = Shape {
        installed: 0.0,
        ..Shape::uniform()
    };
    Visitor::of(1, nobody, Quotas::Off, registration)
}

/// Visits as an app that is not the bot's.
fn visit_as_another_app(permission: &str) -> Visitor {
    let mut visitor = visit(Registration {
        apps: vec![AppRegistration {
            name: "graph".to_owned(),
            permissions: vec![permission.to_owned()],
            credentials: Credentials::default(),
        }],
        ..Registration::default()
    });
    let facts = visitor.world.facts();
    let app = &facts.apps[0];
    let fields = [
        ("client_id", &*app.client_id),
        ("client_secret", &*app.client_secret),
        ("scope", GRAPH),
    ];
    let read = visitor.ask_token(&facts.tenant_id, &fields);
    let token = read.body["access_token"].as_str().unwrap().to_owned();
    visitor.set_graph_token(token);
    visitor
}

fn list(visitor: &Visitor) -> String {
    format!(
        "/v1.0/users/{}/teamwork/installedApps",
        visitor.first().object_id
    )
}

/// Installs with consent to these permissions.
fn install(visitor: &Visitor, consented: &[(&str, &str)]) -> u16 {
    let permissions: Vec<Value> = consented
        .iter()
        .map(|(name, kind)| json!({ "permissionValue": name, "permissionType": kind }))
        .collect();
    let app = format!(
        "https://x/v1.0/appCatalogs/teamsApps/{}",
        visitor.world.facts().catalog_id
    );
    let body = json!({
        "teamsApp@odata.bind": app,
        "consentedPermissionSet": { "resourceSpecificPermissions": permissions },
    });
    visitor.post(&list(visitor), &body).status
}

#[test]
fn another_app_with_a_permission_for_itself_sees_nothing_and_installs_nothing() {
    let visitor = visit_as_another_app(SELF);
    let person = visitor.first().object_id;
    visitor.world.install(person);

    let seen = visitor.get(&list(&visitor));
    visitor.world.uninstall(person);
    let refused = visitor.install(visitor.first());

    assert_eq!((200, 0), (seen.status, seen.rows().len()));
    let facts = visitor.world.facts();
    let expected = format!(
        "AAD App Id '{}' is not allowed to manage the Teams App '{}'.",
        facts.apps[0].client_id, facts.catalog_id
    );
    assert_eq!((403, &*expected), (refused.status, refused.message()));
}

#[test]
fn another_app_with_a_permission_for_every_app_installs_the_bots() {
    let visitor = visit_as_another_app(ALL);

    assert_eq!(201, visitor.install(visitor.first()).status);
    assert_eq!(1, visitor.get(&list(&visitor)).rows().len());
}

#[test]
fn consent_names_exactly_what_the_app_declares() {
    let declared = ("TeamsActivity.Send.User", "Application");
    let delegated = ("ChatMessage.Read.Chat", "Delegated");
    for (consented, status) in [
        (vec![], 400),
        (vec![declared], 400),
        (
            vec![declared, ("ChatMessage.Read.Chat", "Application")],
            400,
        ),
        (vec![delegated, declared], 201),
        (
            vec![("TeamsActivity.Send.User", "application"), delegated],
            201,
        ),
    ] {
        let visitor = visit(Registration {
            permissions: vec![CONSENT.to_owned()],
            resource_specific_permissions: vec![declared.0.to_owned()],
            delegated_permissions: vec![delegated.0.to_owned()],
            ..Registration::default()
        });

        assert_eq!(status, install(&visitor, &consented), "{consented:?}");
    }
}

#[test]
fn delegated_permissions_alone_need_no_consent_but_no_other_either() {
    for (consented, status) in [
        (None, 201),
        (Some(("ChatMessage.Read.Chat", "delegated")), 201),
        (Some(("ChatMessage.Send.Chat", "delegated")), 400),
    ] {
        let visitor = visit(Registration {
            delegated_permissions: vec!["ChatMessage.Read.Chat".to_owned()],
            ..Registration::default()
        });

        let found = match consented {
            None => visitor.install(visitor.first()).status,
            Some(permission) => install(&visitor, &[permission]),
        };

        assert_eq!(status, found, "{consented:?}");
    }
}

#[test]
fn an_upgrade_needs_the_same_consent_as_an_installation() {
    let name = "TeamsActivity.Send.User";
    let visitor = visit(Registration {
        permissions: vec![CONSENT.to_owned()],
        resource_specific_permissions: vec![name.to_owned()],
        ..Registration::default()
    });
    install(&visitor, &[(name, "Application")]);
    let read = visitor.get(&list(&visitor));
    let id = read.rows()[0]["id"].as_str().unwrap().replace('=', "%3D");
    let path = format!("{}/{id}/upgrade", list(&visitor));
    let consent = json!({ "consentedPermissionSet": { "resourceSpecificPermissions": [
        { "permissionValue": name, "permissionType": "Application" },
    ] } });

    let statuses = [Value::Null, consent].map(|body| visitor.post(&path, &body).status);

    assert_eq!([400, 204], statuses);
}

#[test]
fn an_app_that_is_not_published_is_listed_but_cannot_be_installed() {
    for (publishing, word) in [
        (Publishing::Submitted, "submitted"),
        (Publishing::Rejected, "rejected"),
    ] {
        let visitor = visit(Registration {
            publishing,
            ..Registration::default()
        });
        let path = format!(
            "/v1.0/appCatalogs/teamsApps?$filter=id eq '{}'&$expand=appDefinitions",
            visitor.world.facts().catalog_id
        );

        let listed = visitor.get(&path);

        let definition = &listed.rows()[0]["appDefinitions"][0];
        assert_eq!(word, definition["publishingState"]);
        assert_eq!(404, visitor.install(visitor.first()).status);
    }
}

#[test]
fn the_manifest_says_what_graph_does_not() {
    let visitor = visit(Registration {
        sessions: Sessions::Many,
        conversation: Conversation::TwoWay,
        resource_specific_permissions: vec!["TeamsActivity.Send.User".to_owned()],
        ..Registration::default()
    });
    let facts = visitor.world.facts();

    let manifest = visitor.get("/_simulator/manifest").body;

    assert_eq!(facts.manifest_id, manifest["id"]);
    assert_eq!(facts.client_id, manifest["webApplicationInfo"]["id"]);
    let bot = &manifest["bots"][0];
    assert_eq!(facts.bot_id, bot["botId"]);
    assert_eq!(
        (&json!(false), &json!(true)),
        (&bot["isNotificationOnly"], &bot["supportsSessions"])
    );
    assert_eq!(
        json!([{ "name": "TeamsActivity.Send.User", "type": "Application" }]),
        manifest["authorization"]["permissions"]["resourceSpecific"]
    );
}
