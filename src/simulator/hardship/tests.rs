//! Hardships, seen from outside.

mod pages;

use std::{fs, time::Duration};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::simulator::{
    Answer, Options, Person, Quotas, Registration, RetryAfter, Shape, World,
    visitor::{Read, Visitor},
};

const SECOND: Duration = Duration::from_secs(1);

fn visitor(people: usize) -> Visitor {
    Visitor::new(people, Shape::uniform())
}

fn nobody_has_the_app() -> Shape {
    Shape {
        installed: 0.0,
        ..Shape::uniform()
    }
}

fn befall(visitor: &Visitor, endpoint: Endpoint, effect: Effect) {
    visitor.world.script(Hardship::new(endpoint, effect));
}

fn first(visitor: &Visitor) -> (Person, String) {
    let person = visitor.first().clone();
    let chat = visitor.chat(&person);
    (person, chat)
}

fn chat_of(visitor: &Visitor, person: &Person) -> Read {
    let catalog_id = visitor.world.tenant.own.catalog_id;
    let id = crate::simulator::tenant::ids::installation(person.object_id, catalog_id);
    visitor.get(&format!(
        "/v1.0/users/{}/teamwork/installedApps/{}/chat",
        person.object_id,
        id.replace('=', "%3D")
    ))
}

/// How many people get a conversation at this instant before one is refused.
fn creatable(visitor: &Visitor) -> usize {
    let people = visitor.world.people().iter();
    let create = |person: &&Person| visitor.create(person.object_id).status == 201;
    people.take_while(create).count()
}

#[test]
fn a_storm_refuses_as_the_service_would_and_in_the_tenants_form() {
    let registration = Registration {
        retry_after: RetryAfter::Fractional,
        ..Registration::default()
    };
    let visitor = Visitor::of(1, Shape::uniform(), Quotas::Off, registration);
    let (_, chat) = first(&visitor);
    let retry_after = Some(Duration::from_millis(2128));
    befall(&visitor, Endpoint::Any, Effect::Throttle { retry_after });

    let (graph, connector) = (visitor.get("/v1.0/users"), visitor.say(&chat, "Hello"));

    assert_eq!((429, "TooManyRequests"), (graph.status, graph.code()));
    assert!(graph.header("request-id").is_some());
    assert_eq!((429, "Throttled"), (connector.status, connector.code()));
    assert_eq!(Some("2.128"), connector.header("retry-after"));
    assert_eq!(0, visitor.world.account().messages);
}

#[test]
fn a_storm_may_not_say_when_to_come_back() {
    let visitor = visitor(1);
    befall(
        &visitor,
        Endpoint::Any,
        Effect::Throttle { retry_after: None },
    );

    let refused = [visitor.get("/v1.0/users"), visitor.create("x")];

    assert_eq!([429, 429], refused.each_ref().map(|read| read.status));
    assert_eq!(
        [None, None],
        refused.each_ref().map(|read| read.header("retry-after"))
    );
}

#[test]
fn a_service_fails_before_or_after_the_effect() {
    let visitor = visitor(1);
    let (_, chat) = first(&visitor);
    let nth = |effect, nth| Hardship::new(Endpoint::SendActivity, effect).when(When::Nth(nth));
    visitor.world.script(nth(Effect::Fail(503), 1));
    visitor.world.script(nth(Effect::FailAfter(502), 2));
    visitor.world.script(nth(Effect::Fail(412), 3));

    let answers = [(); 3].map(|()| visitor.say(&chat, "Hello"));

    let seen = answers.each_ref().map(|read| (read.status, read.code()));
    assert_eq!(
        [
            (503, "ServiceError"),
            (502, "ServiceError"),
            (412, "PreconditionFailed")
        ],
        seen
    );
    assert_eq!(1, visitor.world.account().messages);
}

#[test]
fn an_answer_that_is_cut_has_had_its_effect() {
    let visitor = visitor(1);
    befall(&visitor, Endpoint::CreateConversation, Effect::CutAnswer);
    let [_, token] = visitor.tokens();
    let facts = visitor.world.facts();
    let body = json!({
        "members": [{ "id": visitor.first().object_id.to_string() }],
        "tenantId": facts.tenant_id,
        "activity": { "type": "message", "text": "Hello" },
    });
    let request = Request::post("https://sim/teams/v3/conversations")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();

    let answer = visitor.world.answer(SECOND, request);

    let Answer::Cut { response, sent, .. } = answer else {
        panic!("{answer:?}");
    };
    assert!(0 < sent && sent < response.body().len());
    assert_eq!(1, visitor.world.account().messages);
}

#[test]
fn installing_fails_with_the_text_of_a_store_under_load_and_then_succeeds() {
    let visitor = Visitor::new(1, nobody_has_the_app());
    let hardship = Hardship::new(Endpoint::InstallApp, Effect::EntitlementFailure);
    visitor.world.script(hardship.when(When::First(1)));

    let [failed, done] = [(); 2].map(|()| visitor.install(visitor.first()));

    assert_eq!((400, "BadRequest"), (failed.status, failed.code()));
    let text = "Exception in CreateOrUpdateUserAppEntitlementForTeamsAsync";
    assert!(failed.message().starts_with(text));
    assert_eq!(201, done.status);
}

#[test]
fn what_was_installed_works_after_a_while() {
    let mut visitor = Visitor::new(1, nobody_has_the_app());
    let (person, chat) = first(&visitor);
    befall(
        &visitor,
        Endpoint::InstallApp,
        Effect::SettleAfter(SECOND * 5),
    );
    let all = |visitor: &Visitor| {
        [
            chat_of(visitor, &person).status,
            visitor.create(person.object_id).status,
            visitor.say(&chat, "Hello").status,
        ]
    };

    let installed = visitor.install(&person).status;
    let at_once = all(&visitor);
    let again = visitor.install(&person).status;
    visitor.now += SECOND * 5;

    assert_eq!((201, [404, 403, 403], 409), (installed, at_once, again));
    assert_eq!([200, 201, 201], all(&visitor));
}

#[test]
fn a_token_ends_before_its_time() {
    let mut visitor = visitor(1);
    befall(&visitor, Endpoint::Token, Effect::ExpireToken(SECOND * 10));
    visitor.sign_in();

    let before = visitor.get("/v1.0/users").status;
    visitor.now += SECOND * 10;
    let after = visitor.get("/v1.0/users");

    assert_eq!((200, 401), (before, after.status));
    assert_eq!("InvalidAuthenticationToken", after.code());
}

#[test]
fn people_delete_the_chat_block_the_bot_and_remove_the_app_in_mid_run() {
    for (effect, code) in [
        (Effect::StaleChat, "ConversationNotFound"),
        (Effect::BlockBot, "ConversationBlockedByUser"),
        (Effect::UninstallApp, "BotNotInConversationRoster"),
    ] {
        let visitor = visitor(2);
        let (person, chat) = first(&visitor);
        let other = visitor.chat(&visitor.world.people()[1]);
        let hardship = Hardship::new(Endpoint::SendActivity, effect).when(When::Nth(2));
        visitor.world.script(hardship.person(&*person.upn));

        let told = [(); 2].map(|()| visitor.say(&chat, "Hello"));

        assert_eq!((201, code), (told[0].status, told[1].code()));
        assert_eq!(201, visitor.say(&other, "Hello").status);
    }
}

#[test]
fn a_quota_changes_at_a_time_and_back() {
    let mut visitor = Visitor::of(
        100,
        Shape::uniform(),
        Quotas::Scaled(1.0),
        Registration::default(),
    );
    let effect = Effect::Quota {
        name: Some("connector".to_owned()),
        times: 0.2,
    };
    let hardship = Hardship::new(Endpoint::Any, effect);
    visitor
        .world
        .script(hardship.between(SECOND * 10, SECOND * 20));

    let passed = [5, 15, 25].map(|second| {
        visitor.now = SECOND * second;
        creatable(&visitor)
    });

    assert_eq!([50, 10, 50], passed);
}

#[test]
fn a_quota_changes_after_a_number_of_requests_and_back() {
    let mut visitor = Visitor::of(
        100,
        Shape::uniform(),
        Quotas::Scaled(1.0),
        Registration::default(),
    );
    let effect = Effect::Quota {
        name: None,
        times: 0.1,
    };
    let hardship = Hardship::new(Endpoint::CreateConversation, effect);
    visitor.world.script(hardship.when(When::Between(11, 30)));

    let passed = [1, 10, 20].map(|second| {
        visitor.now = SECOND * second;
        creatable(&visitor)
    });

    // The eleventh request is the first that meets a bucket of five.
    assert_eq!([15, 5, 5], passed);
    visitor.now = SECOND * 40;
    for _ in 0..5 {
        visitor.create(visitor.first().object_id);
    }
    visitor.now = SECOND * 60;
    assert_eq!(50, creatable(&visitor));
}

#[test]
fn hardships_are_read_from_json_one_or_a_list() {
    let visitor = visitor(1);
    let post = |body: &Value| visitor.post("/_simulator/hardships", body);
    let one =
        json!({ "effect": { "fail": 503 }, "endpoint": "list_users", "when": { "first": 1 } });

    let added = [post(&one).status, post(&json!([one, one])).status];
    let answers = [(); 3].map(|()| visitor.get("/v1.0/users").status);

    assert_eq!([204, 204], added);
    assert_eq!([503, 200, 200], answers);
    for (bad, advice) in [
        (json!({ "effect": "explode" }), "lose_answer"),
        (json!({ "effect": { "delay": "soon" } }), "1m 30s"),
        (
            json!({ "effect": "lose_answer", "share": 2 }),
            "from 0 to 1",
        ),
        (
            json!({ "effect": { "quota": { "name": "air", "times": 1 } } }),
            "connector",
        ),
        (json!({ "effect": { "fail": 200 } }), "400 to 599"),
    ] {
        let refused = post(&bad);

        assert_eq!(400, refused.status);
        assert!(
            refused.body["error"].to_string().contains(advice),
            "{refused:?}"
        );
    }
}

#[test]
fn a_bad_script_is_refused_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hardships.toml");
    let world = World::new(&Options::default());
    for (text, line, word) in [
        ("[[hardship]]\neffect = 'explode'\n", 2, "explode"),
        ("[[hardship]]\neffect = 'lose_answer'\nnth = 3\n", 3, "nth"),
        (
            "\n[[hardship]]\neffect = 'lose_answer'\nshare = 7.0\n",
            2,
            "share",
        ),
        (
            "[[hardship]]\neffect = 'block_bot'\nperson = 'me@x'\n",
            1,
            "me@x",
        ),
        ("[[hardship]]\neffect = { delay = 'soon' }\n", 2, "soon"),
        ("[[hardship\n", 1, ""),
    ] {
        fs::write(&path, text).unwrap();

        let error = world.load_hardships(&path).unwrap_err().to_string();

        let place = format!("hardships.toml:{line}: ");
        assert!(error.contains(&place) && error.contains(word), "{error}");
    }
    assert!(world.account().hardships.is_empty());
}

#[test]
fn a_mix_is_the_same_for_the_same_seed() {
    let mix = |seed| {
        let world = World::new(&Options::default());
        world.mix_hardships(seed);
        format!("{:?}", world.state().script)
    };

    assert_eq!(mix(7), mix(7));
    assert_ne!(mix(7), mix(8));
}
