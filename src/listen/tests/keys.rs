//! Keys come and go, and are not always to be had.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::listen::{KeyRing, MetadataError};

fn entry(id: &str) -> Value {
    published(TEAMS, id, &json!(["msteams"]))
}

/// A ring of the keys that are published, kept fresh.
async fn ring(publisher: &Arc<Publisher>) -> KeyRing {
    let (keys, tending) = KeyRing::fetch(publisher.source()).await.unwrap();
    tokio::spawn(tending.run(CancellationToken::new()));
    keys
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_once_however_many_ask_for_it() {
    let publisher = Publisher::of(vec![entry("one")]);
    let keys = ring(&publisher).await;

    publisher.publish(Some(vec![entry("one"), entry("two")]));
    let asking = (0..100).map(|_| keys.key("two"));
    let found = futures::future::join_all(asking).await;

    assert!(found.iter().all(Option::is_some));
    assert!(keys.key("two").await.is_some());
    assert_eq!(publisher.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_that_do_not_exist_are_looked_for_once_a_minute() {
    let publisher = Publisher::of(vec![entry("one")]);
    let keys = ring(&publisher).await;

    for second in 0..180 {
        for who in 0..10 {
            assert!(keys.key(&format!("{second}/{who}")).await.is_none());
        }
        sleep(Duration::from_secs(1)).await;
    }

    assert_eq!(publisher.asked(), 1 + 3);
}

#[tokio::test(start_paused = true)]
async fn known_keys_go_on_while_nobody_publishes_any() {
    let publisher = Publisher::of(vec![entry("one")]);
    let keys = ring(&publisher).await;

    publisher.publish(None);
    sleep(Duration::from_hours(48)).await;

    assert!(keys.key("one").await.is_some());
    assert!(keys.key("two").await.is_none());
    publisher.publish(Some(vec![entry("one"), entry("two")]));
    sleep(Duration::from_mins(5)).await;
    assert!(keys.key("two").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_retired_key_is_refused_within_a_day() {
    let publisher = Publisher::of(vec![entry("one")]);
    let keys = ring(&publisher).await;

    publisher.publish(Some(vec![entry("two")]));
    assert!(keys.key("one").await.is_some());
    sleep(Duration::from_hours(24)).await;

    assert!(keys.key("one").await.is_none());
    assert!(keys.key("two").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_does_not_end_the_search() {
    let publisher = Publisher::of(vec![entry("one")]);
    let keys = ring(&publisher).await;
    publisher.publish(Some(vec![entry("two")]));

    let impatient = tokio::time::timeout(Duration::ZERO, keys.key("two")).await;
    sleep(Duration::from_secs(1)).await;

    assert!(impatient.is_err());
    assert!(keys.key("two").await.is_some());
    assert_eq!(publisher.asked(), 2);
}

#[tokio::test]
async fn entries_that_are_no_rsa_key_are_left_out_and_none_at_all_is_an_error() {
    let mut curve = entry("curve");
    curve["kty"] = "EC".into();
    let mut nameless = entry("nameless");
    nameless["kid"] = Value::Null;
    let odd = vec![curve, nameless, json!(7), json!({})];

    let refused = Publisher::of(odd.clone()).source().keys().await;
    let keys = Publisher::of([odd, vec![entry("one")]].concat());
    let keys = keys.source().keys().await.unwrap();

    assert!(matches!(refused, Err(MetadataError::Unreadable { .. })));
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["one"]);
}
