//! Stopped at any instant and started again with the same command: one message
//! each.

use std::time::Duration;

use teamcast::simulator::{Effect, Endpoint, Shape, When};

use crate::stage::{Ended, Stage, counts, interrupt, signal, wait_for};

#[test]
fn a_campaign_interrupted_half_way_is_resumed_by_the_same_command() {
    let stage = Stage::shaped(2000, Shape::default());
    let running = stage.spawn();
    stage.wait_for_messages(700);
    interrupt(&running);
    let stopped = Ended::when_done(running).code(7);
    assert!(stopped.stdout.contains("the same command resumes"));
    let half = stage.account();
    assert!(
        half["pending"] > 0,
        "it was stopped too late to prove anything"
    );
    assert!(!half.contains_key("in-doubt"), "an orderly stop knows");

    stage.run().code(3);

    let account = stage.account();
    assert!(!account.contains_key("pending"));
    assert!(!account.contains_key("in-doubt"));
    assert_eq!(stage.summary()["rows"], 2000);
}

#[test]
fn a_stop_lets_what_is_under_way_finish() {
    let stage = Stage::new(50);
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_millis(500)),
    );
    let running = stage.spawn();
    stage.wait_for_messages(1);
    interrupt(&running);

    Ended::when_done(running);

    assert!(!stage.account().contains_key("in-doubt"));
    stage.run().code(0);
    assert_eq!(stage.account(), counts([("delivered", 50)]));
}

#[test]
#[cfg(unix)]
fn a_terminal_that_goes_away_is_an_orderly_stop() {
    let stage = Stage::new(600);
    stage.edit("connector = 100000", "connector = 200");
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_millis(300)),
    );
    let running = stage.spawn();
    stage.wait_for_messages(100);
    signal("-HUP", &running);

    Ended::when_done(running).code(7);

    let half = stage.account();
    assert!(half["pending"] > 0, "it was stopped too late");
    assert!(!half.contains_key("in-doubt"), "an orderly stop knows");
}

#[test]
#[cfg(unix)]
fn a_run_that_is_to_outlive_its_terminal_does() {
    let stage = Stage::new(100);
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_millis(300)),
    );
    let ignoring = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"];
    let mut run = stage.program_through(&ignoring, &["run", "campaign.toml", "--yes"]);
    let running = run.spawn().unwrap();
    stage.wait_for_messages(1);
    signal("-HUP", &running);

    Ended::when_done(running).code(0);
}

#[test]
fn who_was_being_sent_to_at_a_kill_is_in_doubt_and_not_sent_to_again() {
    let stage = Stage::new(8);
    stage
        .trouble(
            Endpoint::SendActivity,
            Effect::Delay(Duration::from_mins(1)),
        )
        .of(3);
    let mut running = stage.spawn();
    stage.wait_for_messages(8);
    running.kill().unwrap();
    running.wait().unwrap();
    stage.world.relent();

    stage.run().code(4);

    assert_eq!(stage.row(3)["outcome"], "in-doubt");
    stage.account();
    assert_eq!(stage.messages(), 8);
}

#[test]
fn who_is_in_doubt_and_on_the_list_no_more_is_told_of() {
    let stage = Stage::new(8);
    stage
        .trouble(Endpoint::SendActivity, Effect::LoseAnswer)
        .of(7);
    stage.run().code(4);
    stage.world.relent();

    let whole = stage.read("users.csv");
    let first: Vec<_> = whole.lines().take(6).collect();
    stage.write("users.csv", first.join("\n"));

    let shorter = stage.run().code(0);

    let told = "1 in doubt are not in this list";
    assert!(shorter.stdout.contains(told), "{}", shorter.stdout);
    stage.write("users.csv", whole);
    assert!(!stage.run().code(4).stdout.contains(told));
}

#[test]
fn killed_over_and_over_nobody_gets_two_messages() {
    let stage = Stage::new(600);
    for enough in [1, 150, 300, 450] {
        let mut running = stage.spawn();
        stage.wait_for_messages(enough);
        running.kill().unwrap();
        running.wait().unwrap();
    }

    let ended = stage.run();

    let account = stage.account();
    assert!(matches!(ended.code, 0 | 4), "{}", ended.stderr);
    assert!(!account.contains_key("pending"));
}

#[test]
fn a_second_run_of_the_same_campaign_is_refused_while_the_first_is_under_way() {
    let stage = Stage::new(1);
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_secs(2)),
    );
    let first = stage.spawn();
    stage.wait_for_messages(1);

    let second = stage.run();

    second.code(9).says(&["another run of campaign `townhall`"]);
    Ended::when_done(first).code(0);
    assert_eq!(stage.account(), counts([("delivered", 1)]));
}

#[test]
fn status_is_told_while_a_run_is_under_way() {
    let stage = Stage::new(1);
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_secs(2)),
    );
    let running = stage.spawn();
    stage.wait_for_messages(1);

    let status = stage.start(&["status", "campaign.toml"], &[]).code(0);

    assert!(status.stdout.contains("running since"), "{}", status.stdout);
    Ended::when_done(running).code(0);
}

#[test]
fn a_stop_does_not_wait_for_a_service_that_asked_for_patience() {
    let stage = Stage::new(20);
    stage
        .trouble(Endpoint::SendActivity, wait_for(429, "60"))
        .when(When::Between(6, u64::MAX));
    let running = stage.spawn();
    stage.wait_for_messages(5);
    interrupt(&running);

    Ended::when_done(running).code(7);

    let expected = counts([("delivered", 5), ("pending", 15)]);
    assert_eq!(stage.account(), expected);
    stage.world.relent();
    stage.run().code(0);
    assert_eq!(stage.account(), counts([("delivered", 20)]));
}
