//! What Teams tells of people, in the address book and before a run.

use std::path::Path;

use jiff::Timestamp;

use super::{first, live, open, place, run};
use crate::ledger::fixture::{chat, id, key, sending};
use crate::ledger::{
    AddressBook, AddressWatch, Bound, CommitError, Heard, KnownAddress, Notice, OpenError,
    Presence, ReadError, open_sqlite,
};
use crate::model::{Event, MemberId, State};

/// A time on the first day, which is when campaigns of tests run.
fn at(second: u8) -> String {
    format!("1970-01-01T00:00:{second:02}.000Z")
}

fn here(name: &str, second: u8, to: &str) -> Notice {
    Notice {
        person: id(name),
        at: at(second),
        presence: Presence::Here {
            chat: chat(to),
            member: MemberId::new(format!("29:{name}")).ok(),
            service_url: Some("https://smba.example/emea/".to_owned()),
        },
    }
}

fn gone(name: &str, second: u8) -> Notice {
    Notice {
        person: id(name),
        at: at(second),
        presence: Presence::Gone,
    }
}

fn heard(name: &str, to: &str) -> Heard {
    Heard {
        person: id(name),
        chat: chat(to),
        service_url: Some("https://smba.example/emea/".to_owned()),
    }
}

async fn book(path: &Path) -> AddressBook {
    AddressBook::open(path, "tenant", "bot").await.unwrap()
}

/// The book after each of `notices` was taken in by itself.
async fn after<const N: usize>(path: &Path, notices: [Notice; N]) -> Vec<KnownAddress> {
    let mut book = book(path).await;
    for notice in notices {
        book.note(&[notice], &at(59)).await.unwrap();
    }
    let mut known = Vec::new();
    let take = |address| {
        known.push(address);
        Ok::<_, ReadError>(())
    };
    book.export(take).await.unwrap();
    known
}

fn chats(known: &[KnownAddress]) -> Vec<&str> {
    known.iter().map(|address| address.chat.as_str()).collect()
}

#[tokio::test]
async fn a_notice_brings_chat_id_and_service_url_and_another_takes_them_away() {
    let (_folder, path) = place();

    let known = after(&path, [here("ann", 1, "a:ann")]).await;
    let then = after(&path, [gone("ann", 2)]).await;

    let expected = KnownAddress {
        person: id("ann"),
        chat: chat("a:ann"),
        member: MemberId::new("29:ann").ok(),
        service_url: Some("https://smba.example/emea/".to_owned()),
        learnt_from: "notification".to_owned(),
        learnt_at: at(1),
    };
    assert_eq!(known, [expected]);
    assert_eq!(then, []);
}

#[tokio::test]
async fn what_is_known_later_stays_whatever_comes_late() {
    let (_folder, path) = place();

    let known = after(&path, [here("ann", 5, "a:new"), here("ann", 4, "a:old")]).await;
    let then = after(&path, [gone("ann", 4)]).await;

    assert_eq!(chats(&known), ["a:new"]);
    assert_eq!(chats(&then), ["a:new"]);
}

#[tokio::test]
async fn what_a_campaign_found_meanwhile_stays_and_gets_what_it_lacks() {
    let (_folder, path) = place();
    let later = || Timestamp::from_second(10).unwrap();
    let store = open_sqlite(&path, &key("one"), &sending("message"), later).await;
    run(store.unwrap(), async |ledger| {
        first(&ledger, 1, "ann").await;
        let resolved = Event::ChatResolved {
            chat: chat("19:ann"),
        };
        live(&ledger, "ann", State::Identified, vec![resolved]).await;
    })
    .await;

    let known = after(&path, [here("ann", 9, "a:ann")]).await;

    assert_eq!(chats(&known), ["19:ann"]);
    assert_eq!(known[0].learnt_from, "one");
    assert_eq!(known[0].member, MemberId::new("29:ann").ok());
    assert!(known[0].service_url.is_some());
}

#[tokio::test]
async fn a_row_that_is_bound_later_has_the_chat_while_the_run_goes_on() {
    let (_folder, path) = place();

    let bound = run(open(&path, "one").await.unwrap(), async |ledger| {
        let before = first(&ledger, 1, "ann").await;
        let mut book = book(&path).await;
        let notices = [here("ann", 1, "a:ann"), here("bob", 1, "a:bob")];
        book.note(&notices, &at(59)).await.unwrap();
        (before, first(&ledger, 2, "bob").await)
    })
    .await;

    let state = State::Identified;
    let of = |chat, service_url| Bound::First {
        state: state.clone(),
        chat,
        service_url,
    };
    let url = "https://smba.example/emea/".to_owned();
    let expected = (of(None, None), of(Some(chat("a:bob")), Some(url)));
    assert_eq!(bound, expected);
}

#[tokio::test]
async fn a_run_that_finds_its_chat_stale_leaves_a_newer_one_in_the_book() {
    let (_folder, path) = place();
    after(&path, [here("ann", 1, "a:old")]).await;

    run(open(&path, "one").await.unwrap(), async |ledger| {
        first(&ledger, 1, "ann").await;
        let resolved = Event::ChatResolved {
            chat: chat("a:old"),
        };
        let state = live(&ledger, "ann", State::Identified, vec![resolved]).await;
        after(&path, [here("ann", 2, "a:new")]).await;
        live(&ledger, "ann", state, vec![Event::ChatForgotten]).await;
    })
    .await;

    assert_eq!(chats(&after(&path, []).await), ["a:new"]);
}

#[tokio::test]
async fn a_watch_sees_each_notice_once_and_nothing_from_before() {
    let (_folder, path) = place();
    after(&path, [here("ann", 1, "a:ann")]).await;
    let mut watch = AddressWatch::open(&path, "tenant", "bot").await.unwrap();

    let before = watch.news().await.unwrap();
    after(&path, [here("bob", 2, "a:bob"), here("ann", 3, "a:new")]).await;
    let news = watch.news().await.unwrap();
    after(&path, [here("ann", 2, "a:late"), gone("bob", 4)]).await;
    let then = watch.news().await.unwrap();

    assert_eq!(before, []);
    assert_eq!(news, [heard("bob", "a:bob"), heard("ann", "a:new")]);
    assert_eq!(then, []);
}

#[tokio::test]
async fn a_watch_goes_on_after_the_newest_line_was_taken_away() {
    let (_folder, path) = place();
    after(&path, [here("ann", 1, "a:ann"), here("bob", 1, "a:bob")]).await;
    let mut watch = AddressWatch::open(&path, "tenant", "bot").await.unwrap();

    after(&path, [gone("bob", 2)]).await;
    watch.news().await.unwrap();
    after(&path, [here("cem", 3, "a:cem")]).await;

    assert_eq!(watch.news().await.unwrap(), [heard("cem", "a:cem")]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_book_that_is_replaced_takes_nothing_more() {
    let (_folder, path) = place();
    let mut book = book(&path).await;

    std::fs::rename(&path, path.with_extension("old")).unwrap();
    let refused = book.note(&[here("ann", 1, "a:ann")], &at(59)).await;

    assert!(matches!(refused, Err(CommitError::Replaced)), "{refused:?}");
}

#[tokio::test]
async fn a_book_is_not_begun_where_a_rescued_ledger_waits() {
    let (folder, path) = place();
    std::fs::write(folder.path().join("teamcast.db.rescued"), "").unwrap();

    let refused = AddressBook::open(&path, "tenant", "bot").await;

    assert!(matches!(refused, Err(OpenError::OnlyRescued { .. })));
    assert!(!path.exists());
}
