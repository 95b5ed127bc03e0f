//! Teams: their apps and their rosters.

use serde_json::{Value, json};

use super::sorted;
use crate::simulator::{Quotas, Registration, Shape, WebApplication, visitor::Visitor};

const PERMISSIONS: [&str; 4] = [
    "TeamsAppInstallation.ReadWriteSelfForTeam.All",
    "TeamMember.Read.All",
    "Team.ReadBasic.All",
    "User.Read.All",
];

fn registration(permissions: &[&str]) -> Registration {
    Registration {
        permissions: permissions.iter().map(|&name| name.to_owned()).collect(),
        ..Registration::default()
    }
}

fn visitor(teams_with_app: f64, registration: Registration) -> Visitor {
    let shape = Shape {
        teams_with_app,
        ..Shape::uniform()
    };
    Visitor::of(500, shape, Quotas::Off, registration)
}

fn team(visitor: &Visitor, name: &str) -> String {
    format!("teams/{}", visitor.group(name))
}

fn has_app(visitor: &Visitor, name: &str) -> bool {
    let teams = visitor.world.truth().teams;
    teams.iter().find(|team| team.name == name).unwrap().has_app
}

#[test]
fn an_app_is_installed_in_a_team_found_upgraded_and_removed() {
    let visitor = visitor(0.0, registration(&PERMISSIONS));
    let place = team(&visitor, "Sales");
    let facts = visitor.world.facts();
    let list = format!("/v1.0/{place}/installedApps");

    let installed = visitor.install_at(&place);
    let again = visitor.install_at(&place);
    let found = visitor.get(&format!(
        "{list}?$expand=teamsApp,teamsAppDefinition&$filter=teamsApp/externalId eq '{}'",
        facts.manifest_id
    ));
    let one = format!(
        "{list}/{}",
        found.rows()[0]["id"].as_str().unwrap().replace('=', "%3D")
    );

    assert!([200, 201].contains(&installed.status) && installed.response.body().is_empty());
    assert_eq!((409, "Conflict"), (again.status, again.code()));
    assert_eq!(json!(facts.catalog_id), found.rows()[0]["teamsApp"]["id"]);
    assert!(found.rows()[0]["teamsAppDefinition"]["version"].is_string());
    assert!(has_app(&visitor, "Sales") && !has_app(&visitor, "Finance"));
    assert_eq!(200, visitor.get(&one).status);
    assert_eq!(
        204,
        visitor.post(&format!("{one}/upgrade"), &Value::Null).status
    );
    assert_eq!(400, visitor.get(&format!("{one}/chat")).status);
    assert_eq!(204, visitor.call("DELETE", &one, &Value::Null).status);
    assert_eq!(404, visitor.call("DELETE", &one, &Value::Null).status);
    assert!(!has_app(&visitor, "Sales"));
    assert!(visitor.get(&list).rows().is_empty());
}

#[test]
fn teams_answer_an_installation_in_both_documented_ways() {
    let visitor = visitor(0.0, registration(&PERMISSIONS));
    let install = |name: &str| visitor.install_at(&team(&visitor, name)).status;

    let mut statuses = vec![install("Sales"), install("Engineering"), install("Finance")];

    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(vec![200, 201], statuses);
}

#[test]
fn a_share_of_the_teams_begins_with_the_app() {
    let visitor = visitor(0.5, registration(&PERMISSIONS));

    let teams = visitor.world.truth().teams;

    assert_eq!(
        (12, 6),
        (
            teams.len(),
            teams.iter().filter(|team| team.has_app).count()
        )
    );
}

#[test]
fn installing_in_a_team_is_refused_as_the_registration_requires() {
    let read_only = visitor(0.0, registration(&["TeamsAppInstallation.ReadForTeam.All"]));
    let mismatch = visitor(
        0.0,
        Registration {
            web_application: WebApplication::Mismatch,
            ..registration(&PERMISSIONS)
        },
    );
    let with_consent = visitor(
        0.0,
        Registration {
            resource_specific_permissions: vec!["TeamMember.Read.Group".to_owned()],
            ..registration(&PERMISSIONS)
        },
    );
    let install = |visitor: &Visitor| visitor.install_at(&team(visitor, "Sales"));

    let refused = install(&read_only);
    assert_eq!((403, "Forbidden"), (refused.status, refused.code()));
    assert!(
        refused
            .message()
            .starts_with("Missing scope permissions on the request.")
    );
    assert!(install(&mismatch).message().starts_with("AAD App Id '"));
    let refused = install(&with_consent);
    assert_eq!(412, refused.status);
    assert!(
        refused
            .message()
            .contains("IsUserAuthorizedToGrantGroupResourceSpecificPermissions")
    );
}

#[test]
fn a_team_shows_the_id_of_its_conversation() {
    let visitor = visitor(0.0, registration(&PERMISSIONS));

    let read = visitor.get(&format!("/v1.0/{}", team(&visitor, "Sales")));

    assert_eq!("Sales", read.body["displayName"]);
    assert_eq!(
        json!(visitor.team_conversation("Sales")),
        read.body["internalId"]
    );
}

#[test]
fn the_members_of_a_team_are_listed_page_by_page() {
    let visitor = visitor(0.0, registration(&PERMISSIONS));

    let (rows, _) = visitor.every_page(&format!(
        "/v1.0/{}/members?$top=20",
        team(&visitor, "Sales")
    ));

    let mut expected: Vec<String> = visitor
        .world
        .people()
        .iter()
        .filter(|person| person.department == "Sales")
        .map(|person| person.object_id.to_string())
        .collect();
    expected.sort();
    assert_eq!(expected, sorted(&rows, "userId"));
    assert_eq!(
        "#microsoft.graph.aadUserConversationMember",
        rows[0]["@odata.type"]
    );
    assert_eq!(
        (&json!(["owner"]), &json!([])),
        (&rows[0]["roles"], &rows[1]["roles"])
    );
}

#[test]
fn a_permission_consented_in_the_team_opens_that_team_only() {
    let visitor = visitor(
        0.0,
        Registration {
            resource_specific_permissions: vec!["TeamMember.Read.Group".to_owned()],
            ..registration(&["TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All"])
        },
    );
    let members = |name: &str| {
        visitor
            .get(&format!("/v1.0/{}/members", team(&visitor, name)))
            .status
    };
    let before = members("Sales");
    let facts = visitor.world.facts();
    let consent = json!({
        "teamsApp@odata.bind": format!("https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{}", facts.catalog_id),
        "consentedPermissionSet": { "resourceSpecificPermissions": [
            { "permissionValue": "TeamMember.Read.Group", "permissionType": "Application" },
        ] },
    });

    let list = format!("/v1.0/{}/installedApps", team(&visitor, "Sales"));
    let installed = visitor.post(&list, &consent);

    assert!(installed.status < 300, "{installed:?}");
    assert_eq!(
        [403, 200, 403],
        [before, members("Sales"), members("Finance")]
    );
}

#[test]
fn a_team_that_does_not_exist_is_refused() {
    let visitor = visitor(0.0, registration(&PERMISSIONS));
    let no_team = visitor.group("Company");
    for path in ["", "/members", "/installedApps"] {
        assert_eq!(
            404,
            visitor.get(&format!("/v1.0/teams/{no_team}{path}")).status,
            "{path}"
        );
        assert_eq!(
            400,
            visitor.get(&format!("/v1.0/teams/Sales{path}")).status,
            "{path}"
        );
    }
}
