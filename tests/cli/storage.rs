//! Whatever becomes of the ledger's disk: a clear error, and nobody is written
//! to without being on record.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use teamcast::{
    ledger::{ReadError, Reader},
    model::OutcomeKind,
};

use crate::stage::{Ended, Stage, counts, skipped};

/// Asserts that the run is refused with all of `words`, before anybody is touched.
#[track_caller]
fn refused(stage: &Stage, ended: Ended, words: &[&str]) {
    ended.code(9).says(words);
    stage.nobody_was_touched();
}

/// Asserts that everybody who has a message is on record in `ledger`, and says
/// how many have one.
fn everybody_is_on_record(stage: &Stage, ledger: &Path) -> usize {
    let record = async {
        let mut known = BTreeSet::new();
        let reader = Reader::open(ledger, "townhall").await.unwrap();
        reader
            .each_row(|row| {
                if matches!(row.outcome, OutcomeKind::Delivered | OutcomeKind::InDoubt) {
                    known.extend(row.object_id);
                }
                Ok::<_, ReadError>(())
            })
            .await
            .unwrap();
        known
    };
    let known = stage.runtime.block_on(record);
    let people = stage.world.truth().people.into_iter();
    let mut sent = people.filter(|person| !person.messages.is_empty());
    let unknown = sent.find(|person| !known.contains(&person.object_id));
    assert!(unknown.is_none(), "{unknown:?} is not on record");
    stage.messages()
}

/// Lets the campaign go on to its end, after which nobody has two messages.
fn goes_on(stage: &Stage) {
    let ended = stage.run();

    assert!(matches!(ended.code, 0 | 4), "{}", ended.stderr);
    assert!(!stage.account().contains_key("pending"));
}

#[test]
fn a_ledger_in_a_directory_that_is_not_there_is_refused() {
    let stage = Stage::new(3);

    let ended = stage.run_with(&["--ledger", "sqlite:nowhere/teamcast.db"]);

    refused(
        &stage,
        ended,
        &["`nowhere/teamcast.db`", "check its directory"],
    );
}

#[test]
fn a_ledger_that_is_no_database_is_refused_and_left_alone() {
    let stage = Stage::new(3);
    let garbage: Vec<u8> = (0..9_000_u32).map(|n| (n * n % 251) as u8).collect();
    stage.write("teamcast.db", &garbage);

    let ended = stage.run();

    refused(
        &stage,
        ended,
        &["`", "teamcast.db`", "damaged or no database"],
    );
    assert_eq!(fs::read(stage.path("teamcast.db")).unwrap(), garbage);
}

#[test]
fn a_ledger_of_a_newer_version_is_refused() {
    let stage = Stage::new(3);
    stage.run_with(&["--limit", "1"]).code(0);
    let ledger = SqliteConnectOptions::new().filename(stage.path("teamcast.db"));
    stage.runtime.block_on(async {
        let mut ledger = ledger.connect().await.unwrap();
        let newer = sqlx::query("update _sqlx_migrations set version = 99 where version = 2");
        newer.execute(&mut ledger).await.unwrap();
    });

    stage.run().code(9).says(&["format 99", "teamcast.db"]);

    assert_eq!(stage.messages(), 1);
}

#[test]
fn a_ledger_that_lost_its_end_is_refused_and_nobody_is_written_to_again() {
    let stage = Stage::new(60);
    stage.run_with(&["--limit", "40"]).code(0);
    let whole = fs::read(stage.path("teamcast.db")).unwrap();

    for quarters in 0..4 {
        stage.write("teamcast.db", &whole[..whole.len() / 4 * quarters]);
        let ended = stage.run().code(9);
        let told = [
            "damaged or no database",
            "knows nothing of that",
            "malformed",
        ];
        let told = told.iter().any(|words| ended.stderr.contains(words));
        assert!(told, "{}", ended.stderr);
        assert_eq!(stage.messages(), 40, "{quarters} quarters of the ledger");
    }

    stage.write("teamcast.db", whole);
    goes_on(&stage);
    assert_eq!(stage.messages(), 60);
}

#[test]
fn a_ledger_that_was_deleted_is_missed_and_nobody_is_written_to_again() {
    let stage = Stage::new(5);
    stage.run().code(0);
    fs::remove_file(stage.path("teamcast.db")).unwrap();

    let ended = stage.run().code(9);

    ended.says(&["knows nothing of that", "townhall.lock` if you mean it"]);
    assert_eq!(stage.messages(), 5);
}

#[test]
fn a_ledger_deleted_under_a_run_stops_it_and_is_saved() {
    let stage = Stage::new(400);
    stage.edit("connector = 100000", "connector = 100");
    let running = stage.spawn();
    stage.wait_for_messages(40);
    for name in ["teamcast.db", "teamcast.db-wal", "teamcast.db-shm"] {
        fs::remove_file(stage.path(name)).unwrap();
    }

    let ended = Ended::when_done(running).code(9);

    ended.says(&[
        "teamcast.db` cannot be written",
        "teamcast.db.rescued`: rename",
    ]);
    assert!(stage.messages() < 400, "it was deleted too late");
    // Not even where the locks went the same way.
    for name in ["teamcast.db.lock", "teamcast.db.townhall.lock"] {
        fs::remove_file(stage.path(name)).unwrap();
        stage.run().code(9).says(&["teamcast.db.rescued` to"]);
    }
    let rescued = stage.path("teamcast.db.rescued");
    fs::rename(rescued, stage.path("teamcast.db")).unwrap();
    everybody_is_on_record(&stage, &stage.path("teamcast.db"));
    goes_on(&stage);
}

#[test]
fn an_old_copy_of_the_ledger_is_refused_and_nobody_is_written_to_again() {
    let stage = Stage::new(6);
    stage.run_with(&["--limit", "2"]).code(0);
    let old = fs::read(stage.path("teamcast.db")).unwrap();
    stage.run_with(&["--limit", "4"]).code(0);
    let whole = fs::read(stage.path("teamcast.db")).unwrap();

    stage.write("teamcast.db", &old);
    let ended = stage.run().code(9);

    ended.says(&["older than the last run", "townhall.lock` if you mean it"]);
    assert_eq!(stage.messages(), 4);
    stage.write("teamcast.db", &whole);
    goes_on(&stage);
    assert_eq!(stage.messages(), 6);
}

#[test]
fn a_ledger_without_its_journal_is_refused_after_a_kill() {
    let stage = Stage::new(200);
    stage.run_with(&["--limit", "1"]).code(0);
    stage.edit("connector = 100000", "connector = 50");
    let mut running = stage.spawn();
    stage.wait_for_messages(20);
    running.kill().unwrap();
    running.wait().unwrap();
    fs::remove_file(stage.path("teamcast.db-wal")).unwrap();
    fs::remove_file(stage.path("teamcast.db-shm")).unwrap();
    let sent = stage.messages();

    stage.run().code(9);

    assert_eq!(stage.messages(), sent);
}

#[test]
fn a_lock_deleted_under_a_run_stops_it() {
    let stage = Stage::new(400);
    stage.edit("connector = 100000", "connector = 100");
    let running = stage.spawn();
    stage.wait_for_messages(40);
    fs::remove_file(stage.path("teamcast.db.townhall.lock")).unwrap();

    let ended = Ended::when_done(running).code(9);

    ended.says(&["townhall.lock` was deleted or replaced"]);
    assert!(stage.messages() < 400, "it was deleted too late");
    everybody_is_on_record(&stage, &stage.path("teamcast.db"));
    goes_on(&stage);
}

/// Runs the program as somebody who may not write where root may.
fn as_a_stranger(stage: &Stage, args: &[&str]) -> Ended {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};

    const NOBODY: u32 = 65_534;
    let tried = tempfile::tempdir().unwrap();
    fs::set_permissions(tried.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let may_write_anyway = fs::write(tried.path().join("x"), "").is_ok();
    if !may_write_anyway {
        return stage.start(args, &[]);
    }
    // Out of the reach of the stranger, unless it is copied.
    let copy = tempfile::tempdir().unwrap();
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(copy.path(), open).unwrap();
    let program = copy.path().join("teamcast");
    // By another process: a file this one has open for writing cannot be started.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_teamcast"))
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    let mut command = stage.program_of(&program, args);
    Ended::when_done(command.uid(NOBODY).spawn().unwrap())
}

fn set_mode(path: PathBuf, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_that_may_not_be_written_to_is_refused() {
    let stage = Stage::new(3);
    let reports = tempfile::tempdir().unwrap();
    set_mode(reports.path().to_owned(), 0o777);
    set_mode(stage.dir().to_owned(), 0o555);

    let out = reports.path().to_str().unwrap();
    let ended = as_a_stranger(&stage, &["run", "campaign.toml", "--yes", "--out", out]);

    refused(
        &stage,
        ended,
        &["teamcast.db`", "check its directory and who may write"],
    );
}

#[test]
fn a_ledger_that_may_not_be_written_to_is_refused() {
    let stage = Stage::new(3);
    stage.run_with(&["--limit", "1"]).code(0);
    let reports = tempfile::tempdir().unwrap();
    set_mode(reports.path().to_owned(), 0o777);
    set_mode(stage.dir().to_owned(), 0o777);
    set_mode(stage.path("teamcast.db"), 0o444);

    let out = reports.path().to_str().unwrap();
    let ended = as_a_stranger(&stage, &["run", "campaign.toml", "--yes", "--out", out]);

    ended
        .code(9)
        .says(&["teamcast.db` cannot be used", "who may write"]);
    assert_eq!(stage.messages(), 1);
}

#[test]
fn a_file_that_may_not_grow_stops_the_run_with_everybody_on_record() {
    let stage = Stage::new(300);
    stage.run_with(&["--limit", "20"]).code(0);
    // Blocks of 512 bytes; without the trap the system would end the program.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 900; exec \"$@\"", "sh"];
    let mut run = stage.program_through(&limited, &["run", "campaign.toml", "--yes"]);

    let ended = Ended::when_done(run.spawn().unwrap()).code(9);

    ended.says(&[
        "teamcast.db` cannot be written",
        "the same command continues",
    ]);
    let sent = everybody_is_on_record(&stage, &stage.path("teamcast.db"));
    assert!((20..300).contains(&sent), "{sent} messages");
    goes_on(&stage);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_the_run_with_everybody_on_record() {
    if !may_mount() {
        return skipped("no disk can be mounted here, so a full disk was NOT tested");
    }
    let stage = Stage::new(300);
    fs::create_dir(stage.path("disk")).unwrap();
    fs::create_dir(stage.path("saved")).unwrap();
    let saved = ["--ledger", "sqlite:saved/teamcast.db"];
    stage
        .run_with(&[&saved[..], &["--limit", "20"]].concat())
        .code(0);
    let script = "mount -t tmpfs -o size=800k none disk && cp saved/* disk && \"$@\"; code=$?; \
                  cp disk/* saved && exit $code";
    let mounted = ["unshare", "-rm", "sh", "-c", script, "sh"];
    let on_disk = ["--yes", "--ledger", "sqlite:disk/teamcast.db"];
    let args = [&["run", "campaign.toml"][..], &on_disk].concat();

    let ended = stage.program_through(&mounted, &args).spawn().unwrap();
    let ended = Ended::when_done(ended).code(9);

    ended.says(&["disk/teamcast.db` cannot be written", "disk is full"]);
    let sent = everybody_is_on_record(&stage, &stage.path("saved/teamcast.db"));
    assert!((20..300).contains(&sent), "{sent} messages");
    let ended = stage.run_with(&saved);
    assert!(matches!(ended.code, 0 | 4), "{}", ended.stderr);
    assert_eq!(stage.account().values().sum::<u64>(), 300);
}

/// Whether a disk may be mounted where nobody else sees it.
#[cfg(target_os = "linux")]
fn may_mount() -> bool {
    let dir = tempfile::tempdir().unwrap();
    let tried = Command::new("unshare")
        .args(["-rm", "mount", "-t", "tmpfs", "none"])
        .arg(dir.path())
        .output();
    tried.is_ok_and(|tried| tried.status.success())
}

#[test]
fn with_the_clock_set_back_a_campaign_goes_on() {
    let stage = Stage::new(10);
    stage.run_with(&["--limit", "4"]).code(0);
    // As if the clock had been a year ahead at the first run.
    let ledger = SqliteConnectOptions::new().filename(stage.path("teamcast.db"));
    stage.runtime.block_on(async {
        let mut ledger = ledger.connect().await.unwrap();
        for table in [
            "update run set started_at = '2999-01-01T00:00:00.000Z', ended_at = '2999-01-01T00:01:00.000Z'",
            "update event set at = '2999-01-01T00:00:00.000Z'",
            "update address set learnt_at = '2999-01-01T00:00:00.000Z', used_at = learnt_at",
        ] {
            sqlx::query(table).execute(&mut ledger).await.unwrap();
        }
    });

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 10)]));
    assert_eq!(stage.messages(), 10);
    assert!(stage.summary()["started_at"].as_str().unwrap() < "2999");
}

#[test]
fn a_ledger_with_a_second_name_is_refused() {
    let stage = Stage::new(2);
    stage.run().code(0);
    fs::hard_link(stage.path("teamcast.db"), stage.path("copy.db")).unwrap();

    for name in ["sqlite:teamcast.db", "sqlite:copy.db"] {
        let ended = stage.run_with(&["--ledger", name]).code(9);
        ended.says(&["2 names", "hard links"]);
    }

    assert_eq!(stage.messages(), 2);
}
