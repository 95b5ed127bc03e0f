//! Who does not get the message, and what the report says of them.

use teamcast::simulator::{Canned, Effect, Endpoint, Licence, Obstacle, Shape, UserType, When};

use crate::stage::{Stage, counts};

#[test]
fn an_unknown_user_fails_alone() {
    let stage = Stage::new(3);
    let upns = stage.world.people().iter().map(|person| &*person.upn);
    stage.list(upns.chain(["who.left@contoso.example"]));

    stage.run().code(3);

    let expected = counts([("delivered", 3), ("failed unknown-user", 1)]);
    assert_eq!(stage.account(), expected);
    let row = stage.report().remove(3);
    assert_eq!(row["row"], "users.csv:5");
    assert_eq!(row["user"], "who.left@contoso.example");
    assert!(!row["advice"].is_empty());
}

#[test]
fn a_malformed_row_is_skipped_with_its_line_number() {
    let stage = Stage::new(2);
    let (one, two) = (&stage.person(0).upn, &stage.person(1).upn);
    let list = format!("upn,building\n{one},1\nlost,in,commas\n{two},2\n,nobody\n");
    stage.write("users.csv", list);

    stage.run().code(0);

    let expected = counts([("delivered", 2), ("skipped malformed-row", 2)]);
    assert_eq!(stage.account(), expected);
    let rows = stage.report();
    let malformed = rows.iter().filter(|row| row["cause"] == "malformed-row");
    let places: Vec<&str> = malformed.map(|row| row["row"].as_str()).collect();
    assert_eq!(places, ["users.csv:3", "users.csv:5"]);
    assert_eq!(rows[1]["detail"], "it has 3 cells, the header 2");
}

#[test]
fn a_row_that_is_not_utf8_is_skipped_and_the_rest_is_read() {
    let stage = Stage::new(2);
    let (one, two) = (&stage.person(0).upn, &stage.person(1).upn);
    let mut list = format!("upn,city\n{one},Bern\n").into_bytes();
    list.extend(b"x@contoso.example,Z\xfcrich\n");
    list.extend(format!("{two},Basel\n").bytes());
    stage.write("users.csv", list);

    stage.run().code(0);

    let expected = counts([("delivered", 2), ("skipped malformed-row", 1)]);
    assert_eq!(stage.account(), expected);
    assert_eq!(stage.report()[1]["row"], "users.csv:3");
}

#[test]
fn who_may_not_have_the_app_is_blocked_by_policy() {
    let stage = Stage::shaped(
        5,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    );
    let blocked = stage.person(2).object_id;
    stage.world.obstruct(blocked, Obstacle::PermissionPolicy);

    stage.run().code(3);

    let expected = counts([("delivered", 4), ("failed blocked-by-policy", 1)]);
    assert_eq!(stage.account(), expected);
    assert_eq!(stage.row(2)["http_status"], "403");
}

#[test]
fn who_blocked_or_muted_the_bot_is_told_apart_from_policy() {
    let stage = Stage::new(6);
    let obstruct = |place, obstacle| {
        let id = stage.person(place).object_id;
        stage.world.obstruct(id, obstacle);
    };
    obstruct(1, Obstacle::BlockedByUser);
    obstruct(2, Obstacle::WritesBlocked);
    obstruct(3, Obstacle::DisabledByAdmin);

    stage.run().code(3);

    let expected = counts([
        ("delivered", 3),
        ("failed blocked-by-policy", 1),
        ("failed blocked-by-user", 2),
    ]);
    assert_eq!(stage.account(), expected);
    assert_eq!(stage.row(2)["code"], "MessageWritesBlocked");
}

#[test]
fn guests_disabled_and_unlicensed_accounts_are_skipped() {
    let stage = Stage::shaped(
        50,
        Shape {
            guests: 0.1,
            disabled: 0.1,
            unlicensed: 0.1,
            ..Shape::uniform()
        },
    );
    let people = stage.world.people();
    let plain = people.iter().filter(|person| {
        person.user_type == Some(UserType::Member)
            && person.account_enabled
            && person.licence == Licence::Enabled
    });
    let plain = plain.count() as u64;

    stage.run().code(0);

    let account = stage.account();
    assert_eq!(account["delivered"], plain);
    assert_eq!(account["skipped guest"], 5);
    assert!(account.contains_key("skipped disabled"));
    assert!(account.contains_key("skipped unlicensed"));
}

#[test]
fn a_send_whose_answer_is_lost_is_in_doubt_and_never_repeated() {
    let stage = Stage::new(10);
    stage
        .trouble(Endpoint::SendActivity, Effect::LoseAnswer)
        .of(4);
    stage.run().code(4);
    stage.world.relent();

    stage.run().code(4);

    let expected = counts([("delivered", 9), ("in-doubt", 1)]);
    assert_eq!(stage.account(), expected);
    assert_eq!(stage.truth(4).messages.len(), 1);
    assert_eq!(stage.row(4)["outcome"], "in-doubt");
}

#[test]
fn a_server_error_after_the_send_is_in_doubt_and_never_repeated() {
    for status in [408, 500, 502, 504] {
        let stage = Stage::new(3);
        let effect = Effect::RespondAfter(Canned::status(status));
        stage.trouble(Endpoint::SendActivity, effect).of(1);
        stage.run().code(4);
        stage.world.relent();

        stage.run().code(4);

        let expected = counts([("delivered", 2), ("in-doubt", 1)]);
        assert_eq!(stage.account(), expected, "{status}");
        assert_eq!(stage.truth(1).messages.len(), 1, "{status}");
        assert_eq!(stage.row(1)["http_status"], status.to_string());
    }
}

#[test]
fn who_is_in_doubt_is_sent_again_only_where_the_operator_says_so() {
    let stage = Stage::new(3);
    stage
        .trouble(Endpoint::SendActivity, Effect::LoseRequest)
        .of(1);
    stage.run().code(4);
    stage.world.relent();

    stage
        .run_with(&["--retry", "in-doubt"])
        .code(0)
        .says(&["two messages"]);

    assert_eq!(stage.account(), counts([("delivered", 3)]));
}

#[test]
fn who_failed_is_tried_again_when_asked_and_nobody_else() {
    let stage = Stage::new(10);
    let refused = r#"{"error":{"code":"NotEnoughPermissions","message":"no"}}"#;
    stage
        .trouble(
            Endpoint::SendActivity,
            Effect::Respond(Canned::status(403).body(refused)),
        )
        .when(When::First(3));
    stage.run().code(3);
    let expected = counts([("delivered", 7), ("failed forbidden", 3)]);
    assert_eq!(stage.account(), expected);
    stage.world.relent();
    stage.run().code(3);
    assert_eq!(stage.messages(), 7);

    stage.run_with(&["--retry", "failed"]).code(0);

    assert_eq!(stage.account(), counts([("delivered", 10)]));
}

#[test]
fn one_who_lacks_a_value_of_the_message_fails_alone() {
    let stage = Stage::new(2);
    let (one, two) = (&stage.person(0).upn, &stage.person(1).upn);
    stage.write("users.csv", format!("upn,room\n{one},7\n{two},\n"));
    stage.edit("{{ display_name }}", "{{ room }}");

    stage.run().code(3);

    let expected = counts([("delivered", 1), ("failed message-not-rendered", 1)]);
    assert_eq!(stage.account(), expected);
    assert!(stage.row(1)["detail"].contains("room"));
}

#[test]
fn a_mail_address_of_two_people_is_ambiguous() {
    let stage = Stage::shaped(
        10,
        Shape {
            shared_mail: 0.1,
            ..Shape::uniform()
        },
    );
    let mails = stage.world.people().iter();
    let mails: Vec<&str> = mails.filter_map(|person| person.mail.as_deref()).collect();
    stage.write("users.csv", format!("mail\n{}\n", mails.join("\n")));

    stage.run().code(3);

    let expected = counts([("delivered", 8), ("failed ambiguous-user", 2)]);
    assert_eq!(stage.account(), expected);
}
