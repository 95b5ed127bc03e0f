//! Certificates and federated credentials.

use std::time::Duration;

use serde_json::{Value, json};

use super::{registered, with};
use crate::simulator::{
    ClientCertificate, ClientSignature, Credentials, FederatedCredential, Registration, Validity,
    visitor::{GRAPH, Read, Visitor},
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn ask(visitor: &Visitor, assertion: &str) -> Read {
    let facts = visitor.world.facts();
    visitor.ask_token(
        &facts.tenant_id,
        &[
            ("client_id", &facts.client_id),
            ("scope", GRAPH),
            ("client_assertion_type", TYPE),
            ("client_assertion", assertion),
        ],
    )
}

fn code(read: &Read) -> Value {
    read.body["error_codes"][0].clone()
}

fn with_certificate(validity: Validity) -> (Visitor, ClientCertificate) {
    let certificate = ClientCertificate::sample("campaigns");
    let mut registered = certificate.clone();
    registered.validity = validity;
    let visitor = with(Credentials {
        certificates: vec![registered],
        ..Credentials::default()
    });
    (visitor, certificate)
}

/// What a client says of itself, all of it right.
fn claims(visitor: &Visitor) -> Value {
    let facts = visitor.world.facts();
    let now = visitor.world.wall(visitor.now).as_second();
    json!({
        "aud": format!("https://sim/{}/oauth2/v2.0/token", facts.tenant_id),
        "iss": facts.client_id,
        "sub": facts.client_id,
        "jti": "0b6a9b1e-5d0f-4a58-8a43-2d3f8f7c6c11",
        "nbf": now,
        "iat": now,
        "exp": now + 600,
    })
}

#[test]
fn a_certificate_signs_in_by_either_signature() {
    let (visitor, certificate) = with_certificate(Validity::Good);
    for way in [ClientSignature::Pss, ClientSignature::Pkcs1] {
        let assertion = certificate.sign(way, &claims(&visitor));

        assert_eq!(200, ask(&visitor, &assertion).status, "{way:?}");
    }
}

#[test]
fn an_assertion_is_refused_for_what_is_wrong_with_it() {
    let (visitor, certificate) = with_certificate(Validity::Good);
    let now = visitor.world.wall(visitor.now).as_second();
    for (claim, value, status, expected) in [
        (
            "aud",
            json!("https://sim/elsewhere/oauth2/v2.0/token"),
            401,
            700_023,
        ),
        ("aud", Value::Null, 401, 700_023),
        ("sub", json!("somebody"), 401, 700_021),
        ("iss", json!("somebody"), 401, 700_021),
        ("exp", json!(now - 301), 401, 700_024),
        ("nbf", json!(now + 301), 401, 700_024),
        ("exp", Value::Null, 400, 50_027),
        ("jti", Value::Null, 400, 50_027),
    ] {
        let mut claims = claims(&visitor);
        claims[claim] = value;

        let read = ask(&visitor, &certificate.sign(ClientSignature::Pss, &claims));

        assert_eq!(
            (status, json!(expected)),
            (read.status, code(&read)),
            "{claim}: {read:?}"
        );
    }
    for text in ["", "a.b.c", "e30.e30."] {
        let read = ask(&visitor, text);
        assert_eq!((400, json!(50_027)), (read.status, code(&read)), "{text}");
    }
}

#[test]
fn clocks_may_be_five_minutes_apart() {
    let (visitor, certificate) = with_certificate(Validity::Good);
    let now = visitor.world.wall(visitor.now).as_second();
    for (claim, value) in [("exp", now - 299), ("nbf", now + 300)] {
        let mut claims = claims(&visitor);
        claims[claim] = value.into();

        let read = ask(&visitor, &certificate.sign(ClientSignature::Pss, &claims));

        assert_eq!(200, read.status, "{claim}");
    }
}

#[test]
fn a_certificate_that_is_unknown_expired_or_did_not_sign_is_refused() {
    let (visitor, certificate) = with_certificate(Validity::Good);
    let good = certificate.sign(ClientSignature::Pss, &claims(&visitor));
    let tampered = {
        let mut other = claims(&visitor);
        other["jti"] = json!("another");
        let other = certificate.sign(ClientSignature::Pss, &other);
        let (signed, _) = good.rsplit_once('.').unwrap();
        format!("{signed}.{}", other.rsplit_once('.').unwrap().1)
    };
    let unknown =
        ClientCertificate::sample("stranger").sign(ClientSignature::Pss, &claims(&visitor));
    let (expired, _) = with_certificate(Validity::Expired);
    for (visitor, assertion, reason) in [
        (&visitor, &unknown, "The key was not found."),
        (
            &visitor,
            &tampered,
            "The provided signature value did not match",
        ),
        (&expired, &good, "The key used is expired."),
    ] {
        let read = ask(visitor, assertion);

        assert_eq!(
            (401, json!(700_027)),
            (read.status, code(&read)),
            "{reason}"
        );
        let text = read.body["error_description"].as_str().unwrap();
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn a_federated_credential_matches_issuer_subject_and_audience_to_the_letter() {
    let trusted = FederatedCredential::kubernetes();
    let visitor = with(Credentials {
        federated: vec![FederatedCredential::github(), trusted.clone()],
        ..Credentials::default()
    });
    let FederatedCredential::External {
        issuer,
        subject,
        audience,
    } = trusted.clone()
    else {
        panic!("a cluster is outside the directory");
    };
    let ask_as = |issuer: &str, subject: &str, audience: &str| {
        let other = FederatedCredential::External {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            audience: audience.to_owned(),
        };
        let token = visitor.world.federated_token(&other, visitor.now);
        ask(&visitor, &token)
    };

    assert_eq!(200, ask_as(&issuer, &subject, &audience).status);
    let slash = issuer.trim_end_matches('/').to_owned();
    let shouted = subject.to_uppercase();
    for (issuer, subject, audience, expected) in [
        (&*slash, &*subject, &*audience, 700_211),
        (&*issuer, &*shouted, &*audience, 700_213),
        (&*issuer, &*subject, "https://github.com/contoso", 700_212),
    ] {
        let read = ask_as(issuer, subject, audience);
        assert_eq!(
            (401, json!(expected)),
            (read.status, code(&read)),
            "{read:?}"
        );
    }
}

#[test]
fn a_federated_token_ends_and_needs_the_issuers_signature() {
    let trusted = FederatedCredential::kubernetes();
    let mut visitor = with(Credentials {
        federated: vec![trusted.clone()],
        ..Credentials::default()
    });
    let token = visitor.world.federated_token(&trusted, visitor.now);
    let later = visitor
        .world
        .federated_token(&trusted, Duration::from_secs(1));
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", later.rsplit_once('.').unwrap().1);

    let unsigned = ask(&visitor, &forged);
    visitor.now = Duration::from_mins(65);
    let late = ask(&visitor, &token);

    assert_eq!((401, json!(700_027)), (unsigned.status, code(&unsigned)));
    assert_eq!((401, json!(700_024)), (late.status, code(&late)));
}

#[test]
fn an_app_that_trusts_nobody_accepts_no_foreign_token() {
    let visitor = registered(Registration::default());
    let token = visitor
        .world
        .federated_token(&FederatedCredential::github(), visitor.now);

    let read = ask(&visitor, &token);

    assert_eq!((401, json!(70_025)), (read.status, code(&read)));
}
