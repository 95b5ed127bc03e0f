//! What is published, and whether it verifies what is signed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{rsa::PublicKeyComponents, signature::RSA_PKCS1_2048_8192_SHA256};
use serde_json::{Value, json};

use super::registered;
use crate::simulator::{Registration, visitor::Visitor};

/// Whether the only key of the set at `path` signed `token`.
fn verifies(visitor: &Visitor, path: &str, token: &str) -> bool {
    let keys = visitor.get(path).body;
    let part = |name: &str| {
        let text = keys["keys"][0][name].as_str().unwrap();
        URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let public = PublicKeyComponents {
        n: part("n"),
        e: part("e"),
    };
    public
        .verify(
            &RSA_PKCS1_2048_8192_SHA256,
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).unwrap(),
        )
        .is_ok()
}

/// The path of an address of this world.
fn path(address: &Value) -> String {
    address
        .as_str()
        .unwrap()
        .strip_prefix("https://sim")
        .unwrap()
        .to_owned()
}

#[test]
fn the_keys_of_the_tenant_verify_its_tokens() {
    let visitor = registered(Registration::default());
    let tenant = &visitor.world.facts().tenant_id;
    let metadata = visitor.get(&format!("/{tenant}/v2.0/.well-known/openid-configuration"));
    let keys = path(&metadata.body["jwks_uri"]);

    let [graph, bot] = visitor.tokens();

    assert!(verifies(&visitor, &keys, graph) && verifies(&visitor, &keys, bot));
    assert!(!verifies(&visitor, "/v1/.well-known/keys", graph));
}

#[test]
fn the_metadata_of_each_version_names_the_issuer_and_the_keys() {
    let visitor = registered(Registration::default());
    let tenant = &visitor.world.facts().tenant_id;
    let [graph, _] = visitor.tokens();
    for (part, issuer) in [
        ("", format!("https://sts.windows.net/{tenant}/")),
        ("v2.0/", format!("https://sim/{tenant}/v2.0")),
    ] {
        let found = format!("/{tenant}/{part}.well-known/openid-configuration");
        let metadata = visitor.get(&found).body;

        assert_eq!(json!(issuer), metadata["issuer"]);
        let keys = path(&metadata["jwks_uri"]);
        assert!(verifies(&visitor, &keys, graph), "{part}");
        assert_eq!(json!(issuer), visitor.get(&keys).body["keys"][0]["issuer"]);
    }
}

#[test]
fn the_keys_of_teams_are_endorsed_for_teams() {
    let visitor = registered(Registration::default());

    let metadata = visitor.get("/v1/.well-known/openidconfiguration").body;

    assert_eq!("https://api.botframework.com", metadata["issuer"]);
    let keys = visitor.get(&path(&metadata["jwks_uri"])).body;
    assert_eq!(json!(["msteams"]), keys["keys"][0]["endorsements"]);
    assert_eq!("RSA", keys["keys"][0]["kty"]);
}

#[test]
fn another_tenant_publishes_nothing() {
    let visitor = registered(Registration::default());

    for path in [
        "/elsewhere/discovery/v2.0/keys",
        "/elsewhere/v2.0/.well-known/openid-configuration",
        "/elsewhere/.well-known/openid-configuration",
    ] {
        assert_eq!(400, visitor.get(path).status, "{path}");
    }
}
