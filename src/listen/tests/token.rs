//! Who may post.

use super::*;
use crate::listen::{Refusal, Speaker, token::key_id, verify};

async fn judge(token: &str) -> Result<Speaker, Refusal> {
    let id = key_id(token)?;
    let keys = only(published(TEAMS, "one", &json!(["msteams"]))).await;
    let key = keys.get(&id).ok_or(Refusal::UnknownKey)?;
    verify(token, key, &expected(), now())
}

/// What is said of a token one of whose claims is another.
async fn with(claim: &str, value: Value) -> Result<Speaker, Refusal> {
    let mut claims = claims();
    claims[claim] = value;
    judge(&sign(TEAMS, &head(), &claims)).await
}

#[tokio::test]
async fn a_token_of_teams_for_this_bot_is_right() {
    let speaker = judge(&sign(TEAMS, &head(), &claims())).await.unwrap();

    assert_eq!(speaker.may_say(Some("msteams"), Some(URL)), Ok(()));
}

#[tokio::test]
async fn a_signature_by_another_key_or_over_other_claims_is_refused() {
    let token = sign(TEAMS, &head(), &claims());
    let mut parts: Vec<_> = token.split('.').map(ToOwned::to_owned).collect();
    let mut other = claims();
    other["serviceurl"] = "https://evil.example/".into();
    parts[1] = BASE64.encode(other.to_string());

    let forged = judge(&sign(SOMEBODY, &head(), &claims())).await;
    let changed = judge(&parts.join(".")).await;
    parts[2] = BASE64.encode([0; 256]);
    let invented = judge(&parts.join(".")).await;

    assert_eq!(forged, Err(Refusal::Signature));
    assert_eq!(changed, Err(Refusal::Signature));
    assert_eq!(invented, Err(Refusal::Signature));
}

#[tokio::test]
async fn a_token_that_is_not_signed_is_refused() {
    let unsigned = |alg: &str, signature: &str| {
        let head = BASE64.encode(json!({ "alg": alg, "kid": "one" }).to_string());
        format!("{head}.{}.{signature}", BASE64.encode(claims().to_string()))
    };

    for alg in ["none", "None", "NONE", ""] {
        assert_eq!(judge(&unsigned(alg, "")).await, Err(Refusal::Unreadable));
    }
    assert_eq!(judge(&unsigned("RS256", "")).await, Err(Refusal::Signature));
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let entry = published(TEAMS, "one", &json!([]));
    let head = json!({ "alg": "HS256", "kid": "one" });
    let text = format!(
        "{}.{}",
        BASE64.encode(head.to_string()),
        BASE64.encode(claims().to_string())
    );
    let modulus = BASE64.decode(entry["n"].as_str().unwrap()).unwrap();
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &modulus);
    let signature = BASE64.encode(ring::hmac::sign(&secret, text.as_bytes()));

    assert_eq!(
        judge(&format!("{text}.{signature}")).await,
        Err(Refusal::Algorithm)
    );
}

#[tokio::test]
async fn a_token_of_another_algorithm_of_the_same_key_is_refused() {
    for alg in ["RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let head = json!({ "alg": alg, "kid": "one" });

        let refused = judge(&sign(TEAMS, &head, &claims())).await;

        assert_eq!(refused, Err(Refusal::Algorithm), "{alg}");
    }
}

#[tokio::test]
async fn a_token_of_an_unknown_key_or_of_none_is_refused() {
    let of_key = async |head: Value| judge(&sign(TEAMS, &head, &claims())).await;

    let unknown = of_key(json!({ "alg": "RS256", "kid": "two" })).await;
    let nameless = of_key(json!({ "alg": "RS256" })).await;

    assert_eq!(unknown, Err(Refusal::UnknownKey));
    assert_eq!(nameless, Err(Refusal::UnknownKey));
}

#[tokio::test]
async fn issuer_and_audience_are_taken_to_the_letter() {
    for issuer in [
        "https://api.botframework.com/",
        "https://sts.windows.net/x/",
        "",
    ] {
        assert_eq!(with("iss", issuer.into()).await, Err(Refusal::Issuer));
    }
    for audience in ["other", &BOT.to_uppercase(), ""] {
        assert_eq!(with("aud", audience.into()).await, Err(Refusal::Audience));
    }
    assert_eq!(with("aud", json!([BOT])).await, Err(Refusal::Unreadable));
    assert_eq!(with("iss", Value::Null).await, Err(Refusal::Unreadable));
}

#[tokio::test]
async fn a_token_is_good_in_its_time_and_five_minutes_either_way() {
    let now = now().as_second();

    assert!(with("exp", (now - 299).into()).await.is_ok());
    assert_eq!(with("exp", (now - 300).into()).await, Err(Refusal::Expired));
    assert!(with("nbf", (now + 300).into()).await.is_ok());
    assert_eq!(with("nbf", (now + 301).into()).await, Err(Refusal::NotYet));
    assert_eq!(with("exp", i64::MIN.into()).await, Err(Refusal::Expired));
    assert_eq!(with("nbf", i64::MAX.into()).await, Err(Refusal::NotYet));
}

#[tokio::test]
async fn a_time_that_is_no_number_is_no_time() {
    for time in [json!("9999999999"), Value::Null, json!([]), json!(true)] {
        assert_eq!(with("exp", time).await, Err(Refusal::Unreadable));
    }
    assert_eq!(with("nbf", json!("0")).await, Err(Refusal::Unreadable));
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    for text in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30.e30", "ü"] {
        assert_eq!(judge(text).await, Err(Refusal::Unreadable), "{text}");
    }
    let claims = json!("not an object");
    let refused = judge(&sign(TEAMS, &head(), &claims)).await;
    assert_eq!(refused, Err(Refusal::Unreadable));
}

#[tokio::test]
async fn a_speaker_says_what_token_and_key_are_about() {
    let speaker = judge(&sign(TEAMS, &head(), &claims())).await.unwrap();
    let silent = with("serviceurl", Value::Null).await.unwrap();
    let says = |channel, url| speaker.may_say(channel, url);

    assert_eq!(says(Some("webchat"), Some(URL)), Err(Refusal::Endorsement));
    assert_eq!(says(None, Some(URL)), Err(Refusal::Channel));
    assert_eq!(says(Some("msteams"), None), Err(Refusal::ServiceUrl));
    let other = "https://smba.trafficmanager.net/emea";
    assert_eq!(says(Some("msteams"), Some(other)), Err(Refusal::ServiceUrl));
    assert_eq!(
        silent.may_say(Some("msteams"), None),
        Err(Refusal::ServiceUrl)
    );
}

#[tokio::test]
async fn a_key_that_endorses_no_channel_or_others_speaks_for_no_teams() {
    for endorsements in [json!([]), json!(["webchat", "MSTEAMS"])] {
        let keys = only(published(TEAMS, "one", &endorsements)).await;
        let token = sign(TEAMS, &head(), &claims());

        let speaker = verify(&token, &keys["one"], &expected(), now()).unwrap();

        let said = speaker.may_say(Some("msteams"), Some(URL));
        assert_eq!(said, Err(Refusal::Endorsement));
    }
    let keys = only(published(TEAMS, "one", &json!(["webchat"]))).await;
    let token = sign(TEAMS, &head(), &claims());
    let speaker = verify(&token, &keys["one"], &expected(), now()).unwrap();
    let said = speaker.may_say(Some("webchat"), Some(URL));
    assert_eq!(said, Err(Refusal::Channel));
}
