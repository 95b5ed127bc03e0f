//! Every refusal in the connector's table of status codes, one row after the other.

use serde_json::{Value, json};

use crate::simulator::{
    Canned, Channel, Effect, Endpoint, Hardship, Obstacle, Quotas, Registration, Shape,
    visitor::{Read, Visitor},
};

/// What is asked, and what comes back: status, code and text.
type Row = (&'static str, Read, u16, &'static str, &'static str);

const HELLO: &str = "Hello";

fn chat(visitor: &Visitor) -> String {
    visitor.chat(visitor.first())
}

fn send(visitor: &Visitor, activity: &Value) -> Read {
    let path = format!("/teams/v3/conversations/{}/activities", chat(visitor));
    visitor.post(&path, activity)
}

fn everybody_has_the_app() -> Visitor {
    Visitor::new(1, Shape::uniform())
}

fn on(channel: Channel) -> Visitor {
    let registration = Registration {
        channel,
        ..Registration::default()
    };
    Visitor::of(1, Shape::uniform(), Quotas::Off, registration)
}

/// Says hello to somebody who is hindered.
fn behind(obstacle: Obstacle) -> Read {
    let visitor = everybody_has_the_app();
    visitor.world.obstruct(visitor.first().object_id, obstacle);
    visitor.say(&chat(&visitor), HELLO)
}

/// Says hello while the service fails.
fn failing(status: u16, code: &str, text: &str) -> Read {
    let visitor = everybody_has_the_app();
    let body = json!({ "error": { "code": code, "message": text } });
    let canned = Canned::status(status).body(&body.to_string());
    let hardship = Hardship::new(Endpoint::SendActivity, Effect::Respond(canned));
    visitor.world.script(hardship);
    visitor.say(&chat(&visitor), HELLO)
}

fn check(rows: Vec<Row>) {
    for (what, read, status, code, text) in rows {
        let found = (read.status, read.code(), read.message());
        assert_eq!((status, code, text), found, "{what}");
    }
}

#[test]
fn what_makes_no_sense_is_a_bad_request() {
    let visitor = everybody_has_the_app();
    let members = json!({ "members": [], "tenantId": visitor.world.facts().tenant_id });

    check(vec![
        (
            "an id of another bot's user",
            visitor.create("29:1x"),
            400,
            "Bad Argument",
            "Failed to decrypt pairwise id",
        ),
        (
            "no member",
            visitor.post("/teams/v3/conversations", &members),
            400,
            "BadSyntax",
            "Incorrect conversation creation parameters",
        ),
        (
            "no type",
            send(&visitor, &json!({ "text": HELLO })),
            400,
            "MissingProperty",
            "The 'Activity.Type' field is required.",
        ),
        (
            "no conversation",
            visitor.say("nonsense", HELLO),
            400,
            "BadArgument",
            "Bad format of conversation ID",
        ),
        (
            "a conversation of another bot",
            visitor.say("a:1x", HELLO),
            403,
            "BadArgument",
            "Failed to decrypt conversation id",
        ),
        (
            "too much",
            visitor.say(&chat(&visitor), &"x".repeat(60_000)),
            413,
            "MessageSizeTooBig",
            "Message size too large.",
        ),
    ]);
}

#[test]
fn a_bot_that_is_not_registered_right_is_denied() {
    let (missing, other_host) = (on(Channel::Missing), on(Channel::OtherHost));
    let visitor = everybody_has_the_app();
    let elsewhere = json!({
        "members": [{ "id": visitor.first().object_id.to_string() }],
        "tenantId": "elsewhere",
    });
    let denied = "Authorization has been denied for this request.";

    check(vec![
        (
            "no channel",
            missing.create(missing.first().object_id),
            401,
            "",
            denied,
        ),
        (
            "another tenant",
            visitor.post("/teams/v3/conversations", &elsewhere),
            401,
            "",
            denied,
        ),
        (
            "another cloud",
            other_host.say(&chat(&other_host), HELLO),
            403,
            "InvalidBotApiHost",
            "The bot API host is not valid for the tenant of the conversation.",
        ),
    ]);
}

#[test]
fn a_person_who_cannot_be_reached_is_refused_by_the_reason() {
    let removed = everybody_has_the_app();
    removed.world.uninstall(removed.first().object_id);
    let deleted = everybody_has_the_app();
    deleted.world.delete_chat(deleted.first().object_id);
    let visitor = everybody_has_the_app();
    let message = format!("/teams/v3/conversations/{}/activities/1", chat(&visitor));

    check(vec![
        (
            "removed",
            removed.say(&chat(&removed), HELLO),
            403,
            "BotNotInConversationRoster",
            "The bot is not part of the conversation roster.",
        ),
        (
            "not installed",
            removed.create(removed.first().object_id),
            403,
            "ForbiddenOperationException",
            "Bot is not installed in user's personal scope",
        ),
        (
            "blocked by the person",
            behind(Obstacle::BlockedByUser),
            403,
            "ConversationBlockedByUser",
            "User blocked the conversation with the bot.",
        ),
        (
            "disabled by an administrator",
            behind(Obstacle::DisabledByAdmin),
            403,
            "BotDisabledByAdmin",
            "The tenant admin disabled this bot",
        ),
        (
            "no chat",
            deleted.say(&chat(&deleted), HELLO),
            404,
            "ConversationNotFound",
            "Conversation not found.",
        ),
        (
            "no message",
            visitor.call("DELETE", &message, &Value::Null),
            404,
            "ActivityNotFoundInConversation",
            "Activity not found in conversation.",
        ),
    ]);
}

#[test]
fn a_muted_chat_is_refused_with_json_inside_a_text() {
    let read = behind(Obstacle::WritesBlocked);

    assert_eq!((403, &json!(209)), (read.status, &read.body["errorCode"]));
    let inner: Value = serde_json::from_str(read.message()).unwrap();
    assert_eq!("MessageWritesBlocked", inner["subCode"]);
}

#[test]
fn one_message_too_many_is_throttled() {
    let visitor = Visitor::of(
        1,
        Shape::uniform(),
        Quotas::Scaled(1.0),
        Registration::default(),
    );
    let reads = [0; 8].map(|_| visitor.say(&chat(&visitor), HELLO));

    let statuses: Vec<u16> = reads.iter().map(|read| read.status).collect();

    assert_eq!([201, 201, 201, 201, 201, 201, 201, 429], *statuses);
    assert_eq!("Throttled", reads[7].code());
    assert_eq!(Some("2"), reads[7].header("retry-after"));
}

#[test]
fn what_only_a_failing_service_says_comes_from_a_script_and_has_no_effect() {
    for (status, code, text) in [
        (403, "NotEnoughPermissions", "Not allowed."),
        (404, "BotNotInConversationRoster", "The bot is not there."),
        (412, "PreconditionFailed", "Concurrent operations."),
        (500, "ServiceError", "Unknown service error"),
        (502, "ServiceError", "Unknown service error"),
        (503, "ServiceError", "Unknown service error"),
        (504, "ServiceError", "Unknown service error"),
    ] {
        check(vec![(
            code,
            failing(status, code, text),
            status,
            code,
            text,
        )]);
    }
}
