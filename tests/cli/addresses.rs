//! The address book, brought along and given away.

use std::{fmt::Write, io::ErrorKind, net::TcpListener};

use crate::stage::{Stage, counts};

const IMPORT: [&str; 4] = ["addresses", "import", "campaign.toml", "known.csv"];
const EXPORT: [&str; 3] = ["addresses", "export", "campaign.toml"];

/// A tenant where an earlier campaign has been, and its address book.
fn after_a_campaign(people: usize) -> (Stage, String) {
    let stage = Stage::new(people);
    stage.run().code(0);
    let exported = stage.start(&EXPORT, &[]).code(0).stdout;
    (stage, exported)
}

/// A ledger that knows nothing, for another campaign to the same people.
fn forget_everything(stage: &Stage) {
    stage.edit("\"townhall\"", "\"reminder\"");
    for name in ["teamcast.db", "teamcast.db-wal", "teamcast.db-shm"] {
        std::fs::remove_file(stage.path(name)).ok();
    }
}

#[test]
fn what_was_exported_serves_another_ledger_with_one_request_each() {
    let (stage, exported) = after_a_campaign(5);
    forget_everything(&stage);
    stage.write("known.csv", &exported);

    let ended = stage.start(&IMPORT, &[]).code(0);
    assert!(
        ended.stdout.starts_with("5 addresses taken in, 0 "),
        "{}",
        ended.stdout
    );
    assert_eq!(stage.start(&EXPORT, &[]).stdout, exported);
    let seen = |budget: &str| stage.world.truth().quotas[budget].seen;
    let before = (seen("connector"), seen("installed_apps_read"));
    stage.run().code(0);

    assert_eq!(stage.messages(), 10);
    let after = (seen("connector"), seen("installed_apps_read"));
    // One for each, and one of the checks before a run.
    assert_eq!(after, (before.0 + 5 + 1, before.1));
}

#[test]
fn references_of_another_program_are_read_whatever_else_they_say() {
    let (stage, exported) = after_a_campaign(2);
    let chat = |place: usize| {
        let line = exported.lines().nth(place).unwrap();
        let mut cells = line.split(',');
        (
            cells.next().unwrap().to_owned(),
            cells.next().unwrap().to_owned(),
        )
    };
    let (one, other) = (chat(1), chat(2));
    forget_everything(&stage);
    let mut text = "Object ID;chat_id;member_id;service_url;learnt_at;city\n".to_owned();
    let url = "https://smba.trafficmanager.net/emea/";
    writeln!(
        text,
        "{};{};29:1abc;{url};2024-05-01T10:00:00Z;Bern",
        one.0.to_uppercase(),
        one.1
    )
    .unwrap();
    writeln!(text, "{};;;;;", other.0).unwrap();
    writeln!(text, "nobody;{};;;;", other.1).unwrap();
    writeln!(text, "{};{};28:bot;;;", other.0, other.1).unwrap();
    writeln!(text, "{};{};;http://evil.example/;;", other.0, other.1).unwrap();
    writeln!(text, "{};{};;;yesterday;", other.0, other.1).unwrap();
    stage.write("known.csv", text);

    let ended = stage.start(&IMPORT, &[]).code(3).says(&[
        "known.csv:3: it has no chat_id",
        "known.csv:4: the object id is not a GUID",
        "known.csv:5: its member_id",
        "known.csv:6: its service_url",
        "known.csv:7: its learnt_at",
    ]);

    assert!(
        ended.stdout.contains("1 addresses taken in"),
        "{}",
        ended.stdout
    );
    let line = format!(
        "{},{},{url},29:1abc,import,2024-05-01T10:00:00.000Z",
        one.0, one.1
    );
    assert_eq!(
        stage.start(&EXPORT, &[]).stdout.lines().nth(1).unwrap(),
        line
    );
}

#[test]
fn what_the_book_learnt_later_stays() {
    let (stage, exported) = after_a_campaign(1);
    let id = stage.person(0).object_id;
    let known = |learnt: &str| format!("object_id,chat_id,learnt_at\n{id},19:other,{learnt}\n");

    stage.write("known.csv", known("2020-01-01T00:00:00Z"));
    let ended = stage.start(&IMPORT, &[]).code(0);
    assert!(
        ended.stdout.starts_with("0 addresses taken in, 1 left out"),
        "{}",
        ended.stdout
    );
    assert_eq!(stage.start(&EXPORT, &[]).stdout, exported);

    stage.write("known.csv", known("2099-01-01T00:00:00Z"));
    stage.start(&IMPORT, &[]).code(0);
    assert!(stage.start(&EXPORT, &[]).stdout.contains("19:other"));
}

#[test]
fn a_reference_that_is_stale_is_found_out_and_replaced() {
    let stage = Stage::new(1);
    let id = stage.person(0).object_id;
    stage.write(
        "known.csv",
        format!("object_id,chat_id\n{id},19:stale@unq.gbl.spaces\n"),
    );
    stage.start(&IMPORT, &[]).code(0);

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 1)]));
    assert!(!stage.start(&EXPORT, &[]).stdout.contains("19:stale"));
}

/// A person whose chat is known, and for whom Teams named `service_url`.
fn told_of(service_url: impl Fn(&Stage) -> String) -> Stage {
    let (stage, exported) = after_a_campaign(1);
    forget_everything(&stage);
    let mut cells = exported.lines().nth(1).unwrap().split(',');
    let (id, chat) = (cells.next().unwrap(), cells.next().unwrap());
    let url = service_url(&stage);
    let text = format!("object_id,chat_id,service_url\n{id},{chat},{url}\n");
    stage.write("known.csv", text);
    stage.start(&IMPORT, &[]).code(0);
    stage
}

#[test]
fn a_message_goes_where_teams_takes_those_of_the_person() {
    let stage = told_of(|stage| format!("{}/teams/", stage.base_url()));
    // On the same host, and not where messages are taken.
    stage.edit("/teams\"", "/elsewhere\"");

    stage.run().code(0);

    assert_eq!(stage.messages(), 2);
}

#[test]
fn a_place_that_does_not_take_the_message_is_given_up_for_the_configured_one() {
    let stage = told_of(|stage| format!("{}/elsewhere/", stage.base_url()));

    stage.run().code(0);

    assert_eq!(stage.messages(), 2);
}

#[test]
fn no_token_goes_to_a_host_that_is_not_the_connectors() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let url = format!("https://{}/teams/", stranger.local_addr().unwrap());
    let stage = told_of(|_| url.clone());

    stage.run().code(0);

    assert_eq!(stage.messages(), 2);
    let nobody = stranger.accept().unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
}

/// Object id and chat of a line of the book.
fn entry(exported: &str, place: usize) -> (String, String) {
    let line = exported.lines().nth(place).unwrap();
    let mut cells = line.split(',').map(ToOwned::to_owned);
    (cells.next().unwrap(), cells.next().unwrap())
}

#[test]
fn a_chat_in_the_wrong_row_is_not_taken_in() {
    let (stage, exported) = after_a_campaign(3);
    let (ann, bob) = (entry(&exported, 1), entry(&exported, 2));
    let cem = entry(&exported, 3);
    forget_everything(&stage);
    let rows = [
        format!("{},{}", ann.0, bob.1),
        format!("{},a:1same", bob.0),
        format!("{},a:1same", cem.0),
        format!("{},19:channel@thread.tacv2", cem.0),
    ];
    stage.write(
        "known.csv",
        format!("object_id,chat_id\n{}\n", rows.join("\n")),
    );

    let ended = stage.start(&IMPORT, &[]).code(3);

    assert!(
        ended.stdout.starts_with("0 addresses taken in")
            && ended.stdout.contains("4 rows of no use"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_chat_in_the_wrong_row_of_a_list_is_looked_up_and_everybody_gets_one_message() {
    let (stage, exported) = after_a_campaign(2);
    let (ann, bob) = (entry(&exported, 1), entry(&exported, 2));
    forget_everything(&stage);
    let rows = [
        format!("{},{}", ann.0, bob.1),
        format!("{},{}", bob.0, bob.1),
    ];
    stage.write(
        "users.csv",
        format!("object_id,chat_id\n{}\n", rows.join("\n")),
    );

    stage.run().code(0).says(&["cannot be this person's"]);

    assert_eq!(stage.messages(), 4);
    for place in 0..2 {
        assert_eq!(stage.truth(place).messages.len(), 2);
    }
}

#[test]
#[cfg(unix)]
fn an_export_is_for_its_owner_only_and_makes_no_ledger() {
    use std::os::unix::fs::PermissionsExt as _;

    let (stage, _) = after_a_campaign(1);
    let to = ["--to", "out.csv"];

    stage.start(&EXPORT, &to).code(0);
    let mode = stage
        .path("out.csv")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    let missing = [&to[..], &["--ledger", "sqlite:nosuch.db"]].concat();
    stage.start(&EXPORT, &missing).code(9);

    assert_eq!(mode & 0o777, 0o600);
    assert!(!stage.path("nosuch.db").exists());
}
