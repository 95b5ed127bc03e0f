//! Opening a ledger on disk.

use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::{delivery, first, live, open, place, raw, report, run};
use crate::ledger::fixture::{key, now, sending};
use crate::ledger::{OpenError, Reader, open_sqlite};
use crate::model::State;

#[tokio::test]
async fn a_second_run_of_a_campaign_is_refused_until_the_first_is_gone() {
    let (_folder, path) = place();
    let running = open(&path, "one").await.unwrap();

    let second = open(&path, "one").await;
    let other = open(&path, "two").await;
    drop(running);
    let later = open(&path, "one").await;

    assert!(matches!(second, Err(OpenError::InUse { .. })));
    assert!(other.is_ok());
    assert_eq!(later.unwrap().run_number(), 2);
}

#[tokio::test]
async fn two_campaigns_write_one_ledger_at_once() {
    let (_folder, path) = place();
    let fill = async |name: &str| {
        let store = open(&path, name).await.unwrap();
        run(store, async |ledger| {
            for number in 1..=50 {
                first(&ledger, number, &format!("p{number}")).await;
            }
        })
        .await;
        report(&path, name).await.len()
    };

    let lengths = tokio::join!(fill("one"), fill("two"));

    assert_eq!(lengths, (50, 50));
}

#[tokio::test]
async fn a_newer_ledger_is_refused() {
    let (_folder, path) = place();
    drop(open(&path, "one").await.unwrap());
    sqlx::query("update _sqlx_migrations set version = 99 where version = 1")
        .execute(&mut raw(&path).await)
        .await
        .unwrap();

    let opened = open(&path, "one").await;
    let read = Reader::open(&path, "one").await;

    assert!(matches!(opened, Err(OpenError::TooNew { found: 99, .. })));
    assert!(matches!(read, Err(OpenError::TooNew { found: 99, .. })));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut foreign = options.create_if_missing(true).connect().await.unwrap();
    let table = sqlx::query("create table theirs (it text)");
    table.execute(&mut foreign).await.unwrap();

    let opened = open(&path, "one").await;

    assert!(matches!(opened, Err(OpenError::NotALedger)));
}

#[tokio::test]
async fn a_changed_message_is_refused_once_somebody_was_sent_to() {
    let (_folder, path) = place();
    let purpose = sending("another");
    let store = open(&path, "one").await.unwrap();
    run(store, async |ledger| first(&ledger, 1, "ann").await).await;

    let early = open_sqlite(&path, &key("one"), &purpose, now).await;
    run(early.unwrap(), async |ledger| {
        let started = delivery("19:ann").into_iter().take(2).collect();
        live(&ledger, "ann", State::Identified, started).await;
    })
    .await;
    let late = open(&path, "one").await;

    let Err(OpenError::MessageChanged { recorded, current }) = late else {
        panic!("{late:?}")
    };
    assert_eq!((&*recorded, &*current), ("another", "message"));
}

#[tokio::test]
async fn a_campaign_stays_with_its_tenant_and_its_bot() {
    let (_folder, path) = place();
    drop(open(&path, "one").await.unwrap());
    let mut moved = key("one");
    moved.tenant_id = "elsewhere".to_owned();
    let mut rebuilt = key("one");
    rebuilt.bot_id = "another".to_owned();

    let tenant = open_sqlite(&path, &moved, &sending("message"), now).await;
    let bot = open_sqlite(&path, &rebuilt, &sending("message"), now).await;

    assert!(matches!(tenant, Err(OpenError::OtherTenant { .. })));
    assert!(matches!(bot, Err(OpenError::OtherBot { .. })));
}

#[tokio::test]
#[cfg(unix)]
async fn only_its_owner_can_read_a_ledger() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = place();
    let _open = open(&path, "one").await.unwrap();

    let files = std::fs::read_dir(folder.path()).unwrap();
    let modes: Vec<u32> = files
        .map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600; 5]);
}
