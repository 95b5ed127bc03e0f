//! People in doubt, settled by what is in their chats: those who have the
//! message are not sent another, those who have none get it.

use std::time::Duration;

use teamcast::simulator::{
    Canned, Effect, Endpoint, Quotas, Registration, Shape, Transcript, When,
};
use tokio::time::Instant;

use crate::stage::{Ended, Stage, counts};

impl Stage {
    /// Of thirty people ten get the message without our knowing, ten get none.
    fn with_doubts(self) -> Self {
        let send = Endpoint::SendActivity;
        for place in 0..10 {
            self.trouble(send, Effect::LoseAnswer).of(place);
            self.trouble(send, Effect::LoseRequest).of(place + 10);
        }
        self.run().code(4);
        assert_eq!(
            self.account(),
            counts([("delivered", 10), ("in-doubt", 20)])
        );
        self.world.relent();
        self
    }

    /// Everybody gets a card instead of a text.
    fn with_card(&self) {
        self.write("card.json", r#"{"type": "AdaptiveCard", "version": "1.4"}"#);
        self.edit(
            "text = \"Hello {{ display_name }}\"",
            "card = \"card.json\"\nnotification = \"News for {{ display_name }}\"",
        );
    }

    fn reconcile(&self) -> Ended {
        let command = ["reconcile", "campaign.toml", "--yes"];
        self.start(&command, &["--settling", "0s"])
    }
}

/// What [`Stage::with_doubts`] comes to in the end: one message each.
fn settles(stage: &Stage) {
    let ended = stage.reconcile().code(0);
    assert!(
        ended.stdout.contains("10 found in the chat, 10 not there"),
        "{}",
        ended.stdout
    );
    assert_eq!(
        stage.account(),
        counts([("delivered", 20), ("pending", 10)])
    );
    let found = stage.row(0);
    assert_eq!(found["activity_id"], stage.truth(0).messages[0].id);
    assert!(found["delivered_at"].ends_with('Z'), "{found:?}");

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 30)]));
    assert_eq!(stage.messages(), 30);
}

#[test]
fn those_who_have_the_message_keep_it_and_the_others_get_it() {
    settles(&Stage::new(30).with_doubts());
}

#[test]
fn a_chat_known_only_to_the_connector_is_found_through_the_app() {
    let stage = Stage::new(30);
    stage.edit(
        "[limits]",
        "[delivery]\nresolve = \"connector\"\n\n[limits]",
    );

    settles(&stage.with_doubts());
}

#[test]
fn a_card_is_recognised_as_well_as_a_text() {
    let stage = Stage::new(30);
    stage.with_card();

    settles(&stage.with_doubts());
}

#[test]
fn without_a_sign_the_message_is_recognised_by_what_it_says() {
    let registration = || Registration {
        transcript: Transcript::Seen,
        ..Registration::default()
    };
    let stage = || Stage::registered(30, Shape::uniform(), Quotas::Off, registration());
    let texts = stage();
    texts.edit("Hello {{", "**Hello** R&D, [read](https://x/y) {{");
    let cards = stage();
    cards.with_card();

    settles(&texts.with_doubts());
    settles(&cards.with_doubts());
}

#[test]
fn whoever_was_killed_in_mid_send_is_settled_too() {
    let stage = Stage::new(8);
    let stuck = Effect::Delay(Duration::from_mins(1));
    stage.trouble(Endpoint::SendActivity, stuck).of(3);
    let mut running = stage.spawn();
    stage.wait_for_messages(8);
    running.kill().unwrap();
    running.wait().unwrap();
    stage.world.relent();

    stage.reconcile().code(0);

    assert_eq!(stage.row(3)["outcome"], "delivered");
    stage.run().code(0);
    assert_eq!(stage.messages(), 8);
}

#[test]
fn a_chat_that_does_not_tell_leaves_the_doubt_and_says_why() {
    let stage = Stage::new(30).with_doubts();
    stage.world.delete_chat(stage.person(0).object_id);
    stage.world.delete_chat(stage.person(10).object_id);

    stage.reconcile().code(4);

    let account = counts([("delivered", 19), ("in-doubt", 2), ("pending", 9)]);
    assert_eq!(stage.account(), account);
    let detail = &stage.row(10)["detail"];
    assert!(detail.contains("knows no such chat"), "{detail}");
}

#[test]
fn without_permission_to_read_chats_nobody_is_settled() {
    let mut registration = Registration::default();
    registration
        .permissions
        .retain(|role| role != "Chat.Read.All");
    let stage = Stage::registered(30, Shape::uniform(), Quotas::Off, registration);
    let stage = stage.with_doubts();

    stage
        .reconcile()
        .code(6)
        .says(&["Chat.Read.All", "ChatMessage.Read.Chat"]);

    assert_eq!(
        stage.account(),
        counts([("delivered", 10), ("in-doubt", 20)])
    );
}

#[test]
fn a_chat_that_is_not_shown_leaves_that_person_in_doubt_and_nobody_else() {
    let stage = Stage::new(30).with_doubts();
    let refused = Effect::Respond(Canned::status(403));
    stage.trouble(Endpoint::ListMessages, refused).of(2);

    stage.reconcile().code(4);

    let account = counts([("delivered", 19), ("in-doubt", 1), ("pending", 10)]);
    assert_eq!(stage.account(), account);
    let detail = &stage.row(2)["detail"];
    assert!(detail.contains("does not show this chat"), "{detail}");
}

#[test]
fn what_a_part_of_the_audience_comes_to_is_told_of_the_whole() {
    let stage = Stage::new(30).with_doubts();

    stage.run_with(&["--limit", "3"]).code(4);

    assert_eq!(stage.summary()["exit_code"], 4);
    stage.start(&["report", "campaign.toml"], &[]).code(4);
}

#[test]
fn sending_again_within_a_run_is_told() {
    let stage = Stage::new(5);
    stage.edit("[limits]", "[delivery]\nin_doubt = \"resend\"\n\n[limits]");
    stage
        .trouble(Endpoint::SendActivity, Effect::LoseAnswer)
        .when(When::First(2));

    let ended = stage.run().code(0);

    let told = "2 people were in doubt and sent to again: they may see two messages";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    assert_eq!(stage.summary()["sent_again"], 2);
    assert_eq!(stage.messages(), 7);
    let again = stage.run().code(0);
    assert!(!again.stdout.contains("sent to again"), "{}", again.stdout);
}

#[test]
fn nobody_is_called_absent_before_the_message_can_have_arrived() {
    let stage = Stage::new(30);
    let begun = Instant::now();
    let stage = stage.with_doubts();

    let command = ["reconcile", "campaign.toml", "--yes"];
    stage.start(&command, &["--settling", "4s"]).code(0);

    assert!(Duration::from_secs(4) < begun.elapsed());
}

#[test]
fn it_asks_before_it_looks() {
    let stage = Stage::new(30).with_doubts();
    let before = stage.account();

    let ended = stage.start(&["reconcile", "campaign.toml"], &[]).code(8);

    ended.says(&["--yes"]);
    assert_eq!(stage.account(), before);
}

#[test]
fn where_nobody_is_in_doubt_there_is_nothing_to_do() {
    let stage = Stage::new(3);
    stage.reconcile().code(9).says(&["no ledger"]);
    stage.run().code(0);

    assert!(stage.reconcile().code(0).stdout.contains("nobody"));
}

#[test]
fn a_second_attempt_is_counted_before_it_is_made() {
    let stage = Stage::new(30).with_doubts();

    let ended = stage.run_with(&["--retry", "in-doubt"]).code(0);

    ended.says(&["may see two messages", "20"]);
    let twice = stage.world.truth().people.into_iter();
    assert_eq!(
        twice.filter(|person| person.messages.len() == 2).count(),
        10
    );
}

#[test]
fn a_changed_message_goes_only_to_those_who_have_none() {
    let stage = Stage::new(10);
    stage.trouble(Endpoint::SendActivity, refusal()).of(4);
    stage.run().code(3);
    stage.world.relent();
    stage.edit("Hello", "Good morning");
    stage
        .run_with(&["--retry", "failed"])
        .code(2)
        .says(&["--accept-changed-message", "fingerprint"]);

    stage
        .run_with(&["--retry", "failed", "--accept-changed-message"])
        .code(0);

    assert_eq!(stage.messages(), 10);
    assert!(stage.said(4).starts_with("Good morning"));
    assert!(stage.said(3).starts_with("Hello"));
}

/// A refusal that concerns one person.
fn refusal() -> Effect {
    Effect::Respond(Canned::status(413))
}
