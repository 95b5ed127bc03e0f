//! The connector, seen from outside: each refusal that is known.

mod roster;

use serde_json::{Value, json};

use crate::simulator::{
    AppRegistration, Credentials, Obstacle, Quotas, Registration, Sessions, Shape,
    visitor::{BOT, Visitor},
};

fn activity(visitor: &Visitor, id: &str) -> String {
    format!(
        "/teams/v3/conversations/{}/activities/{id}",
        visitor.chat(visitor.first())
    )
}

#[test]
fn a_conversation_is_created_once_and_is_the_chat_of_graph() {
    let visitor = Visitor::new(1, Shape::uniform());
    let person = visitor.first().object_id;

    let one = visitor.create(person);
    let pairwise = visitor.get(&format!(
        "/teams/v3/conversations/{}/members",
        one.body["id"].as_str().unwrap()
    ));
    let two = visitor.create(pairwise.body[0]["id"].as_str().unwrap());
    visitor.say(one.body["id"].as_str().unwrap(), "By the connector's id");
    visitor.say(&visitor.chat(visitor.first()), "By Graph's id");

    assert_eq!((201, &one.body["id"]), (two.status, &two.body["id"]));
    assert!(one.body["id"].as_str().unwrap().starts_with("a:1"));
    let truth = visitor.world.truth();
    assert_eq!(2, truth.people[0].messages.len());
    assert_eq!(
        Some("By Graph's id"),
        truth.people[0].messages[1].text.as_deref()
    );
}

#[test]
fn who_does_not_have_the_app_is_refused_in_several_shapes() {
    let visitor = Visitor::new(
        8,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    );

    let codes: Vec<String> = visitor
        .world
        .people()
        .iter()
        .map(|person| visitor.create(person.object_id))
        .inspect(|read| assert_eq!(403, read.status))
        .inspect(|read| {
            assert!(
                read.body.is_null()
                    || read.message() == "Bot is not installed in user's personal scope"
            );
        })
        .map(|read| read.code().to_owned())
        .collect();

    for code in ["ForbiddenOperationException", "BadArgument", ""] {
        assert!(codes.iter().any(|found| found == code), "{code}");
    }
}

#[test]
fn a_conversation_needs_one_member_and_the_tenant() {
    let visitor = Visitor::new(2, Shape::uniform());
    let facts = visitor.world.facts();
    let member = json!({ "id": visitor.first().object_id.to_string() });
    let tenant = &facts.tenant_id;
    for (body, status, code) in [
        (
            json!({ "members": [member, member], "tenantId": tenant }),
            400,
            "BadSyntax",
        ),
        (
            json!({ "members": [], "tenantId": tenant }),
            400,
            "BadSyntax",
        ),
        (
            json!({ "members": [member], "tenantId": tenant, "isGroup": true }),
            400,
            "BadSyntax",
        ),
        (json!({ "members": [member] }), 400, "BadArgument"),
        (
            json!({ "members": [{ "id": "ada@contoso.example" }], "tenantId": tenant }),
            400,
            "Bad Argument",
        ),
        (
            json!({ "members": [member], "tenantId": "elsewhere" }),
            401,
            "",
        ),
        (
            json!({ "members": [member], "channelData": { "tenant": { "id": tenant } } }),
            201,
            "",
        ),
        (
            json!({ "members": [member], "tenantId": tenant, "bot": { "id": facts.bot_id } }),
            201,
            "",
        ),
    ] {
        let read = visitor.post("/teams/v3/conversations", &body);

        assert_eq!((status, code), (read.status, read.code()), "{body}");
    }
}

#[test]
fn a_conversation_can_be_created_with_its_first_message() {
    let visitor = Visitor::new(1, Shape::uniform());
    let body = json!({
        "members": [{ "id": visitor.first().object_id.to_string() }],
        "tenantId": visitor.world.facts().tenant_id,
        "activity": { "type": "message", "text": "Hello" },
    });

    let read = visitor.post("/teams/v3/conversations", &body);

    assert_eq!(201, read.status);
    assert_eq!(
        Some(&*visitor.world.truth().people[0].messages[0].id),
        read.body["activityId"].as_str()
    );
}

#[test]
fn a_bot_with_sessions_starts_one_with_every_conversation() {
    let registration = Registration {
        sessions: Sessions::Many,
        ..Registration::default()
    };
    let visitor = Visitor::of(1, Shape::uniform(), Quotas::Off, registration);
    let body = json!({
        "members": [{ "id": visitor.first().object_id.to_string() }],
        "tenantId": visitor.world.facts().tenant_id,
        "activity": { "type": "message", "text": "Hello" },
    });

    let (one, two) = (
        visitor.post("/teams/v3/conversations", &body),
        visitor.post("/teams/v3/conversations", &body),
    );

    assert_eq!(400, visitor.create(visitor.first().object_id).status);
    assert_ne!(one.body["id"], two.body["id"]);
}

#[test]
fn a_message_is_sent_replaced_and_deleted() {
    let visitor = Visitor::new(1, Shape::uniform());
    let sent = visitor.say(&visitor.chat(visitor.first()), "Hello");
    let path = activity(&visitor, sent.body["id"].as_str().unwrap());

    let replaced = visitor.call(
        "PUT",
        &path,
        &json!({ "type": "message", "text": "Hello again" }),
    );
    let deleted = visitor.call("DELETE", &path, &Value::Null);

    assert_eq!(
        (201, 200, 200),
        (sent.status, replaced.status, deleted.status)
    );
    assert_eq!(sent.body["id"], replaced.body["id"]);
    let truth = visitor.world.truth();
    let message = &truth.people[0].messages[0];
    assert_eq!(
        (Some("Hello again"), 1, true),
        (message.text.as_deref(), message.edits, message.deleted)
    );
    let again = visitor.call("DELETE", &path, &Value::Null);
    assert_eq!(
        (404, "ActivityNotFoundInConversation"),
        (again.status, again.code())
    );
}

#[test]
fn text_with_a_card_becomes_two_messages_without_an_id() {
    let visitor = Visitor::new(1, Shape::uniform());
    let card = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": { "type": "AdaptiveCard" } });
    let path = format!(
        "/teams/v3/conversations/{}/activities",
        visitor.chat(visitor.first())
    );

    let read = visitor.post(
        &path,
        &json!({ "type": "message", "text": "Hello", "attachments": [card] }),
    );

    assert_eq!((201, None), (read.status, read.body.get("id")));
    let truth = visitor.world.truth();
    assert_eq!(2, truth.people[0].messages.len());
    assert_eq!(vec![card], truth.people[0].messages[1].attachments);
    assert_eq!(2, truth.quotas["connector"].seen);
}

#[test]
fn who_cannot_be_written_to_is_refused_with_the_reason() {
    let visitor = Visitor::new(1, Shape::uniform());
    let person = visitor.first();
    let chat = visitor.chat(person);
    for (obstacle, code) in [
        (Obstacle::BlockedByUser, "ConversationBlockedByUser"),
        (Obstacle::DisabledByAdmin, "BotDisabledByAdmin"),
    ] {
        visitor.world.obstruct(person.object_id, obstacle);
        let read = visitor.say(&chat, "Hello");
        assert_eq!((403, code), (read.status, read.code()));
    }

    visitor
        .world
        .obstruct(person.object_id, Obstacle::WritesBlocked);
    let muted = visitor.say(&chat, "Hello");
    visitor.world.obstruct(person.object_id, Obstacle::Clear);
    visitor.world.uninstall(person.object_id);
    let removed = visitor.say(&chat, "Hello");
    visitor.world.delete_chat(person.object_id);
    let stale = visitor.say(&chat, "Hello");

    assert_eq!((403, &json!(209)), (muted.status, &muted.body["errorCode"]));
    let inner: Value = serde_json::from_str(muted.message()).unwrap();
    assert_eq!("MessageWritesBlocked", inner["subCode"]);
    assert_eq!(
        (403, "BotNotInConversationRoster"),
        (removed.status, removed.code())
    );
    assert_eq!((404, "ConversationNotFound"), (stale.status, stale.code()));
}

#[test]
fn an_id_of_another_bot_is_refused() {
    let visitor = Visitor::new(1, Shape::uniform());
    for (id, status, message) in [
        ("a:1x", 403, "Failed to decrypt conversation id"),
        (
            "19:x@unq.gbl.spaces",
            403,
            "Failed to decrypt conversation id",
        ),
        ("nonsense", 400, "Bad format of conversation ID"),
    ] {
        let read = visitor.say(id, "Hello");

        assert_eq!((status, message), (read.status, read.message()), "{id}");
    }
    let read = visitor.create("29:1x");
    assert_eq!(
        (400, "Failed to decrypt pairwise id"),
        (read.status, read.message())
    );
}

#[test]
fn a_message_that_is_too_big_or_makes_no_sense_is_refused() {
    let visitor = Visitor::new(1, Shape::uniform());
    let chat = visitor.chat(visitor.first());
    let path = format!("/teams/v3/conversations/{chat}/activities");

    let big = visitor.say(&chat, &"x".repeat(60_000));
    let huge = visitor.say(&chat, &"x".repeat(5_000_000));
    let untyped = visitor.post(&path, &json!({ "text": "Hello" }));
    let bare = visitor.post(&path, &Value::Null);

    assert_eq!((413, "MessageSizeTooBig"), (big.status, big.code()));
    assert_eq!((413, "MessageSizeTooBig"), (huge.status, huge.code()));
    assert_eq!((400, "MissingProperty"), (untyped.status, untyped.code()));
    assert_eq!(415, bare.status);
    assert_eq!(404, visitor.get("/teams/v3/nothing").status);
}

#[test]
fn a_token_of_another_service_or_app_is_refused() {
    let registration = Registration {
        apps: vec![AppRegistration {
            name: "graph".to_owned(),
            permissions: Vec::new(),
            credentials: Credentials::default(),
        }],
        ..Registration::default()
    };
    let mut visitor = Visitor::of(1, Shape::uniform(), Quotas::Off, registration);
    let app = visitor.world.facts().apps[0].clone();
    let fields = [
        ("client_id", &*app.client_id),
        ("client_secret", &*app.client_secret),
        ("scope", BOT),
    ];
    let given = visitor.ask_token(&visitor.world.facts().tenant_id, &fields);
    let others = given.body["access_token"].as_str().unwrap().to_owned();
    let graphs = visitor.tokens()[0].to_owned();
    let denied = "Authorization has been denied for this request.";
    for (token, code, message) in [
        (String::new(), "", denied),
        (graphs, "", denied),
        (others, "BotNotRegistered", "Bot is not registered."),
    ] {
        visitor.set_bot_token(token);
        let read = visitor.create(visitor.first().object_id);

        assert_eq!(
            (401, code, message),
            (read.status, read.code(), read.message())
        );
        assert!(read.header("ms-cv").is_some());
    }
}
