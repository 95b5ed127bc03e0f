//! Managed identities and what platforms sign for the programs they run.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{app, registered, with};
use crate::simulator::{
    Assigned, Credentials, FederatedCredential, Registration,
    visitor::{GRAPH, Read, Visitor},
};

const IMDS: &str =
    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com";
const APP_SERVICE: &str = "/msi/token?api-version=2019-08-01&resource=https://graph.microsoft.com";

fn ask(visitor: &Visitor, method: &str, path: &str, headers: &[(&str, &str)]) -> Read {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://sim{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    visitor.send(request.body(Bytes::new()).unwrap())
}

fn from_machine(visitor: &Visitor, path: &str) -> Read {
    ask(visitor, "GET", path, &[("metadata", "true")])
}

fn assigned(assigned: Assigned) -> Credentials {
    Credentials {
        assigned,
        ..Credentials::default()
    }
}

/// Signs in with a token of somebody else.
fn exchange(visitor: &Visitor, assertion: &Value) -> Read {
    let facts = visitor.world.facts();
    visitor.ask_token(
        &facts.tenant_id,
        &[
            ("client_id", &facts.client_id),
            ("scope", GRAPH),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str().unwrap()),
        ],
    )
}

#[test]
fn a_virtual_machine_gives_its_identitys_token_in_words() {
    for version in ["2018-02-01", "2019-08-01"] {
        let visitor = with(assigned(Assigned::User));
        let path = IMDS.replace("2018-02-01", version);

        let read = from_machine(&visitor, &path);

        assert_eq!(200, read.status, "{read:?}");
        assert_eq!(visitor.world.facts().client_id, read.body["client_id"]);
        let end: i64 = read.body["expires_on"].as_str().unwrap().parse().unwrap();
        let begin: i64 = read.body["not_before"].as_str().unwrap().parse().unwrap();
        assert_eq!(Some("3599"), read.body["expires_in"].as_str());
        assert_eq!(3599, end - begin);
        let bearer = format!("Bearer {}", read.body["access_token"].as_str().unwrap());
        let users = ask(
            &visitor,
            "GET",
            "/v1.0/users",
            &[("authorization", &bearer)],
        );
        assert_eq!(200, users.status);
    }
}

#[test]
fn a_virtual_machine_refuses_what_it_does_not_understand() {
    let visitor = with(assigned(Assigned::System));
    let other = format!("{IMDS}&client_id={}", visitor.world.facts().tenant_id);
    let meta = ("metadata", "true");
    for (path, headers) in [
        (IMDS, vec![]),
        (IMDS, vec![("metadata", "false")]),
        (IMDS, vec![meta, ("x-forwarded-for", "10.0.0.1")]),
        (&IMDS.replace("2018-02-01", "2017-01-01"), vec![meta]),
        (
            "/metadata/identity/oauth2/token?api-version=2018-02-01",
            vec![meta],
        ),
        (&IMDS.replace("graph.microsoft", "example"), vec![meta]),
        (&other, vec![meta]),
    ] {
        let read = ask(&visitor, "GET", path, &headers);

        assert_eq!(
            (400, &json!("invalid_request")),
            (read.status, &read.body["error"]),
            "{path}"
        );
    }
    let bare = registered(Registration::default());
    assert_eq!(
        "Identity not found",
        from_machine(&bare, IMDS).body["error_description"]
    );
}

#[test]
fn one_of_several_identities_has_to_be_named() {
    let visitor = registered(Registration {
        credentials: assigned(Assigned::User),
        apps: vec![app("second", assigned(Assigned::User))],
        ..Registration::default()
    });
    let second = &visitor.world.facts().apps[0];

    let unnamed = from_machine(&visitor, IMDS);
    let named = ["client_id", "object_id", "msi_res_id"].map(|kind| {
        let id = match kind {
            "client_id" => second.client_id.clone(),
            "object_id" => second.object_id.clone(),
            _ => format!(
                "/subscriptions/x/userAssignedIdentities/{}",
                second.object_id
            ),
        };
        from_machine(&visitor, &format!("{IMDS}&{kind}={id}")).body["client_id"].clone()
    });

    assert_eq!(400, unnamed.status);
    for client in named {
        assert_eq!(second.client_id, client);
    }
}

#[test]
fn app_service_wants_its_header() {
    let visitor = with(assigned(Assigned::System));
    let secret = &*visitor.world.facts().surroundings.identity_header;

    let right = ask(
        &visitor,
        "GET",
        APP_SERVICE,
        &[("x-identity-header", secret)],
    );
    let wrong = ask(&visitor, "GET", APP_SERVICE, &[("x-identity-header", "x")]);
    let old = APP_SERVICE.replace("2019-08-01", "2018-02-01");
    let old = ask(&visitor, "GET", &old, &[("x-identity-header", secret)]);

    assert_eq!((200, 401, 400), (right.status, wrong.status, old.status));
    assert!(right.body["expires_on"].is_string());
    assert!(right.body.get("expires_in").is_none());
}

#[test]
fn a_workflow_of_github_signs_in_with_its_token() {
    let visitor = with(Credentials {
        federated: vec![FederatedCredential::github()],
        ..Credentials::default()
    });
    let token = &visitor.world.facts().surroundings.github_request_token;
    let bearer = format!("bearer {token}");
    let path = "/github/idtoken?api-version=2.0&audience=api://AzureADTokenExchange";

    let given = ask(&visitor, "GET", path, &[("authorization", &bearer)]);
    let unnamed = ask(
        &visitor,
        "GET",
        "/github/idtoken",
        &[("authorization", &bearer)],
    );

    assert_eq!(200, exchange(&visitor, &given.body["value"]).status);
    assert_eq!(
        700_212,
        exchange(&visitor, &unnamed.body["value"]).body["error_codes"][0]
    );
    assert_eq!(401, ask(&visitor, "GET", path, &[]).status);
}

#[test]
fn a_pipeline_of_azure_signs_in_with_its_service_connection() {
    let visitor = with(Credentials {
        federated: vec![FederatedCredential::azure_pipelines()],
        ..Credentials::default()
    });
    let facts = &visitor.world.facts().surroundings;
    let bearer = format!("Bearer {}", facts.pipelines_access_token);
    let path =
        |id: &str| format!("/azure-pipelines/oidctoken?api-version=7.1&serviceConnectionId={id}");
    let right = path(&facts.service_connection_id);
    let headers = [
        ("authorization", &*bearer),
        ("x-tfs-fedauthredirect", "Suppress"),
    ];

    let given = ask(&visitor, "POST", &right, &headers);

    assert_eq!(200, exchange(&visitor, &given.body["oidcToken"]).status);
    assert_eq!(404, ask(&visitor, "POST", &path("x"), &headers).status);
    assert_eq!(405, ask(&visitor, "GET", &right, &headers).status);
    assert_eq!(401, ask(&visitor, "POST", &right, &headers[1..]).status);
    assert_eq!(302, ask(&visitor, "POST", &right, &[]).status);
    let bare = right.replace("api-version=7.1&", "");
    assert_eq!(400, ask(&visitor, "POST", &bare, &headers).status);
}

#[test]
fn an_identity_of_the_machine_vouches_for_an_app_that_trusts_it() {
    let visitor = registered(Registration {
        credentials: Credentials {
            federated: vec![FederatedCredential::ManagedIdentity],
            ..Credentials::default()
        },
        apps: vec![app("machine", assigned(Assigned::System))],
        ..Registration::default()
    });
    let path = IMDS.replace("https://graph.microsoft.com", "api://AzureADTokenExchange");

    let given = from_machine(&visitor, &path);
    let signed_in = exchange(&visitor, &given.body["access_token"]);

    assert_eq!(200, signed_in.status, "{signed_in:?}");
    let graph = from_machine(&visitor, IMDS);
    let read = exchange(&visitor, &graph.body["access_token"]);
    assert_eq!(700_211, read.body["error_codes"][0]);
}
