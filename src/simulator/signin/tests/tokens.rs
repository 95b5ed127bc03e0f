//! Secrets, and the tokens given for them.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{app, registered, with};
use crate::simulator::{
    Credentials, Registration, Shape, Validity,
    visitor::{BOT, GRAPH, Read, Visitor},
};

/// Signs in with a secret.
fn ask(visitor: &Visitor, client: &str, secret: &str, scope: &str) -> Read {
    let fields = [
        ("client_id", client),
        ("client_secret", secret),
        ("scope", scope),
    ];
    visitor.ask_token(&visitor.world.facts().tenant_id, &fields)
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

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
        (
            tenant,
            id,
            secret,
            "openid",
            400,
            "invalid_scope",
            1_002_012,
        ),
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

    let claims = claims(&read.body["access_token"]);
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

#[test]
fn a_request_without_a_credential_or_with_an_expired_secret_is_refused() {
    let visitor = registered(Registration::default());
    let facts = visitor.world.facts();
    let fields = [("client_id", &*facts.client_id), ("scope", GRAPH)];
    let none = visitor.ask_token(&facts.tenant_id, &fields);
    let mut late = Visitor::unknown(Registration {
        credentials: Credentials {
            secret: Validity::Expired,
            ..Credentials::default()
        },
        ..Registration::default()
    });
    late.now = Duration::from_secs(1);
    let facts = late.world.facts();
    let late = ask(&late, &facts.client_id, &facts.client_secret, GRAPH);

    assert_eq!(
        (401, 7_000_216),
        (none.status, none.body["error_codes"][0].as_u64().unwrap())
    );
    assert_eq!(
        (401, 7_000_222),
        (late.status, late.body["error_codes"][0].as_u64().unwrap())
    );
}

#[test]
fn a_token_of_the_bots_many_tenants_is_issued_elsewhere() {
    let visitor = with(Credentials::default());
    let facts = visitor.world.facts();
    let fields = [
        ("client_id", &*facts.client_id),
        ("client_secret", &*facts.client_secret),
        ("scope", BOT),
    ];

    let read = visitor.ask_token("botframework.com", &fields);

    let claims = claims(&read.body["access_token"]);
    assert_eq!("d6d49420-f39b-4df7-a1dc-d59a935871db", claims["tid"]);
    assert_eq!(None, claims.get("roles"));
}

#[test]
fn each_app_has_its_own_secret_and_permissions() {
    let visitor = registered(Registration {
        apps: vec![app("graph", Credentials::default())],
        ..Registration::default()
    });
    let facts = visitor.world.facts();
    let other = &facts.apps[0];

    let mixed = ask(&visitor, &other.client_id, &facts.client_secret, GRAPH);
    let own = ask(&visitor, &other.client_id, &other.client_secret, GRAPH);

    assert_eq!(7_000_215, mixed.body["error_codes"][0]);
    let claims = claims(&own.body["access_token"]);
    assert_eq!(other.client_id, claims["appid"]);
    assert_eq!(other.object_id, claims["oid"]);
    assert_eq!(1, claims["roles"].as_array().unwrap().len());
}

#[test]
fn a_revoked_token_is_refused_before_its_end() {
    let mut visitor = with(Credentials::default());
    visitor.world.revoke_tokens();

    let graph = visitor.get("/v1.0/users");
    let bot = visitor.create(visitor.first().object_id);
    visitor.sign_in();

    assert_eq!(
        (401, "InvalidAuthenticationToken"),
        (graph.status, graph.code())
    );
    assert!(
        graph
            .message()
            .contains("TokenIssuedBeforeRevocationTimestamp")
    );
    let challenge = graph.header("www-authenticate").unwrap();
    assert!(challenge.contains("insufficient_claims"), "{challenge}");
    assert_eq!(401, bot.status);
    assert_eq!(200, visitor.get("/v1.0/users").status);
}

#[test]
fn a_token_that_ended_long_ago_is_told_from_one_that_never_was() {
    let mut visitor = with(Credentials::default());
    let forged = {
        let [graph, bot] = visitor.tokens();
        let (signed, _) = graph.rsplit_once('.').unwrap();
        format!("{signed}.{}", bot.rsplit_once('.').unwrap().1)
    };
    let old = visitor.tokens()[0].to_owned();
    visitor.now = Duration::from_hours(2);
    visitor.sign_in();

    let texts = [old, forged].map(|token| {
        visitor.set_graph_token(token);
        visitor.get("/v1.0/users").message().to_owned()
    });

    assert!(
        texts[0].contains("expired") && texts[1].contains("not valid"),
        "{texts:?}"
    );
}
