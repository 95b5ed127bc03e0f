//! `teamcast ledger forget`: people go, counts stay.

use std::{fs, time::Duration};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use teamcast::simulator::{Effect, Endpoint, When};

use crate::stage::{Ended, Stage};

/// Lets everything in the ledger have happened so much earlier.
fn age(stage: &Stage, by: &str) {
    let ledger = SqliteConnectOptions::new().filename(stage.path("teamcast.db"));
    stage.runtime.block_on(async {
        let mut ledger = ledger.connect().await.unwrap();
        for statement in [
            "update campaign set created_at = strftime('%FT%R:%fZ', created_at, ?1)",
            "update run set started_at = strftime('%FT%R:%fZ', started_at, ?1),
                            ended_at = strftime('%FT%R:%fZ', ended_at, ?1)",
            "update event set at = strftime('%FT%R:%fZ', at, ?1)",
            "update address set learnt_at = strftime('%FT%R:%fZ', learnt_at, ?1),
                                used_at = strftime('%FT%R:%fZ', used_at, ?1)",
        ] {
            let aged = sqlx::query(statement).bind(by);
            aged.execute(&mut ledger).await.unwrap();
        }
    });
}

fn forget(stage: &Stage, more: &[&str]) -> Ended {
    stage.start(&["ledger", "forget", "--older-than", "180d"], more)
}

/// Of what names or finds people, which is in the ledger's files, byte for byte.
fn left(stage: &Stage) -> Vec<String> {
    let files = fs::read_dir(stage.dir()).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let ledger = paths.filter(|path| path.to_str().unwrap().contains("teamcast.db"));
    let bytes: Vec<u8> = ledger.flat_map(|path| fs::read(path).unwrap()).collect();
    let held = String::from_utf8_lossy(&bytes);
    let people = stage.world.people().iter();
    let words = people.flat_map(|person| {
        [
            person.upn.to_string(),
            person.display_name.to_string(),
            person.object_id.to_string(),
        ]
    });
    let traces = [
        "@unq.gbl.spaces",
        "users.csv:2",
        "left@contoso.example",
        "too many",
    ]
    .map(ToOwned::to_owned);
    let words = words.chain(traces);
    words.filter(|word| held.contains(word.as_str())).collect()
}

/// The account, as `status` has it.
fn status(stage: &Stage) -> String {
    let status = stage.start(&["status", "campaign.toml"], &[]).code(0);
    status.stdout.lines().next().unwrap().to_owned()
}

/// A campaign with every outcome.
fn eventful() -> Stage {
    let stage = Stage::new(30);
    let users = stage.read("users.csv");
    stage.write(
        "users.csv",
        format!("{users}left@contoso.example\none,cell,too many\n"),
    );
    stage
        .trouble(Endpoint::SendActivity, Effect::LoseAnswer)
        .when(When::EveryNth(10));
    stage.run().code(4);
    stage
}

#[test]
fn what_is_forgotten_is_out_of_the_file_and_the_account_stays_closed() {
    let stage = eventful();
    let before = status(&stage);
    assert_eq!(left(&stage).len(), 93, "{:?}", left(&stage));
    age(&stage, "-200 days");

    let ended = forget(&stage, &["--yes"]).code(0);

    assert!(
        ended.stdout.contains("townhall: 30 people, 32 rows"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("address book: 30 chats"),
        "{}",
        ended.stdout
    );
    assert_eq!(left(&stage), Vec::<String>::new());
    assert!(before.contains("27 delivered"), "{before}");
    assert_eq!(status(&stage), before);
    stage.start(&["report", "campaign.toml"], &[]).code(4);
    assert_eq!(stage.summary()["outcomes"]["in-doubt"], 3);
}

#[test]
fn a_forgotten_campaign_is_not_run_again() {
    let stage = Stage::new(5);
    stage.run().code(0);
    age(&stage, "-200 days");
    forget(&stage, &["--yes"]).code(0);

    let ended = stage.run().code(2);

    ended.says(&["townhall` were forgotten", "new name"]);
    assert_eq!(stage.messages(), 5);
}

#[test]
fn what_is_not_that_old_is_kept() {
    let stage = Stage::new(5);
    stage.run().code(0);
    age(&stage, "-179 days");

    let ended = forget(&stage, &["--yes"]).code(0);

    assert!(
        ended.stdout.contains("nothing in it is as old"),
        "{}",
        ended.stdout
    );
    assert_eq!(left(&stage).len(), 17);
    stage.run().code(0);
}

#[test]
fn a_chat_that_a_later_campaign_used_stays_in_the_address_book() {
    let stage = Stage::new(5);
    stage.run().code(0);
    age(&stage, "-200 days");
    stage.edit("name = \"townhall\"", "name = \"picnic\"");
    stage.run_with(&["--limit", "2"]).code(0);

    let ended = forget(&stage, &["--yes"]).code(0);

    assert!(
        ended.stdout.contains("townhall: 5 people"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("address book: 3 chats"),
        "{}",
        ended.stdout
    );
    // Name, address and id of two people, a chat and a row.
    assert_eq!(left(&stage).len(), 8);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_forgotten() {
    let stage = Stage::new(5);
    stage.run().code(0);
    age(&stage, "-200 days");

    let ended = forget(&stage, &[]).code(8).says(&["--yes"]);

    assert!(
        ended.stdout.contains("townhall: 5 people"),
        "{}",
        ended.stdout
    );
    assert_eq!(left(&stage).len(), 17);
}

#[test]
fn while_a_run_is_under_way_nothing_is_forgotten() {
    let stage = Stage::new(1);
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_secs(2)),
    );
    let running = stage.spawn();
    stage.wait_for_messages(1);

    let ended = forget(&stage, &["--yes"]);

    ended.code(9).says(&["another run of campaign `townhall`"]);
    Ended::when_done(running).code(0);
}

#[test]
fn an_age_that_is_none_and_a_ledger_that_is_not_there_are_refused() {
    let stage = Stage::new(1);
    let old = |age| ["ledger", "forget", "--older-than", age];

    stage
        .start(&old("long"), &[])
        .code(2)
        .says(&["--older-than"]);
    stage
        .start(&old("1d ago"), &[])
        .code(2)
        .says(&["--older-than"]);
    stage
        .start(&old("1d"), &[])
        .code(9)
        .says(&["there is no ledger"]);
}
