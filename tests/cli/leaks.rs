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
    let answer = |status, body: &str| Effect::Respond(Canned::status(status).body(body));
    let echo =
        r#"{"error":{"code":"x","message":"Bearer eyJhbGciOiJub25lIn0.eyJhcHBpZCI6ImEifQ.c2ln"}}"#;
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

        let ended = stage.run_with(&["-vv", "--log-format", "json", "--log-people"]);

        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        nothing_leaks(&stage, &ended);
    }
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
