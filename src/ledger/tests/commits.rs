//! Batches, their order and their failure.

use std::time::Duration;

use futures::future::{join_all, try_join_all};
use tokio::time::sleep;

use super::{delivery, fail, first, live, open, place, raw, report, run};
use crate::ledger::fixture::{id, key, now, person, row};
use crate::ledger::{
    Change, CommitError, Extent, Fate, Faulty, LedgerStopped, MemoryStore, Request, Store,
};
use crate::model::{Event, Evidence, Fact, OutcomeKind, RowNumber, State};

#[tokio::test]
async fn events_of_one_person_in_one_batch_are_taken_in_order() {
    let (_folder, path) = place();
    let mut store = open(&path, "one").await.unwrap();
    let mut state = State::Identified;
    let mut batch = vec![
        Request::Change(Change::Enrol(vec![row(1, "ann")])),
        Request::Change(Change::Bind {
            row: RowNumber(1),
            person: person("ann"),
        }),
    ];
    for event in delivery("19:ann") {
        state = state.apply(&event).unwrap();
        let evidence = Evidence {
            attempts: 2,
            ..Evidence::default()
        };
        batch.push(Request::Change(Change::Record {
            person: id("ann"),
            fact: Fact { event, evidence },
            next: state.clone(),
        }));
    }

    store.apply(batch).await.unwrap();
    store.commit(Extent::Urgent).await.unwrap();

    let row = report(&path, "one").await.remove(0);
    assert_eq!((row.outcome, row.attempts), (OutcomeKind::Delivered, 6));
    let names: Vec<String> = sqlx::query_scalar("select name from event order by number")
        .fetch_all(&mut raw(&path).await)
        .await
        .unwrap();
    assert_eq!(names, ["chat-resolved", "send-started", "delivered"]);
}

#[tokio::test]
async fn thousands_of_waiting_events_take_few_commits() {
    let store = MemoryStore::new(key("a"), now);
    let names: Vec<String> = (1..=4_000).map(|number| format!("p{number}")).collect();

    run(store.clone(), async |ledger| {
        let rows = (1..).zip(&names).map(|(number, name)| row(number, name));
        ledger.enrol(rows.collect()).await.unwrap();
        let binds = (1..).zip(&names).map(|(number, name)| {
            let ledger = &ledger;
            async move { ledger.bind(RowNumber(number), person(name)).await }
        });
        try_join_all(binds).await.unwrap();
        let events = names.iter().map(|name| {
            let ledger = &ledger;
            async move {
                let fact = Event::AppInstalled.into();
                let next = State::Installed { installation: None };
                ledger.record(&id(name), fact, &next).await
            }
        });
        try_join_all(events).await.unwrap();
    })
    .await;

    assert_eq!(store.events().len(), 4_000);
    // One task takes at most 128 turns before it lets the writer have one.
    let commits = store.commits();
    assert!(commits * 100 < 8_000, "{commits} commits");
}

#[tokio::test]
async fn after_a_failed_commit_every_call_is_refused() {
    let store = MemoryStore::new(key("a"), now);
    let faulty = Faulty::after(1, Fate::Lost, store.clone());

    let (answers, end) = fail(faulty, async |ledger| {
        ledger.enrol(vec![row(1, "ann")]).await.unwrap();
        ledger.settle().await.unwrap();
        let calls = [1, 2, 3].map(|_| ledger.close_audience(1));
        let waiting = join_all(calls).await;
        let late = ledger.bind(RowNumber(1), person("ann")).await;
        (waiting, late)
    })
    .await;

    assert_eq!(answers.0, [Err(LedgerStopped); 3]);
    assert_eq!(answers.1, Err(LedgerStopped));
    assert!(matches!(end, CommitError::Interrupted));
}

#[tokio::test]
async fn a_failing_store_keeps_or_loses_its_last_batch_as_told() {
    for (fate, rows) in [(Fate::Lost, 0), (Fate::Kept, 1)] {
        let store = MemoryStore::new(key("a"), now);
        let faulty = Faulty::after(0, fate, store.clone());

        let (closed, _) = fail(faulty, async |ledger| {
            ledger.enrol(vec![row(1, "ann")]).await.unwrap();
            ledger.close_audience(1).await
        })
        .await;

        assert_eq!(closed, Err(LedgerStopped));
        assert_eq!(store.rows().len(), rows);
    }
}

#[tokio::test]
async fn a_person_nobody_bound_stops_the_ledger() {
    let store = MemoryStore::new(key("a"), now);

    let (recorded, end) = fail(store, async |ledger| {
        let fact = Event::AppInstalled.into();
        let next = State::Installed { installation: None };
        ledger.record(&id("ann"), fact, &next).await
    })
    .await;

    assert_eq!(recorded, Err(LedgerStopped));
    assert!(matches!(end, CommitError::UnknownPerson { .. }));
}

#[tokio::test(start_paused = true)]
async fn what_can_be_learnt_again_is_durable_half_a_second_later() {
    let store = MemoryStore::new(key("a"), now);

    run(store.clone(), async |ledger| {
        first(&ledger, 1, "ann").await;
        live(&ledger, "ann", State::Identified, vec![Event::FoundMissing]).await;
        sleep(Duration::from_millis(499)).await;
        assert_eq!(store.rows().len(), 0);
        sleep(Duration::from_millis(2)).await;
        assert_eq!((store.rows().len(), store.events().len()), (1, 1));
        assert_eq!(store.commits(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_learnt_of_somebody_is_durable_before_what_is_done_to_them() {
    let store = MemoryStore::new(key("a"), now);

    run(store.clone(), async |ledger| {
        for (number, name) in [(1, "ann"), (2, "bob")] {
            first(&ledger, number, name).await;
            live(&ledger, name, State::Identified, vec![Event::FoundMissing]).await;
        }
        let installed = vec![Event::AppInstalled];
        live(&ledger, "ann", State::Missing, installed).await;
        let facts = store.events().into_iter();
        let names: Vec<_> = facts.map(|(id, fact)| (id, fact.event.name())).collect();
        assert_eq!(
            names,
            [(id("ann"), "found-missing"), (id("ann"), "app-installed")]
        );
        let rows: Vec<String> = store.rows().into_iter().map(|row| row.user).collect();
        assert_eq!(rows, ["ann"]);
    })
    .await;

    assert_eq!((store.rows().len(), store.events().len()), (2, 3));
}
