//! Reading while a run goes on.

use super::{delivery, first, live, open, place, report, run};
use crate::ledger::fixture::row;
use crate::ledger::{OpenError, Reader};
use crate::model::{OutcomeKind, State};

#[tokio::test]
async fn a_reader_says_what_is_not_there() {
    let (_folder, path) = place();

    let missing = Reader::open(&path, "one").await;
    drop(open(&path, "one").await.unwrap());
    let unknown = Reader::open(&path, "two").await;

    assert!(matches!(missing, Err(OpenError::Missing { .. })));
    assert!(matches!(unknown, Err(OpenError::UnknownCampaign { .. })));
}

#[tokio::test]
async fn a_reader_sees_each_commit_of_a_run_that_goes_on() {
    let (_folder, path) = place();
    let store = open(&path, "one").await.unwrap();

    run(store, async |ledger| {
        first(&ledger, 1, "ann").await;
        ledger.settle().await.unwrap();
        assert_eq!(report(&path, "one").await.len(), 1);
        live(&ledger, "ann", State::Identified, delivery("19:ann")).await;
        let row = report(&path, "one").await.remove(0);
        assert_eq!(row.outcome, OutcomeKind::Delivered);
        assert_eq!(row.delivered_at.unwrap(), "1970-01-01T00:00:00.000Z");
    })
    .await;
}

#[tokio::test]
async fn a_long_report_comes_whole_and_in_order() {
    let (_folder, path) = place();
    let store = open(&path, "one").await.unwrap();
    run(store, async |ledger| {
        let rows = (1..=2_500).map(|number| row(number, "x")).collect();
        ledger.enrol(rows).await.unwrap();
    })
    .await;

    let rows = report(&path, "one").await;

    let labels = rows.into_iter().map(|row| row.row);
    let expected = (1..=2_500).map(|number| format!("users.csv:{number}"));
    assert!(labels.eq(expected));
}

#[tokio::test]
async fn the_end_of_a_run_is_stamped() {
    let (_folder, path) = place();
    let store = open(&path, "one").await.unwrap();
    let reader = Reader::open(&path, "one").await.unwrap();
    let before = reader.latest_run().await.unwrap();

    let stamped = run(store, async |ledger| ledger.finish_run(3).await).await;

    let after = reader.latest_run().await.unwrap();
    assert_eq!(stamped, Ok(()));
    assert_eq!((before.ended_at, before.exit_code), (None, None));
    assert_eq!(after.ended_at.unwrap(), "1970-01-01T00:00:00.000Z");
    assert_eq!((after.run, after.exit_code), (1, Some(3)));
    assert_eq!(after.message_fingerprint, "message");
}
