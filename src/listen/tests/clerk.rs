//! How notices are written down.

use tempfile::TempDir;

use super::*;
use crate::{
    ledger::{AddressBook, Notice, Presence, ReadError},
    listen::{Clerk, Noted},
    model::{ChatId, ObjectId},
};

async fn book(dir: &TempDir) -> AddressBook {
    let path = dir.path().join("teamcast.db");
    AddressBook::open(&path, "tenant", "bot").await.unwrap()
}

fn here(second: u8, chat: &str) -> Notice {
    notice(
        second,
        Presence::Here {
            chat: ChatId::new(chat).unwrap(),
            member: None,
            service_url: None,
        },
    )
}

fn notice(second: u8, presence: Presence) -> Notice {
    Notice {
        person: ObjectId::new("ann").unwrap(),
        at: format!("2027-01-15T08:00:{second:02}.000Z"),
        presence,
    }
}

/// The chats in the book once these were taken in, one after the other or all
/// at once.
async fn after<const N: usize>(notices: [Notice; N], together: bool) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let (clerk, clerking) = Clerk::new(book(&dir).await, now);
    let writing = async {
        if together {
            let all = notices.into_iter().map(|notice| clerk.note(notice));
            futures::future::join_all(all).await;
        } else {
            for notice in notices {
                assert_eq!(clerk.note(notice).await, Noted::Durable);
            }
        }
        drop(clerk);
    };
    let ((), written) = tokio::join!(writing, clerking.run());
    written.unwrap();
    let mut chats = Vec::new();
    let take = |address: crate::ledger::KnownAddress| {
        chats.push(address.chat.to_string());
        Ok::<_, ReadError>(())
    };
    book(&dir).await.export(take).await.unwrap();
    chats
}

#[tokio::test]
async fn what_was_so_last_counts_in_whatever_order_it_comes() {
    let gone = |second| notice(second, Presence::Gone);
    for together in [false, true] {
        let chats = after([here(2, "a:new"), here(1, "a:old")], together).await;
        assert_eq!(chats, ["a:new"]);
        let chats = after([gone(2), here(1, "a:late")], together).await;
        assert_eq!(chats, [""; 0]);
        let chats = after([here(3, "a:back"), gone(2), here(1, "a:late")], together).await;
        assert_eq!(chats, ["a:back"]);
        let chats = after([gone(2), here(1, "a:late"), here(3, "a:back")], together).await;
        assert_eq!(chats, ["a:back"]);
        let chats = after([here(1, "a:first"), gone(2)], together).await;
        assert_eq!(chats, [""; 0]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_taken_in_after_a_commit_that_failed() {
    let dir = tempfile::tempdir().unwrap();
    let (clerk, clerking) = Clerk::new(book(&dir).await, now);
    let path = dir.path().join("teamcast.db");
    std::fs::rename(&path, path.with_extension("old")).unwrap();

    let (first, written) = tokio::join!(clerk.note(here(1, "a:ann")), clerking.run());
    let second = clerk.note(here(2, "a:ann")).await;

    assert_eq!((first, second), (Noted::Unready, Noted::Unready));
    assert!(written.is_err());
}
