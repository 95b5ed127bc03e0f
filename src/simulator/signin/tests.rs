//! Sign-in, seen from outside.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::simulator::{
    Shape,
    visitor::{BOT, GRAPH, Visitor},
};

#[test]
fn a_wrong_credential_is_told_apart_from_a_wrong_app_tenant_and_scope() {
    let visitor = Visitor::new(1, Shape::uniform());
    let facts = visitor.world.facts();
    let (tenant, id, secret) = (&*facts.tenant_id, &*facts.client_id, &*facts.client_secret);
    for (tenant, id, secret, scope, status, error, code) in [
        (tenant, id, "wrong", GRAPH, 401, "invalid_client", 7_000_215),
        (
            tenant,
            "nobody",
            secret,
            GRAPH,
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            "elsewhere",
            id,
            secret,
            GRAPH,
            400,
            "invalid_request",
            90_002,
        ),
        (tenant, id, secret, "openid", 400, "invalid_scope", 70_011),
        (
            tenant,
            id,
            secret,
            "https://example.com/.default",
            400,
            "invalid_scope",
            70_011,
        ),
        (
            "botframework.com",
            id,
            secret,
            GRAPH,
            400,
            "invalid_scope",
            70_011,
        ),
    ] {
        let read = visitor.ask_token(
            tenant,
            &[
                ("client_id", id),
                ("client_secret", secret),
                ("scope", scope),
            ],
        );

        assert_eq!(status, read.status, "{read:?}");
        assert_eq!(error, read.body["error"]);
        assert_eq!(code, read.body["error_codes"][0]);
        let description = read.body["error_description"].as_str().unwrap();
        assert!(
            description.starts_with(&format!("AADSTS{code}: ")),
            "{description}"
        );
    }
}

#[test]
fn a_token_says_what_it_is_for() {
    let visitor = Visitor::new(1, Shape::uniform());
    let facts = visitor.world.facts();
    let fields = [
        ("client_id", &*facts.client_id),
        ("client_secret", &*facts.client_secret),
        ("scope", GRAPH),
    ];

    let read = visitor.ask_token(&facts.domain, &fields);

    let token = read.body["access_token"].as_str().unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!("https://graph.microsoft.com", claims["aud"]);
    assert_eq!(facts.client_id, claims["appid"]);
    assert_eq!(facts.tenant_id, claims["tid"]);
    assert_eq!(
        3599,
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    );
    assert!(
        claims["roles"]
            .as_array()
            .unwrap()
            .iter()
            .any(|role| role == "User.Read.All")
    );
    assert_eq!(3599, read.body["expires_in"]);
}

#[test]
fn a_token_opens_only_its_own_service_and_only_for_a_while() {
    let mut visitor = Visitor::new(1, Shape::uniform());
    assert_eq!(200, visitor.get("/v1.0/users").status);
    assert_eq!(201, visitor.create(visitor.first().object_id).status);

    visitor.now = Duration::from_hours(1);

    let read = visitor.get("/v1.0/users");
    assert_eq!(
        (401, "InvalidAuthenticationToken"),
        (read.status, read.code())
    );
    assert!(read.header("www-authenticate").is_some());
    assert_eq!(401, visitor.create(visitor.first().object_id).status);
    visitor.sign_in();
    assert_eq!(200, visitor.get("/v1.0/users").status);
}

#[test]
fn a_bot_of_many_tenants_signs_in_elsewhere() {
    let visitor = Visitor::new(1, Shape::uniform());
    let facts = visitor.world.facts();
    let fields = [
        ("client_id", &*facts.client_id),
        ("client_secret", &*facts.client_secret),
        ("scope", BOT),
    ];

    assert_eq!(200, visitor.ask_token("botframework.com", &fields).status);
}
