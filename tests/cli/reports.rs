//! What is left behind: reports, status, and nothing that is secret.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use teamcast::simulator::{Effect, Endpoint};

use crate::stage::{Stage, counts};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_reports_are_written_again_offline_and_are_the_same() {
    let stage = Stage::new(20);
    stage.run().code(0);
    let csv = stage.read("reports/townhall/report.csv");
    let jsonl = stage.read("reports/townhall/report.jsonl");
    fs::remove_dir_all(stage.path("reports")).unwrap();
    let before = stage.world.truth();
    let mut offline = stage.program(["report", "campaign.toml"]);

    let output = offline.env_remove("AZURE_CLIENT_SECRET").output().unwrap();

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stage.read("reports/townhall/report.csv"), csv);
    assert_eq!(stage.read("reports/townhall/report.jsonl"), jsonl);
    assert_eq!(stage.account(), counts([("delivered", 20)]));
    assert_eq!(stage.world.truth(), before);
}

#[test]
fn the_summary_names_what_scripts_rely_on() {
    let stage = Stage::new(4);

    stage.run().code(0);

    let summary = stage.summary();
    assert_eq!(summary["schema"], 1);
    assert_eq!(summary["campaign"], "townhall");
    assert_eq!(summary["rows"], 4);
    assert_eq!(summary["exit_code"], 0);
    let pending = &summary["outcomes"]["pending"];
    assert_eq!(*pending, 0);
    assert_eq!(summary["budgets"]["connector"]["throttled"], 0);
    for name in ["message_fingerprint", "audience_fingerprint", "started_at"] {
        assert!(summary[name].is_string(), "{name}");
    }
}

#[test]
fn the_account_is_printed_and_closed() {
    let stage = Stage::new(7);

    let ended = stage.run().code(0);

    let account = "7 rows = 7 delivered + 0 skipped + 0 failed + 0 in-doubt + 0 pending";
    assert!(ended.stdout.contains(account), "{}", ended.stdout);
}

#[test]
fn status_tells_where_a_campaign_stands() {
    let stage = Stage::new(6);
    stage.run().code(0);

    let ended = stage.start(&["status", "campaign.toml", "--json"], &[]);

    let status: serde_json::Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    assert_eq!(status["campaign"], "townhall");
    assert_eq!(status["rows"], 6);
    assert_eq!(status["outcomes"]["delivered"], 6);
}

#[test]
fn status_of_a_campaign_that_never_ran_says_so() {
    let stage = Stage::new(1);

    let ended = stage.start(&["status", "campaign.toml"], &[]);

    ended.code(9).says(&["there is no ledger at"]);
}

#[test]
fn no_secret_and_no_token_is_left_anywhere() {
    let stage = Stage::new(5);
    let secret = &stage.world.facts().client_secret;

    let ended = stage.run_with(&["-vv"]).code(0);

    assert!(ended.stderr.contains("answered"), "nothing was logged");
    let mut places = vec![
        (PathBuf::from("stdout"), ended.stdout.into_bytes()),
        (PathBuf::from("stderr"), ended.stderr.into_bytes()),
    ];
    for path in files(stage.dir()) {
        let bytes = fs::read(&path).unwrap();
        places.push((path, bytes));
    }
    for (path, bytes) in places {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(secret.as_str()), "{}", path.display());
        assert!(!text.contains("Bearer"), "{}", path.display());
        assert!(!text.contains("eyJ"), "{}", path.display());
    }
}

#[cfg(unix)]
#[test]
fn what_names_people_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let stage = Stage::new(2);

    stage.run().code(0);

    let mut names = files(&stage.path("reports"));
    assert_eq!(names.len(), 3);
    names.push(stage.path("teamcast.db"));
    for path in names {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn a_cell_that_a_spreadsheet_would_calculate_is_defused() {
    let stage = Stage::new(1);
    stage.list([&*stage.person(0).upn, "=cmd@contoso.example"]);

    stage.run().code(3);

    assert_eq!(stage.report()[1]["user"], "'=cmd@contoso.example");
}

#[test]
fn ledger_and_reports_are_kept_where_the_operator_says() {
    let stage = Stage::new(3);

    stage
        .run_with(&["--ledger", "sqlite:kept.db", "--out", "results"])
        .code(0);

    assert!(stage.path("kept.db").exists());
    assert!(stage.path("results/report.csv").exists());
    assert!(!stage.path("teamcast.db").exists());
    assert!(!stage.path("reports").exists());
}

#[test]
fn the_report_of_a_killed_run_has_every_row_that_was_read() {
    let stage = Stage::new(500);
    let mut running = stage.spawn();
    stage.wait_for_messages(100);
    running.kill().unwrap();
    running.wait().unwrap();

    let ended = stage.start(&["report", "campaign.toml"], &[]).code(7);

    let rows = stage.report().len();
    assert!(ended.stdout.contains(&format!("{rows} rows = ")));
    assert_eq!(stage.summary()["rows"], rows);
}

#[test]
fn report_as_json_prints_data() {
    let stage = Stage::new(3);
    stage.run().code(0);

    let ended = stage.start(&["report", "campaign.toml", "--json"], &[]);

    let data: serde_json::Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    assert_eq!(data["rows"], 3);
}

#[test]
fn the_log_in_a_file_has_no_colours() {
    let stage = Stage::new(1);

    let ended = stage.run_with(&["-vv"]).code(0);

    assert!(!ended.stderr.contains('\u{1b}'));
}

#[test]
fn the_report_of_a_killed_run_says_who_is_in_doubt() {
    let stage = Stage::new(1);
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Delay(Duration::from_mins(1)),
    );
    let mut running = stage.spawn();
    stage.wait_for_messages(1);
    running.kill().unwrap();
    running.wait().unwrap();

    stage.start(&["report", "campaign.toml"], &[]).code(4);

    assert_eq!(stage.row(0)["outcome"], "in-doubt");
    assert_eq!(stage.summary()["outcomes"]["in-doubt"], 1);
}

#[test]
fn writing_the_reports_again_keeps_the_summary() {
    let stage = Stage::new(3);
    stage.run().code(0);
    let before = stage.summary();

    stage.start(&["report", "campaign.toml"], &[]).code(0);

    assert_eq!(stage.summary(), before);
}

#[test]
fn a_closed_pipe_does_not_change_the_exit_code() {
    let stage = Stage::new(3);
    let mut running = stage.spawn();
    drop(running.stdout.take());

    let ended = running.wait().unwrap();

    assert_eq!(ended.code(), Some(0));
    assert_eq!(stage.messages(), 3);
}
