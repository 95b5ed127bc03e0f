//! Whom a row stands for, from run to run.

use super::{delivery, first, live, open, place, run};
use crate::ledger::fixture::{chat, key, now, person, row};
use crate::ledger::{Bound, MemoryStore, NewRow, Standing};
use crate::model::{Cause, Event, Evidence, Outcome, OutcomeKind, RowNumber, State};

#[tokio::test]
async fn a_resumed_run_keeps_bindings_and_what_is_settled() {
    let store = MemoryStore::new(key("a"), now);
    let rows = || {
        vec![
            row(1, "ann"),
            row(2, "bob"),
            row(3, "nobody"),
            row(4, "new"),
        ]
    };
    run(store.clone(), async |ledger| {
        ledger.enrol(rows()).await.unwrap();
        ledger.bind(RowNumber(1), person("ann")).await.unwrap();
        live(&ledger, "ann", State::Identified, delivery("19:ann")).await;
        ledger.bind(RowNumber(2), person("bob")).await.unwrap();
        live(&ledger, "bob", State::Identified, vec![Event::FoundMissing]).await;
        let unknown = Outcome::Failed(Cause::UnknownUser);
        let settled = ledger.settle_row(RowNumber(3), unknown, Evidence::default());
        settled.await.unwrap();
    })
    .await;

    let standings = run(store.reopen(), async |ledger| {
        ledger.enrol(rows()).await.unwrap()
    })
    .await;

    let bob = Standing::Known {
        person: person("bob"),
        state: State::Missing,
        chat: None,
        service_url: None,
    };
    assert_eq!(
        standings,
        [
            Standing::Settled(Outcome::Delivered),
            bob,
            Standing::Settled(Outcome::Failed(Cause::UnknownUser)),
            Standing::New,
        ]
    );
}

#[tokio::test]
async fn a_person_whose_row_moved_is_found_where_they_stood() {
    let store = MemoryStore::new(key("a"), now);
    run(store.clone(), async |ledger| {
        first(&ledger, 1, "ann").await;
        live(&ledger, "ann", State::Identified, delivery("19:ann")).await;
    })
    .await;

    let bound = run(store.reopen(), async |ledger| {
        let standings = ledger.enrol(vec![row(1, "bob"), row(2, "ann")]).await;
        assert_eq!(standings, Ok(vec![Standing::New, Standing::New]));
        ledger.bind(RowNumber(2), person("ann")).await.unwrap()
    })
    .await;

    let delivered = State::Settled(Outcome::Delivered);
    assert_eq!(
        bound,
        Bound::First {
            state: delivered,
            chat: None,
            service_url: None,
        }
    );
    assert_eq!(store.account().tally.of(OutcomeKind::Delivered), 1);
    assert_eq!(store.account().tally.of(OutcomeKind::Pending), 1);
}

#[tokio::test]
async fn a_person_found_in_the_middle_of_a_send_is_left_as_they_are() {
    let store = MemoryStore::new(key("a"), now);
    run(store.clone(), async |ledger| {
        first(&ledger, 1, "ann").await;
        let started = delivery("19:ann").into_iter().take(2).collect();
        live(&ledger, "ann", State::Identified, started).await;
    })
    .await;

    let standings = run(store.reopen(), async |ledger| {
        ledger.enrol(vec![row(1, "ann")]).await.unwrap()
    })
    .await;

    let known = Standing::Known {
        person: person("ann"),
        state: State::Sending {
            chat: chat("19:ann"),
        },
        chat: None,
        service_url: None,
    };
    assert_eq!(standings, [known]);
}

#[tokio::test]
async fn a_second_row_of_a_person_is_a_duplicate_that_names_the_first() {
    let store = MemoryStore::new(key("a"), now);

    let bound = run(store.clone(), async |ledger| {
        first(&ledger, 1, "ann").await;
        ledger.enrol(vec![row(2, "ann@home")]).await.unwrap();
        ledger.bind(RowNumber(2), person("ann")).await.unwrap()
    })
    .await;

    let first = "users.csv:1".to_owned();
    assert_eq!(bound, Bound::Duplicate { first });
    let second = store.rows().remove(1);
    assert_eq!(second.cause, Some(Cause::Duplicate));
    assert_eq!(second.detail.unwrap(), "the same person as users.csv:1");
    assert_eq!(second.object_id.unwrap(), "ann");
}

#[tokio::test]
async fn a_duplicate_is_asked_anew_in_every_run_without_a_lookup() {
    let store = MemoryStore::new(key("a"), now);
    run(store.clone(), async |ledger| {
        first(&ledger, 1, "ann").await;
        first(&ledger, 2, "ann").await;
    })
    .await;

    let standings = run(store.reopen(), async |ledger| {
        ledger
            .enrol(vec![row(1, "bob"), row(2, "ann")])
            .await
            .unwrap()
    })
    .await;

    let known = Standing::Known {
        person: person("ann"),
        state: State::Identified,
        chat: None,
        service_url: None,
    };
    assert_eq!(standings, [Standing::New, known]);
}

#[tokio::test]
async fn two_known_rows_of_one_person_are_told_apart_when_they_are_enrolled() {
    let store = MemoryStore::new(key("a"), now);
    let rows = || vec![row(1, "ann"), row(2, "ann")];
    run(store.clone(), async |ledger| {
        ledger.enrol(rows()).await.unwrap();
        ledger.bind(RowNumber(1), person("ann")).await.unwrap();
        ledger.bind(RowNumber(2), person("ann")).await.unwrap();
    })
    .await;

    let standings = run(store.reopen(), async |ledger| {
        ledger.enrol(rows()).await.unwrap()
    })
    .await;

    assert!(matches!(standings[0], Standing::Known { .. }));
    let duplicate = Outcome::Skipped(Cause::Duplicate);
    assert_eq!(standings[1], Standing::Settled(duplicate));
}

#[tokio::test]
async fn a_settled_row_can_be_bound_after_all() {
    let store = MemoryStore::new(key("a"), now);

    run(store.clone(), async |ledger| {
        ledger.enrol(vec![row(1, "ann")]).await.unwrap();
        let unknown = Outcome::Failed(Cause::UnknownUser);
        let settled = ledger.settle_row(RowNumber(1), unknown, Evidence::detail("no"));
        settled.await.unwrap();
        ledger.bind(RowNumber(1), person("ann")).await.unwrap();
    })
    .await;

    let row = store.rows().remove(0);
    assert_eq!((row.outcome, row.detail), (OutcomeKind::Pending, None));
}

#[tokio::test]
async fn a_malformed_row_is_skipped_until_it_is_corrected() {
    let store = MemoryStore::new(key("a"), now);
    let malformed = NewRow {
        malformed: Some("no user".to_owned()),
        ..row(1, "")
    };

    let standings = run(store.clone(), async |ledger| {
        let before = ledger.enrol(vec![malformed]).await.unwrap();
        let after = ledger.enrol(vec![row(1, "")]).await.unwrap();
        [before, after].concat()
    })
    .await;

    let skipped = Outcome::Skipped(Cause::MalformedRow);
    assert_eq!(standings, [Standing::Settled(skipped), Standing::New]);
}

#[tokio::test]
async fn rows_of_a_longer_input_go_while_their_people_stay() {
    let store = MemoryStore::new(key("a"), now);
    run(store.clone(), async |ledger| {
        first(&ledger, 1, "ann").await;
        first(&ledger, 2, "bob").await;
        live(&ledger, "bob", State::Identified, delivery("19:bob")).await;
    })
    .await;

    let bound = run(store.reopen(), async |ledger| {
        ledger.enrol(vec![row(1, "bob")]).await.unwrap();
        ledger.close_audience(1).await.unwrap();
        ledger.bind(RowNumber(1), person("bob")).await.unwrap()
    })
    .await;

    let state = State::Settled(Outcome::Delivered);
    assert_eq!(
        bound,
        Bound::First {
            state,
            chat: None,
            service_url: None,
        }
    );
    assert_eq!(store.account().rows, 1);
    assert!(store.account().is_closed());
}

#[tokio::test]
async fn an_audience_longer_than_the_ledger_does_not_close_the_account() {
    let store = MemoryStore::new(key("a"), now);

    run(store.clone(), async |ledger| {
        ledger.enrol(vec![row(1, "ann")]).await.unwrap();
        ledger.close_audience(2).await.unwrap();
    })
    .await;

    assert!(!store.account().is_closed());
}

#[tokio::test]
async fn a_second_campaign_finds_chats_in_the_address_book() {
    let (_folder, path) = place();
    let store = open(&path, "one").await.unwrap();
    run(store, async |ledger| {
        first(&ledger, 1, "ann").await;
        live(&ledger, "ann", State::Identified, delivery("19:ann")).await;
    })
    .await;

    let store = open(&path, "two").await.unwrap();
    let bound = run(store, async |ledger| first(&ledger, 1, "ann").await).await;

    let expected = Bound::First {
        state: State::Identified,
        chat: Some(chat("19:ann")),
        service_url: None,
    };
    assert_eq!(bound, expected);
}

#[tokio::test]
async fn a_forgotten_chat_leaves_the_address_book() {
    let (_folder, path) = place();
    let store = open(&path, "one").await.unwrap();
    run(store, async |ledger| {
        first(&ledger, 1, "ann").await;
        let resolved = Event::ChatResolved {
            chat: chat("19:ann"),
        };
        let events = vec![resolved, Event::ChatForgotten];
        live(&ledger, "ann", State::Identified, events).await;
    })
    .await;

    let store = open(&path, "two").await.unwrap();
    let bound = run(store, async |ledger| first(&ledger, 1, "ann").await).await;

    let state = State::Identified;
    assert_eq!(
        bound,
        Bound::First {
            state,
            chat: None,
            service_url: None,
        }
    );
}
