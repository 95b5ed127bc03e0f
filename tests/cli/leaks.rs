//! Whatever goes wrong, no secret and no token is left anywhere, and people are
//! named only where the operator asked for it.

use std::{fs, path::Path};

use teamcast::simulator::{
    Canned, Effect, Endpoint, Quotas, Registration, Shape, WebApplication, When,
};

use crate::stage::{Ended, Stage};

/// Everything a run may leave behind.
fn leftovers(ended: &Ended, dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut left = vec![
        ("stdout".to_owned(), ended.stdout.clone().into_bytes()),
        ("stderr".to_owned(), ended.stderr.clone().into_bytes()),
    ];
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                left.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    left
}

#[track_caller]
fn nothing_leaks(stage: &Stage, ended: &Ended) {
    let secret = stage.world.facts().client_secret.as_str();
    for (place, bytes) in leftovers(ended, stage.dir()) {
        let text = String::from_utf8_lossy(&bytes);
        for word in [secret, "Bearer ey", "eyJ"] {
            assert!(!text.contains(word), "{word} is in {place}");
        }
    }
}

/// What a service says that repeats a token.
const ECHO: &str =
    r#"{"error":{"code":"x","message":"Bearer eyJhbGciOiJub25lIn0.eyJhcHBpZCI6ImEifQ.c2ln"}}"#;
/// Everything that can be said.
const LOUD: [&str; 4] = ["-vv", "--log-format", "json", "--log-people"];

fn answer(status: u16, body: &str) -> Effect {
    Effect::Respond(Canned::status(status).body(body))
}

fn stage() -> Stage {
    let shape = Shape {
        installed: 0.5,
        ..Shape::uniform()
    };
    Stage::registered(4, shape, Quotas::Off, Registration::default())
}

#[test]
fn no_secret_and_no_token_is_left_whatever_fails() {
    let once = When::First(1);
    let echo = ECHO;
    for (endpoint, when, effect) in [
        (
            Endpoint::Token,
            When::Always,
            answer(400, r#"{"error":"invalid_client"}"#),
        ),
        (Endpoint::Token, When::Always, answer(200, "{}")),
        (Endpoint::Token, When::Always, answer(400, echo)),
        (Endpoint::ListCatalog, When::Always, answer(400, echo)),
        (Endpoint::GetUser, When::Always, answer(403, echo)),
        (Endpoint::ListUsers, When::Always, answer(403, echo)),
        (Endpoint::ListInstalledApps, When::Always, answer(404, echo)),
        (Endpoint::InstallApp, When::Always, answer(400, echo)),
        (Endpoint::InstallApp, once, Effect::LoseAnswer),
        (Endpoint::GetChat, When::Always, answer(403, echo)),
        (
            Endpoint::CreateConversation,
            When::Always,
            answer(400, echo),
        ),
        (Endpoint::SendActivity, When::Always, answer(400, echo)),
        (Endpoint::SendActivity, When::Always, answer(401, echo)),
        (Endpoint::SendActivity, When::Always, answer(500, echo)),
        (
            Endpoint::SendActivity,
            When::Always,
            answer(201, "not json"),
        ),
        (Endpoint::SendActivity, once, Effect::LoseAnswer),
        (Endpoint::SendActivity, once, Effect::LoseRequest),
        (Endpoint::Any, When::EveryNth(3), answer(429, echo)),
    ] {
        let stage = stage();
        stage.trouble(endpoint, effect.clone()).when(when);

        let ended = stage.run_with(&LOUD);

        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        nothing_leaks(&stage, &ended);
    }
}

#[test]
fn the_secret_is_not_left_where_a_service_repeats_it() {
    for endpoint in [
        Endpoint::ListCatalog,
        Endpoint::InstallApp,
        Endpoint::CreateConversation,
        Endpoint::SendActivity,
    ] {
        let stage = stage();
        let secret = stage.world.facts().client_secret.clone();
        let body = format!(r#"{{"error":{{"code":"{secret}","message":"it is {secret}"}}}}"#);
        stage.trouble(endpoint, answer(400, &body));

        let ended = stage.run_with(&LOUD);

        nothing_leaks(&stage, &ended);
    }
}

#[test]
fn no_secret_and_no_token_is_left_whatever_fails_on_the_way_through_lists_and_teams() {
    let lists = [
        (Endpoint::ListUsers, "{ users = {} }"),
        (Endpoint::DeltaUsers, "{ users = { new = true } }"),
        (Endpoint::ListTransitiveMembers, "{ group = \"SALES\" }"),
        (Endpoint::ListTeamMembers, "{ team = \"SALES\" }"),
        (Endpoint::GetTeam, "{ team = \"SALES\" }"),
        (Endpoint::ListTeamApps, "{ team = \"SALES\" }"),
        (Endpoint::InstallTeamApp, "{ team = \"SALES\" }"),
        (Endpoint::ListTeamRoster, "{ team = \"SALES\" }"),
    ];
    for (endpoint, source) in lists {
        let mut registration = Registration::default();
        let more = [
            "TeamMember.Read.All",
            "Team.ReadBasic.All",
            "TeamsAppInstallation.ReadWriteSelfForTeam.All",
        ];
        registration.permissions.extend(more.map(String::from));
        let mut shape = Shape::uniform();
        shape.installed = 0.0;
        let stage = Stage::registered(30, shape, Quotas::Off, registration);
        let mut groups = stage.world.groups().into_iter();
        let sales = groups.find(|group| group.name == "Sales").unwrap().id;
        let source = source.replace("SALES", &sales.to_string());
        stage.edit(r#"{ csv = "users.csv" }"#, &source);
        if source.contains("team") {
            stage.edit("[message]", "[delivery]\ninstall = \"team\"\n\n[message]");
        }
        stage.trouble(endpoint, answer(400, ECHO));

        let ended = stage.run_with(&LOUD);

        let echoed = stage.world.truth().hardships;
        assert!(
            0 < echoed.iter().map(|one| one.struck).sum::<u64>(),
            "{endpoint:?}"
        );
        nothing_leaks(&stage, &ended);
    }
}

#[test]
fn no_secret_and_no_token_is_left_by_a_reconciliation_that_fails() {
    let stage = Stage::new(3);
    stage.trouble(Endpoint::SendActivity, Effect::LoseAnswer);
    stage.run().code(4);
    stage.trouble(Endpoint::ListMessages, answer(400, ECHO));

    let command = ["reconcile", "campaign.toml", "--yes", "--settling", "0s"];
    let ended = stage.start(&command, &LOUD);

    nothing_leaks(&stage, &ended);
}

#[test]
fn no_secret_and_no_token_is_left_by_a_run_that_is_killed() {
    let stage = Stage::new(300);
    stage
        .trouble(Endpoint::GetUser, answer(429, ECHO))
        .when(When::EveryNth(9));
    let args = ["run", "campaign.toml", "--yes"].into_iter().chain(LOUD);
    let log = fs::File::create(stage.path("log")).unwrap();
    let mut child = stage.program(args).stderr(log).spawn().unwrap();
    stage.wait_for_messages(40);

    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();

    let ended = Ended {
        code: 137,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: stage.read("log"),
    };
    assert!(stage.path("teamcast.db-wal").exists());
    nothing_leaks(&stage, &ended);
}

#[test]
fn no_secret_and_no_token_is_left_by_a_check_that_fails() {
    let stage = Stage::registered(
        2,
        Shape::uniform(),
        Quotas::Off,
        Registration {
            web_application: WebApplication::Mismatch,
            ..Registration::default()
        },
    );
    let user = stage.person(0).upn.clone();

    let ended = stage.start(&["check", "campaign.toml", "-vv"], &["--canary", &user]);

    nothing_leaks(&stage, &ended);
}

#[test]
fn the_log_speaks_of_rows_and_of_people_only_when_asked() {
    for (more, named) in [(&["-vv"][..], false), (&["-vv", "--log-people"], true)] {
        let stage = Stage::new(2);

        let ended = stage.run_with(more).code(0);

        assert!(ended.stderr.contains("users.csv:2"), "{}", ended.stderr);
        let person = stage.person(0);
        assert_eq!(
            ended.stderr.contains(&*person.upn),
            named,
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains(&*person.display_name));
    }
}

#[test]
fn what_a_service_says_does_not_drive_the_terminal() {
    let stage = Stage::new(2);
    let said = r#"{"error":{"code":"x","message":"Insufficient privileges \u001b[2J\u001b]0;owned\u0007"}}"#;
    stage.trouble(
        Endpoint::ListUsers,
        Effect::Respond(Canned::status(403).body(said)),
    );
    stage.trouble(
        Endpoint::GetUser,
        Effect::Respond(Canned::status(403).body(said)),
    );

    let ended = stage.run_with(&["-vv"]).code(6);

    assert!(!ended.stderr.contains('\u{1b}'), "{:?}", ended.stderr);
    assert!(!ended.stdout.contains('\u{1b}'));
}
