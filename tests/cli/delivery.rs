//! Everybody gets the message: with and without the app, from a list and from
//! the directory, as text and as a card.

use serde_json::json;
use teamcast::simulator::{Canned, Effect, Endpoint, Person, Shape, When};

use crate::stage::{Stage, counts};

fn without_app() -> Shape {
    Shape {
        installed: 0.0,
        ..Shape::uniform()
    }
}

#[test]
fn everybody_on_the_list_gets_the_message_once() {
    let stage = Stage::new(40);

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 40)]));
    let name = &stage.person(3).display_name;
    assert_eq!(stage.said(3), format!("Hello {name}"));
}

#[test]
fn a_delivered_row_of_the_report_proves_itself() {
    let stage = Stage::new(3);

    stage.run().code(0);

    let row = stage.row(1);
    let truth = stage.truth(1);
    assert_eq!(row["row"], "users.csv:3");
    assert_eq!(row["user"], truth.upn);
    assert_eq!(row["user_principal_name"], truth.upn);
    assert_eq!(row["display_name"], *stage.person(1).display_name);
    assert_eq!(row["install"], "present");
    assert_eq!(row["activity_id"], truth.messages[0].id);
    assert!(row["delivered_at"].ends_with('Z'));
    assert!(!row["chat_id"].is_empty());
}

#[test]
fn who_lacks_the_app_has_it_installed_first() {
    let stage = Stage::shaped(20, without_app());

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
    assert!(stage.truth(7).has_app);
    assert_eq!(stage.row(7)["install"], "installed");
}

#[test]
fn somebody_else_installing_at_the_same_moment_is_no_failure() {
    let stage = Stage::shaped(20, without_app());
    let conflict = r#"{"error":{"code":"Conflict","message":"App already installed"}}"#;
    stage.trouble(
        Endpoint::InstallApp,
        Effect::RespondAfter(Canned::status(409).body(conflict)),
    );

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
    assert_eq!(stage.row(7)["install"], "present");
}

#[test]
fn an_answer_lost_after_the_install_still_ends_in_one_message() {
    let stage = Stage::shaped(10, without_app());
    stage
        .trouble(Endpoint::InstallApp, Effect::LoseAnswer)
        .when(When::Nth(3));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 10)]));
}

#[test]
fn where_installing_is_not_allowed_nobody_is_touched_and_everybody_is_skipped() {
    let stage = Stage::shaped(5, without_app());
    stage.edit("[limits]", "[delivery]\ninstall = \"never\"\n\n[limits]");

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("skipped not-installed", 5)]));
    stage.nobody_was_touched();
}

#[test]
fn the_directory_is_read_to_its_last_page() {
    let stage = Stage::new(2100);
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        r#"{ users = { filter = "accountEnabled eq true" } }"#,
    );

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 2100)]));
    let last = stage.report().pop().unwrap();
    assert_eq!(last["row"], "users/page 3/item 102");
}

#[test]
fn a_filter_reaches_only_whom_it_names() {
    let stage = Stage::new(300);
    let department = &stage.person(0).department;
    let named = |person: &&Person| person.department == *department;
    let expected = stage.world.people().iter().filter(named).count() as u64;
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        &format!(r#"{{ users = {{ filter = "department eq '{department}'" }} }}"#),
    );

    stage.run().code(0);

    assert!(0 < expected && expected < 300);
    assert_eq!(stage.account(), counts([("delivered", expected)]));
}

#[test]
fn people_are_found_by_mail_address() {
    let stage = Stage::new(20);
    let mails = stage.world.people().iter();
    let mails: Vec<&str> = mails.filter_map(|person| person.mail.as_deref()).collect();
    stage.write("users.csv", format!("mail\n{}\n", mails.join("\n")));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn people_are_found_by_object_id() {
    let stage = Stage::new(20);
    let ids = stage.world.people().iter();
    let ids: Vec<String> = ids.map(|person| person.object_id.to_string()).collect();
    stage.write("users.csv", format!("object_id\n{}\n", ids.join("\n")));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn names_with_quotes_dollars_and_umlauts_are_found() {
    let odd = Shape {
        odd_names: 1.0,
        ..Shape::uniform()
    };
    let stage = Stage::shaped(60, odd);

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 60)]));
}

#[test]
fn an_adaptive_card_arrives_with_its_notification() {
    let stage = Stage::new(5);
    let card = json!({
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{ "type": "TextBlock", "text": "Town hall at 3 pm" }],
    });
    stage.write("card.json", card.to_string());
    stage.edit(
        r#"text = "Hello {{ display_name }}""#,
        "card = \"card.json\"\nnotification = \"Town hall moved\"",
    );

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 5)]));
    let message = stage.truth(2).messages.remove(0);
    assert_eq!(message.summary.as_deref(), Some("Town hall moved"));
    let shown = &message.attachments[0]["content"];
    assert_eq!(shown["body"][0], card["body"][0]);
    assert_eq!(
        shown["body"][1]["isVisible"], false,
        "only the sign is more"
    );
    assert_eq!(message.text, None);
}

#[test]
fn a_second_run_of_a_finished_campaign_sends_nothing() {
    let stage = Stage::new(20);
    stage.run().code(0);
    let seen = || stage.world.truth().quotas["connector"].seen;
    let before = seen();

    stage.run().code(0);

    // The checks before a run ask the connector once.
    assert_eq!(seen(), before + 1);
    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn a_row_added_later_is_the_only_one_that_is_sent() {
    let stage = Stage::new(20);
    let everybody = stage.read("users.csv");
    stage.list(stage.world.people().iter().take(12).map(|p| &*p.upn));
    stage.run().code(0);
    stage.write("users.csv", everybody);

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn a_list_sorted_anew_sends_nobody_a_second_message() {
    let stage = Stage::new(20);
    stage.run().code(0);
    stage.list(stage.world.people().iter().rev().map(|p| &*p.upn));

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn one_person_on_two_rows_gets_one_message() {
    let stage = Stage::new(3);
    let first = stage.person(0).upn.to_uppercase();
    stage.list(
        stage
            .world
            .people()
            .iter()
            .map(|person| &*person.upn)
            .chain([first.as_str()]),
    );

    stage.run().code(0);

    let expected = counts([("delivered", 3), ("skipped duplicate", 1)]);
    assert_eq!(stage.account(), expected);
}

#[test]
fn a_limit_sends_to_the_first_rows_only_and_the_next_run_to_the_rest() {
    let stage = Stage::new(20);
    stage.run_with(&["--limit", "5"]);
    assert_eq!(stage.messages(), 5);

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn a_chat_that_is_gone_is_looked_for_again_and_counted() {
    let stage = Stage::new(2);
    let upn = &stage.person(0).upn;
    stage.write("users.csv", format!("upn,chat_id\n{upn},19:gone\n"));

    let ended = stage.run().code(0);

    assert!(ended.stdout.contains("1 times a remembered chat was gone"));
    assert_eq!(stage.summary()["stale_chats"], 1);
    assert_eq!(stage.account(), counts([("delivered", 1)]));
}
