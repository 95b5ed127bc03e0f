//! A plan shows what a run would do, touches nobody, and can be held against
//! the run.

use serde_json::Value;
use teamcast::simulator::Shape;

use crate::stage::{Ended, Stage, counts, interrupt};

/// What `teamcast plan --json` says.
fn plan(stage: &Stage, more: &[&str]) -> Value {
    let ended = stage.start(&["plan", "campaign.toml", "--json"], more);
    serde_json::from_str(&ended.code(0).stdout).unwrap()
}

fn hash(stage: &Stage) -> String {
    plan(stage, &[])["hash"].as_str().unwrap().to_owned()
}

fn confirm(stage: &Stage, hash: &str) -> Ended {
    stage.start(&["run", "campaign.toml", "--confirm", hash], &[])
}

/// Everybody, with a building for all but those at `without`.
fn list_buildings(stage: &Stage, without: &[usize]) {
    let people = stage.world.people().iter().enumerate();
    let rows = people.map(|(place, person)| {
        let building = if without.contains(&place) { "" } else { "7" };
        format!("{},{building}\n", person.upn)
    });
    let text = format!("user_principal_name,building\n{}", rows.collect::<String>());
    stage.write("users.csv", text);
}

#[test]
fn a_plan_says_who_gets_the_message_how_long_it_takes_and_touches_nobody() {
    let stage = Stage::new(120);
    stage.edit("installed_apps_read = 100000", "installed_apps_read = 30");
    stage.edit("graph_read = 100000", "graph_read = 30");
    stage.edit("connector = 100000", "connector = 50");

    let ended = stage.start(&["plan", "campaign.toml"], &[]).code(0);

    for words in [
        "120 rows: 120 to be written to, 0 delivered already",
        "at least 3 s, set by connector, if everybody of whom nothing is known has the app",
        "plan hash: ",
        "Nothing was sent",
    ] {
        assert!(
            ended.stdout.contains(words),
            "no {words} in {}",
            ended.stdout
        );
    }
    stage.nobody_was_touched();
    let asked = stage.world.truth().quotas;
    assert_eq!(asked["installed_apps_read"].seen, 0);
    assert!(!stage.path("teamcast.db").exists());
}

#[test]
fn a_run_confirmed_by_the_hash_of_its_plan_sends() {
    let stage = Stage::new(20);
    let hash = hash(&stage);
    stage.nobody_was_touched();

    confirm(&stage, &hash).code(0);

    assert_eq!(stage.account(), counts([("delivered", 20)]));
}

#[test]
fn a_run_that_is_confirmed_by_nothing_or_by_another_hash_sends_nothing() {
    let stage = Stage::new(20);
    stage.list(["nobody@contoso.example"]);
    let other = hash(&stage);
    stage.list(stage.world.people().iter().map(|person| &*person.upn));

    let ended = confirm(&stage, &other).code(8);
    assert!(
        ended
            .stderr
            .contains("the lists or the rules of the audience"),
        "{ended:?}"
    );
    confirm(&stage, "0000").code(8).says(&["another plan"]);
    let ended = stage.start(&["run", "campaign.toml"], &[]).code(8);
    ended.says(&["--yes", "--confirm"]);

    stage.nobody_was_touched();
    assert!(!stage.path("teamcast.db").exists());
}

#[test]
fn what_has_changed_since_the_plan_is_named() {
    let stage = Stage::new(20);
    list_buildings(&stage, &[]);
    let hash = hash(&stage);
    let differs = |words: &str| {
        let ended = confirm(&stage, &hash).code(8);
        assert!(
            ended.stderr.contains(words),
            "no {words} in {}",
            ended.stderr
        );
    };

    stage.edit("Hello", "Good bye");
    differs("the message");
    stage.edit("Good bye", "Hello");
    stage.edit("[limits]", "[delivery]\nresolve = \"graph\"\n\n[limits]");
    differs("how it is delivered");
    stage.edit("resolve = \"graph\"", "resolve = \"auto\"");
    stage.edit("townhall", "town-hall");
    differs("the campaign's name");
    stage.edit("town-hall", "townhall");
    list_buildings(&stage, &[3]);
    differs("the lists or the rules of the audience");
    list_buildings(&stage, &[]);

    stage.nobody_was_touched();
    confirm(&stage, &hash).code(0);
}

#[test]
fn somebody_who_joins_the_directory_is_not_in_the_plan() {
    let stage = Stage::new(20);
    stage.edit("{ csv = \"users.csv\" }", "{ users = {} }");
    let before = plan(&stage, &[]);
    assert_eq!(before["recipients"], 20);
    let mut eve = stage.world.newcomer();
    eve.upn = "eve@contoso.com".into();
    let id = eve.object_id;
    stage.world.add_person(eve).unwrap();

    let ended = confirm(&stage, before["hash"].as_str().unwrap()).code(8);

    assert!(
        ended.stderr.contains("who is to get it"),
        "{}",
        ended.stderr
    );
    stage.nobody_was_touched();
    assert_eq!(plan(&stage, &[])["recipients"], 21);
    stage.world.remove_person(id).unwrap();
    confirm(&stage, before["hash"].as_str().unwrap()).code(0);
}

#[test]
#[cfg(unix)]
fn the_same_command_and_hash_resume_a_run_that_was_stopped() {
    let stage = Stage::shaped(1500, Shape::default());
    let hash = hash(&stage);
    let running = stage
        .program(["run", "campaign.toml", "--confirm", &hash])
        .spawn()
        .unwrap();
    stage.wait_for_messages(400);
    interrupt(&running);
    Ended::when_done(running).code(7);
    assert!(stage.account()["pending"] > 0, "it was stopped too late");

    let half = plan(&stage, &[]);
    confirm(&stage, &hash).code(3);

    assert_eq!(half["hash"], hash);
    let delivered = half["outcomes"]["delivered"].as_u64().unwrap();
    assert!(400 <= delivered);
    let whole = plan(&stage, &[]);
    assert_eq!(whole["hash"], hash);
    assert_eq!(whole["outcomes"]["pending"], 0);
    assert!(!stage.account().contains_key("pending"));
}

#[test]
fn a_run_that_was_killed_is_resumed_by_the_same_hash() {
    let stage = Stage::new(1500);
    let hash = hash(&stage);
    let mut running = stage
        .program(["run", "campaign.toml", "--confirm", &hash])
        .spawn()
        .unwrap();
    stage.wait_for_messages(300);
    running.kill().unwrap();
    running.wait().unwrap();

    let ended = confirm(&stage, &hash);

    assert!(
        [0, 4].contains(&ended.code),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    assert!(!stage.account().contains_key("pending"));
}

#[test]
fn whoever_lacks_a_field_or_is_left_out_is_counted_and_named() {
    let stage = Stage::shaped(
        50,
        Shape {
            guests: 0.1,
            ..Shape::uniform()
        },
    );
    stage.edit("{{ display_name }}", "{{ display_name }} in {{ building }}");
    let member = |place: &usize| {
        stage.person(*place).user_type != Some(teamcast::simulator::UserType::Guest)
    };
    let members: Vec<usize> = (0..50).filter(member).take(2).collect();
    list_buildings(&stage, &members);

    let plan = plan(&stage, &[]);

    assert_eq!(plan["rows"], 50);
    assert_eq!(plan["outcomes"]["pending"], 43);
    assert_eq!(plan["recipients"], 43);
    assert_eq!(plan["causes"]["guest"], 5);
    assert_eq!(plan["causes"]["message-not-rendered"], 2);
    let example = &plan["examples"][0];
    assert_eq!(example["row"], format!("users.csv:{}", members[0] + 2));
    assert!(example["detail"].as_str().unwrap().contains("building"));
    // The run says the same.
    let hash = plan["hash"].as_str().unwrap();
    confirm(&stage, hash).code(3);
    let expected = [
        ("delivered", 43),
        ("failed message-not-rendered", 2),
        ("skipped guest", 5),
    ];
    assert_eq!(stage.account(), counts(expected));
}

#[test]
fn a_run_skips_and_fails_whom_the_plan_said() {
    let stage = Stage::shaped(300, Shape::default());
    let text = stage.read("users.csv");
    let first = text.lines().nth(1).unwrap();
    let more = format!("{text}{first}\nleft@contoso.example\none,cell too many\n");
    stage.write("users.csv", more);
    stage.edit(
        "[message]",
        "exclude = [ { csv = \"out.csv\" } ]\n\n[message]",
    );
    stage.write("out.csv", format!("upn\n{}\n", stage.person(7).upn));
    let plan = plan(&stage, &[]);

    confirm(&stage, plan["hash"].as_str().unwrap()).code(3);

    let account = stage.account();
    for cause in [
        "skipped guest",
        "skipped disabled",
        "skipped unlicensed",
        "skipped duplicate",
        "skipped excluded",
        "skipped malformed-row",
        "failed unknown-user",
    ] {
        let (_, name) = cause.split_once(' ').unwrap();
        assert_eq!(plan["causes"][name], account[cause], "{cause}");
    }
    let reached = account.iter().filter(|(name, _)| {
        // Blocked people are found out by writing to them only.
        *name == "delivered" || (name.starts_with("failed") && *name != "failed unknown-user")
    });
    let reached: u64 = reached.map(|(_, rows)| rows).sum();
    assert_eq!(plan["recipients"], reached);
}

#[test]
fn people_of_an_earlier_campaign_need_one_request_each() {
    let stage = Stage::new(40);
    let cold = plan(&stage, &[]);
    stage.run().code(0);
    stage.edit("townhall", "another");

    let warm = plan(&stage, &[]);

    assert_eq!(cold["people"]["unknown"], 40);
    assert_eq!(cold["forecasts"].as_array().unwrap().len(), 2);
    assert_eq!(warm["people"]["chat_known"], 40);
    let budgets = &warm["forecasts"][0]["budgets"];
    assert_eq!(budgets["connector"]["requests"], 40);
    assert_eq!(budgets["installed_apps_read"]["requests"], 0);
    assert_eq!(warm["forecasts"][0]["bottleneck"], "connector");
}

#[test]
fn the_share_without_the_app_is_taken_from_the_operator() {
    let stage = Stage::new(40);

    let plan = plan(&stage, &["--missing", "30%"]);

    let forecasts = plan["forecasts"].as_array().unwrap();
    assert_eq!(forecasts.len(), 1);
    assert_eq!(forecasts[0]["missing"], 0.3);
    stage
        .start(&["plan", "campaign.toml", "--missing", "30"], &[])
        .code(2);
}

#[test]
fn a_part_of_the_audience_has_a_plan_of_its_own() {
    let stage = Stage::new(20);
    let part = plan(&stage, &["--limit", "5"]);
    let hash = part["hash"].as_str().unwrap();

    confirm(&stage, hash).code(8);
    let args = ["run", "campaign.toml", "--limit", "5", "--confirm", hash];
    stage.start(&args, &[]).code(0);

    assert_eq!(part["recipients"], 5);
    assert_eq!(stage.messages(), 5);
}

#[test]
fn a_plan_refuses_what_a_run_refuses() {
    let stage = Stage::new(20);
    let refused = || stage.start(&["plan", "campaign.toml"], &[]);

    stage.edit("display_name", "nickname");
    refused().code(2).says(&["nickname"]);
    stage.edit("nickname", "display_name");
    stage.edit("[message]", "max_recipients = 10\n\n[message]");
    refused().code(2).says(&["max_recipients"]);
    stage.edit("max_recipients = 10", "max_recipients = 20");
    let mut program = stage.program(["plan", "campaign.toml"]);
    let wrong = program
        .env("AZURE_CLIENT_SECRET", "wrong")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(6));
    stage.write(
        "teamcast.db",
        "this is no database at all, and longer than a header of one",
    );
    refused().code(9);

    stage.nobody_was_touched();
}

#[test]
fn a_list_on_standard_input_is_planned_and_confirmed() {
    use std::{io::Write, process::Stdio};

    let stage = Stage::new(5);
    stage.edit("users.csv", "-");
    let list = stage.read("users.csv");
    let start = |args: &[&str]| {
        let mut program = stage.program(args.iter().copied());
        let mut child = program.stdin(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(list.as_bytes())
            .unwrap();
        Ended::when_done(child)
    };
    let planned = start(&["plan", "campaign.toml", "--json"]).code(0).stdout;
    let planned: Value = serde_json::from_str(&planned).unwrap();

    start(&["run", "campaign.toml"]).code(8);
    start(&[
        "run",
        "campaign.toml",
        "--confirm",
        planned["hash"].as_str().unwrap(),
    ])
    .code(0);

    assert_eq!(stage.account(), counts([("delivered", 5)]));
}

#[test]
fn a_rehearsal_takes_the_time_the_quotas_allow_and_asks_nothing_of_the_network() {
    let stage = Stage::new(600);
    for (limit, documented) in [
        ("installed_apps_read", "30"),
        ("installed_apps_write", "30"),
        ("graph_read", "30"),
        ("connector", "50"),
    ] {
        let unlimited = format!("{limit} = 100000");
        stage.edit(&unlimited, &format!("{limit} = {documented}"));
    }
    let asked = stage.world.account().requests;

    let cold = rehearse(&stage, &[]);
    let warm = rehearse(&stage, &["--known", "100%"]);
    let some = rehearse(&stage, &["--people", "1200", "--missing", "30%"]);

    for (played, people, pace, luck) in [
        (&cold, 600, 40.0, 1.0),
        (&warm, 600, 50.0, 0.999),
        // Who is met first is luck.
        (&some, 1200, 38.2, 0.97),
    ] {
        let number = |name: &str| played[name].as_f64().unwrap();
        assert_eq!(played["delivered"], people);
        let least = f64::from(people) / pace;
        assert!((number("least_seconds") - least).abs() < 0.1, "{played}");
        assert!(
            luck <= number("ratio") && number("ratio") < 1.08,
            "{played}"
        );
        assert_eq!(played["bottleneck"], "connector", "{played}");
    }
    assert_eq!(warm["budgets"]["connector"]["requests"], 600);
    assert_eq!(stage.world.account().requests, asked);
    stage.nobody_was_touched();
}

#[test]
fn a_rehearsal_needs_no_credentials_and_says_what_it_played() {
    let stage = Stage::new(50);
    let rehearse = ["plan", "campaign.toml", "--rehearse", "--latency", "1s"];
    let mut program = stage.program(rehearse);
    let ended = program.env_remove("AZURE_CLIENT_SECRET").output().unwrap();

    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("rehearsed with 50 people"), "{said}");
    assert!(said.contains("50 delivered"), "{said}");
    stage.edit("{ csv = \"users.csv\" }", "{ users = {} }");
    stage.start(&rehearse, &[]).code(2).says(&["--people"]);
    stage.start(&rehearse, &["--people", "10"]).code(0);
    stage
        .start(&["plan", "campaign.toml", "--known", "1"], &[])
        .code(2);
}

/// What `teamcast plan --rehearse --json` says.
fn rehearse(stage: &Stage, more: &[&str]) -> Value {
    let args = ["plan", "campaign.toml", "--rehearse", "--json"];
    let ended = stage.start(&args, more).code(0);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    said["rehearsal"].clone()
}
