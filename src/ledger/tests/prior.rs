//! Looking at what a run would find.

use std::collections::BTreeSet;
use std::fs;

use super::{delivery, first, live, open, place, run};
use crate::ledger::fixture::{chat, id, key, sending};
use crate::ledger::{OpenError, Prior, Whereabouts};
use crate::model::{Event, Outcome, State};

async fn look(
    path: &std::path::Path,
    name: &str,
    message: &str,
) -> Result<Option<Prior>, OpenError> {
    Prior::open(path, &key(name), &sending(message)).await
}

#[tokio::test]
async fn people_of_this_campaign_and_chats_of_any_are_known() {
    let (_folder, path) = place();
    run(open(&path, "one").await.unwrap(), async |ledger| {
        first(&ledger, 1, "ann").await;
        live(&ledger, "ann", State::Identified, delivery("19:ann")).await;
    })
    .await;
    run(open(&path, "two").await.unwrap(), async |ledger| {
        first(&ledger, 1, "bob").await;
        live(&ledger, "bob", State::Identified, vec![Event::FoundMissing]).await;
        first(&ledger, 2, "eve").await;
        let resolved = Event::ChatResolved {
            chat: chat("19:eve"),
        };
        live(&ledger, "eve", State::Identified, vec![resolved]).await;
    })
    .await;

    let prior = look(&path, "two", "message").await.unwrap().unwrap();
    let people = ["ann", "bob", "eve", "joe"].map(id);
    let known = prior.of(&BTreeSet::from(people)).await.unwrap();

    let whereabouts = |state, has_chat| Some(Whereabouts { state, has_chat });
    assert_eq!(known.get(&id("ann")).cloned(), whereabouts(None, true));
    assert_eq!(
        known.get(&id("bob")).cloned(),
        whereabouts(Some(State::Missing), false)
    );
    let addressed = State::Addressed {
        chat: chat("19:eve"),
    };
    assert_eq!(
        known.get(&id("eve")).cloned(),
        whereabouts(Some(addressed), true)
    );
    assert_eq!(known.get(&id("joe")), None);
    let of_one = look(&path, "one", "message").await.unwrap().unwrap();
    let known = of_one.of(&BTreeSet::from([id("ann")])).await.unwrap();
    let delivered = Some(State::Settled(Outcome::Delivered));
    assert_eq!(known[&id("ann")].state, delivered);
}

#[tokio::test]
async fn looking_makes_no_ledger_and_takes_no_lock() {
    let (folder, path) = place();

    assert!(look(&path, "one", "message").await.unwrap().is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    drop(open(&path, "one").await.unwrap());
    let prior = look(&path, "one", "message").await.unwrap();
    drop(open(&path, "one").await.unwrap());

    assert!(prior.is_some());
    assert!(look(&path, "two", "message").await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_run_is_refused_is_refused_here() {
    let (_folder, path) = place();
    run(open(&path, "one").await.unwrap(), async |ledger| {
        first(&ledger, 1, "ann").await;
        live(&ledger, "ann", State::Identified, delivery("19:ann")).await;
    })
    .await;
    let store = open(&path, "one").await.unwrap();
    let in_use = look(&path, "one", "message").await;
    drop(store);

    let changed = look(&path, "one", "another").await;
    fs::rename(&path, path.with_extension("away")).unwrap();
    let lost = look(&path, "one", "message").await;
    fs::write(&path, [0; 0]).unwrap();
    let emptied = look(&path, "one", "message").await;
    fs::write(&path, "no database at all, however long one looks at it").unwrap();
    let damaged = look(&path, "two", "message").await;

    assert!(matches!(in_use, Err(OpenError::InUse { .. })), "{in_use:?}");
    assert!(matches!(changed, Err(OpenError::MessageChanged { .. })));
    assert!(matches!(lost, Err(OpenError::Lost { .. })), "{lost:?}");
    assert!(
        matches!(emptied, Err(OpenError::Lost { .. })),
        "{emptied:?}"
    );
    assert!(
        matches!(damaged, Err(OpenError::Damaged { .. })),
        "{damaged:?}"
    );
}
