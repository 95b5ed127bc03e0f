//! The address book, which all campaigns of a ledger share.

use std::path::Path;

use jiff::Timestamp;

use super::{first, live, open, place, raw, run};
use crate::ledger::fixture::{chat, key, sending};
use crate::ledger::{Ledger, open_sqlite};
use crate::model::{Event, State};

/// When the second campaign runs; the first ran at the beginning of time.
fn later() -> Timestamp {
    Timestamp::from_second(86_400).unwrap()
}

fn resolved(to: &str) -> Event {
    Event::ChatResolved { chat: chat(to) }
}

/// A first campaign finds the app and the chat of one person; a second does `more`.
async fn after(path: &Path, more: impl AsyncFnOnce(Ledger)) {
    run(open(path, "one").await.unwrap(), async |ledger| {
        first(&ledger, 1, "ann").await;
        let found = Event::FoundInstalled { installation: None };
        live(
            &ledger,
            "ann",
            State::Identified,
            vec![found, resolved("19:ann")],
        )
        .await;
    })
    .await;
    let second = open_sqlite(path, &key("two"), &sending("message"), later).await;
    run(second.unwrap(), async |ledger| {
        first(&ledger, 1, "ann").await;
        more(ledger).await;
    })
    .await;
}

/// Chat, installation, where and when it was learnt, and when it was used.
type Line = (String, Option<String>, String, String, String);

async fn lines(path: &Path) -> Vec<Line> {
    let lines = "select chat_id, installed, learnt_from, learnt_at, used_at from address";
    let mut ledger = raw(path).await;
    sqlx::query_as(lines).fetch_all(&mut ledger).await.unwrap()
}

fn line(text: [&str; 5]) -> Line {
    let [chat, installed, from, at, used] = text.map(ToOwned::to_owned);
    let installed = Some(installed).filter(|word| !word.is_empty());
    (chat, installed, from, at, used)
}

const FIRST_DAY: &str = "1970-01-01T00:00:00.000Z";
const SECOND_DAY: &str = "1970-01-02T00:00:00.000Z";

#[tokio::test]
async fn what_a_later_campaign_relies_on_keeps_its_origin_and_is_used_again() {
    let (_folder, path) = place();

    after(&path, async |ledger| {
        live(&ledger, "ann", State::Identified, vec![resolved("19:ann")]).await;
    })
    .await;

    let expected = line(["19:ann", "present", "one", FIRST_DAY, SECOND_DAY]);
    assert_eq!(lines(&path).await, [expected]);
}

#[tokio::test]
async fn a_new_chat_is_learnt_from_the_campaign_that_found_it() {
    let (_folder, path) = place();

    after(&path, async |ledger| {
        let events = vec![
            resolved("19:ann"),
            Event::ChatForgotten,
            Event::FoundMissing,
        ];
        live(&ledger, "ann", State::Identified, events).await;
        let there = vec![Event::AlreadyInstalled, resolved("19:new")];
        live(&ledger, "ann", State::Missing, there).await;
    })
    .await;

    let expected = line(["19:new", "present", "two", SECOND_DAY, SECOND_DAY]);
    assert_eq!(lines(&path).await, [expected]);
}

#[tokio::test]
async fn a_campaign_that_does_not_write_to_somebody_leaves_the_line_as_it_is() {
    let (_folder, path) = place();

    after(&path, async |_| {}).await;

    let expected = line(["19:ann", "present", "one", FIRST_DAY, FIRST_DAY]);
    assert_eq!(lines(&path).await, [expected]);
}
