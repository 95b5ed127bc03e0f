//! Whatever is asked, there is an answer.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;
use serde_json::json;

use super::{Canned, Effect, Endpoint, Hardship, Shape, When, visitor::Visitor};

/// Pieces that lead somewhere, more or less.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "v1.0",
            "beta",
            "users",
            "users('x')",
            "teamwork",
            "installedApps",
            "chat",
            "chats",
            "messages",
            "groups",
            "transitiveMembers",
            "microsoft.graph.user",
            "$count",
            "delta",
            "licenseDetails",
            "pagedmembers",
            "%24batch",
            "19%3A0123456789abcdef0123456789abcdef@thread.tacv2",
            "people",
            "appCatalogs",
            "teamsApps",
            "teams",
            "v3",
            "conversations",
            "activities",
            "members",
            "a%3A1x",
            "19%3Ax_y@unq.gbl.spaces",
            "oauth2",
            "v2.0",
            "token",
            "_simulator",
            "truth",
            "",
            "%FF",
            "%00",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9%:@'()$.=+~-]{0,12}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\?(\\$(filter|search|orderby|select|expand|top|skiptoken|deltatoken|count)=[a-zA-Z0-9'(),:/ %-]{0,30}&?){0,3}"
            .prop_map(|text| text.replace(' ', "%20")),
        "\\?[ -~]{0,40}".prop_map(|text| text.replace(' ', "+")),
    ]
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        ".{0,60}",
        prop::sample::select(vec![
            r#"{"members":[{"id":7}],"tenantId":{}}"#,
            r#"{"type":"message","attachments":[7]}"#,
            r#"{"teamsApp@odata.bind":"https://x/appCatalogs/teamsApps/"}"#,
            "grant_type=client_credentials&client_id=%FF",
            r#"{"requests":[{"id":"1","method":"GET","url":"users"},{"id":"2","method":"PUT","url":"/$batch","headers":{"a":7}}]}"#,
            r#"{"requests":[{"id":"1","method":"GET","url":"%zz?\u0000","dependsOn":[[]]}]}"#,
            "[[[[",
            "{}",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Headers that matter, and values that may or may not fit.
fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let names = prop::sample::select(vec![
        "authorization",
        "consistencylevel",
        "client-request-id",
        "content-type",
        "host",
        "prefer",
    ]);
    let value = prop_oneof![
        Just(b"eventual".to_vec()),
        Just(b"Bearer ".to_vec()),
        Just(b"application/json; charset=utf-8".to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec((names, value), 0..4)
}

proptest! {
    #[test]
    fn any_request_gets_an_answer_whatever_else_goes_wrong(
        seed in any::<u64>(),
        method in "[A-Z]{1,7}",
        pieces in prop::collection::vec(piece(), 0..8),
        query in query(),
        headers in headers(),
        body in prop::collection::vec(any::<u8>(), 0..60),
        at in 0_u64..200,
    ) {
        let mut visitor = Visitor::new(3, Shape::default());
        visitor.world.mix_hardships(seed);
        visitor.now = Duration::from_secs(at);
        let person = visitor.first().clone();
        let path = pieces.join("/").replace("users/", &format!("users/{}/", person.upn.replace('#', "%23")));
        let path = path.replace("a%3A1x", &visitor.chat(&person));
        for token in visitor.tokens() {
            let mut request = Request::builder()
                .method(&*method)
                .uri(format!("https://sim/{path}{query}"))
                .header("authorization", format!("Bearer {token}"));
            for (name, value) in &headers {
                request = request.header(*name, &**value);
            }
            if let Ok(request) = request.body(Bytes::from(body.clone())) {
                let status = visitor.send(request).status;
                prop_assert!(status == 0 || (200..600).contains(&status), "{status}");
            }
        }
    }

    #[test]
    fn any_request_gets_an_answer(
        method in prop::sample::select(vec!["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
        pieces in prop::collection::vec(piece(), 0..8),
        query in query(),
        body in body(),
        media_type in prop::sample::select(vec!["", "application/json", "application/x-www-form-urlencoded", "text/plain"]),
    ) {
        let visitor = Visitor::new(3, Shape::default());
        let tokens = visitor.tokens();
        for token in tokens {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("https://sim/{}{query}", pieces.join("/")))
                .header("authorization", format!("Bearer {token}"));
            if !media_type.is_empty() {
                request = request.header("content-type", media_type);
            }
            if let Ok(request) = request.body(Bytes::from(body.clone())) {
                let status = visitor.send(request).status;
                prop_assert!((200..500).contains(&status), "{status}");
            }
        }
    }
}

#[test]
fn an_answer_that_is_lost_has_had_its_effect_and_a_request_that_is_lost_has_not() {
    let visitor = Visitor::new(2, Shape::uniform());
    let chats: Vec<String> = visitor
        .world
        .people()
        .iter()
        .map(|person| visitor.chat(person))
        .collect();
    let [answer_lost, request_lost] = [Effect::LoseAnswer, Effect::LoseRequest];
    let person = |place: usize| visitor.world.people()[place].object_id;
    visitor
        .world
        .script(Hardship::new(Endpoint::SendActivity, answer_lost).person(person(0)));
    visitor
        .world
        .script(Hardship::new(Endpoint::SendActivity, request_lost).person(person(1)));

    let statuses = [
        visitor.say(&chats[0], "Hello").status,
        visitor.say(&chats[1], "Hello").status,
    ];

    let truth = visitor.world.truth();
    assert_eq!([0, 0], statuses);
    assert_eq!(
        [1, 0],
        [
            truth.people[0].messages.len(),
            truth.people[1].messages.len()
        ]
    );
}

#[test]
fn a_prepared_response_comes_before_or_after_the_effect() {
    let visitor = Visitor::new(1, Shape::uniform());
    let chat = visitor.chat(visitor.first());
    let failed =
        Canned::status(502).body(&json!({ "error": { "code": "ServiceError" } }).to_string());
    let hardship = |effect, nth| Hardship::new(Endpoint::SendActivity, effect).when(When::Nth(nth));
    visitor
        .world
        .script(hardship(Effect::Respond(failed.clone()), 1));
    visitor
        .world
        .script(hardship(Effect::RespondAfter(failed), 2));

    let statuses = [1, 2, 3].map(|number| visitor.say(&chat, &number.to_string()).status);

    let texts: Vec<_> = visitor.world.truth().people[0]
        .messages
        .iter()
        .map(|message| message.text.clone())
        .collect();
    assert_eq!([502, 502, 201], statuses);
    assert_eq!(vec![Some("2".to_owned()), Some("3".to_owned())], texts);
}
