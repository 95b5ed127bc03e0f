//! Each refusal of installing and reading that is known, with what it says.

use serde_json::{Value, json};

use super::with_permissions;
use crate::simulator::{
    Canned, Effect, Endpoint, Hardship, Obstacle, Quotas, Registration, SetupPolicy, Shape,
    WebApplication,
    visitor::{Read, Visitor},
};

/// A refusal: what it is like, and who provokes it.
struct Row {
    status: u16,
    code: &'static str,
    inner: Option<&'static str>,
    text: &'static str,
    provoke: fn() -> Read,
}

const ROWS: [Row; 18] = [
    Row {
        status: 403,
        code: "Forbidden",
        inner: None,
        text: "Missing scope permissions on the request. API requires one of '",
        provoke: || install(&with_permissions(&["User.Read.All"])),
    },
    Row {
        status: 403,
        code: "Forbidden",
        inner: None,
        text: "AAD App Id '",
        provoke: || {
            install(&registered(Registration {
                web_application: WebApplication::Mismatch,
                ..Registration::default()
            }))
        },
    },
    Row {
        status: 403,
        code: "Forbidden",
        inner: None,
        text: "Caller is not authorized.",
        provoke: || befallen(Canned::unauthorized_caller()),
    },
    Row {
        status: 403,
        code: "Forbidden",
        inner: Some("AccessDenied"),
        text: "App is blocked by app permission policy. TenantId: ",
        provoke: || obstructed(Obstacle::PermissionPolicy),
    },
    Row {
        status: 403,
        code: "UnknownError",
        inner: None,
        text: "",
        provoke: || befallen(Canned::unexplained_refusal()),
    },
    Row {
        status: 403,
        code: "Authorization_RequestDenied",
        inner: None,
        text: "Insufficient privileges to complete the operation.",
        provoke: || with_permissions(&["Chat.Read.All"]).get("/v1.0/users"),
    },
    Row {
        status: 404,
        code: "NotFound",
        inner: None,
        text: "Not Found",
        provoke: || obstructed(Obstacle::NeverSignedIn),
    },
    Row {
        status: 404,
        code: "NotFound",
        inner: None,
        text: "Not Found",
        provoke: || missing().install_at("users/nobody@contoso.example/teamwork"),
    },
    Row {
        status: 404,
        code: "NotFound",
        inner: None,
        text: "Not Found",
        provoke: install_what_is_not_in_the_catalogue,
    },
    Row {
        status: 400,
        code: "BadRequest",
        inner: None,
        text: "Exception in CreateOrUpdateUserAppEntitlementForTeamsAsync",
        provoke: || befallen(Canned::entitlement_failure()),
    },
    Row {
        status: 409,
        code: "Conflict",
        inner: None,
        text: "The app is already installed in the personal scope of the user.",
        provoke: || install(&Visitor::new(1, Shape::uniform())),
    },
    Row {
        status: 412,
        code: "PreconditionFailed",
        inner: None,
        text: "Failed to execute request: IsUserAuthorizedToGrantGroupResourceSpecificPermissions",
        provoke: || {
            install(&registered(Registration {
                resource_specific_permissions: vec!["TeamsActivity.Send.User".to_owned()],
                ..Registration::default()
            }))
        },
    },
    Row {
        status: 429,
        code: "TooManyRequests",
        inner: Some("429"),
        text: "Too many requests.",
        provoke: throttled,
    },
    Row {
        status: 500,
        code: "InternalServerError",
        inner: None,
        text: "",
        provoke: || failing(500),
    },
    Row {
        status: 502,
        code: "BadGateway",
        inner: None,
        text: "",
        provoke: || failing(502),
    },
    Row {
        status: 503,
        code: "ServiceUnavailable",
        inner: None,
        text: "",
        provoke: || failing(503),
    },
    Row {
        status: 504,
        code: "GatewayTimeout",
        inner: None,
        text: "",
        provoke: || failing(504),
    },
    Row {
        status: 403,
        code: "Forbidden",
        inner: Some("AppIsTenantAdminPreinstalled"),
        text: "Trying to RemoveUserAppEntitlement for an App that is explicitly preinstalled by the tenant admin.",
        provoke: || uninstall(&pinned()),
    },
];

#[test]
fn each_known_refusal_says_what_is_known_of_it() {
    for row in ROWS {
        let read = (row.provoke)();

        let expected = (row.status, row.code);
        assert_eq!(expected, (read.status, read.code()), "{read:?}");
        assert!(read.message().starts_with(row.text), "{read:?}");
        let inner = &read.body["error"]["innerError"];
        assert_eq!(row.inner, inner["code"].as_str(), "{read:?}");
        for name in ["date", "request-id", "client-request-id"] {
            assert!(inner[name].is_string(), "{read:?}");
        }
    }
}

#[test]
fn a_pinned_app_stays_and_can_be_upgraded() {
    let visitor = pinned();

    uninstall(&visitor);

    assert!(visitor.world.truth().people[0].has_app);
    assert_eq!(
        204,
        visitor
            .post(&format!("{}/upgrade", installation(&visitor)), &Value::Null)
            .status
    );
    assert_eq!(SetupPolicy::PinsTheApp, visitor.first().setup);
}

fn pinned() -> Visitor {
    Visitor::new(
        1,
        Shape {
            admin_pinned: 1.0,
            ..Shape::uniform()
        },
    )
}

fn missing() -> Visitor {
    registered(Registration::default())
}

/// Visits one person without the app.
fn registered(registration: Registration) -> Visitor {
    let shape = Shape {
        installed: 0.0,
        ..Shape::uniform()
    };
    Visitor::of(1, shape, Quotas::Off, registration)
}

fn install(visitor: &Visitor) -> Read {
    visitor.install(visitor.first())
}

fn installation(visitor: &Visitor) -> String {
    let list = format!(
        "/v1.0/users/{}/teamwork/installedApps",
        visitor.first().object_id
    );
    let id = visitor.get(&list).rows()[0]["id"]
        .as_str()
        .unwrap()
        .replace('=', "%3D");
    format!("{list}/{id}")
}

fn uninstall(visitor: &Visitor) -> Read {
    visitor.call("DELETE", &installation(visitor), &Value::Null)
}

fn befallen(canned: Canned) -> Read {
    let visitor = missing();
    visitor
        .world
        .script(Hardship::new(Endpoint::InstallApp, Effect::Respond(canned)));
    install(&visitor)
}

/// Installs while the service fails.
fn failing(status: u16) -> Read {
    let visitor = missing();
    visitor
        .world
        .script(Hardship::new(Endpoint::InstallApp, Effect::Fail(status)));
    install(&visitor)
}

fn install_what_is_not_in_the_catalogue() -> Read {
    let visitor = missing();
    let url = "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/00000000-0000-4000-8000-000000000000";
    let list = format!(
        "/v1.0/users/{}/teamwork/installedApps",
        visitor.first().object_id
    );
    visitor.post(&list, &json!({ "teamsApp@odata.bind": url }))
}

fn obstructed(obstacle: Obstacle) -> Read {
    let visitor = missing();
    visitor.world.obstruct(visitor.first().object_id, obstacle);
    install(&visitor)
}

fn throttled() -> Read {
    let visitor = Visitor::of(
        1,
        Shape::uniform(),
        Quotas::Scaled(1.0),
        Registration::default(),
    );
    (0..31).map(|_| install(&visitor)).last().unwrap()
}
