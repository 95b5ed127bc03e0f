//! Both stores give the same answers to any script of requests.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::Config;
use proptest::{prop_oneof, proptest};

use super::fixture::{chat, key, now, person, row, sending};
use super::{
    Change, Extent, MemoryStore, NewRow, ReadError, Reader, Request, SqliteStore, Store,
    open_sqlite,
};
use crate::model::{
    ActivityId, Cause, ContentPrint, Event, Evidence, Fact, InstallationId, Outcome, RowNumber,
    State,
};

const PEOPLE: [&str; 4] = ["ann", "bob", "cem", "dee"];

#[derive(Debug, Clone)]
enum Step {
    Ask(Ask),
    Commit(Extent),
    /// Ends the run and begins one of that campaign.
    Reopen(bool),
}

#[derive(Debug, Clone)]
enum Ask {
    Enrol(Vec<NewRow>),
    Bind(u64, usize),
    Settle(u64, Cause),
    Record(usize, Event, Evidence),
    Wave(usize),
    Close(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => asks().prop_map(Step::Ask),
        3 => Just(Step::Commit(Extent::Urgent)),
        1 => Just(Step::Commit(Extent::Everything)),
        1 => any::<bool>().prop_map(Step::Reopen),
    ];
    vec(step, 1..80)
}

fn asks() -> impl Strategy<Value = Ask> {
    let number = || 1_u64..6;
    let who = || 0..PEOPLE.len();
    let cause = prop_oneof![Just(Cause::UnknownUser), Just(Cause::Duplicate)];
    prop_oneof![
        4 => vec(rows(), 1..4).prop_map(Ask::Enrol),
        6 => (number(), who()).prop_map(|(row, who)| Ask::Bind(row, who)),
        1 => (number(), cause).prop_map(|(row, cause)| Ask::Settle(row, cause)),
        9 => (who(), events(), evidence()).prop_map(|(who, what, why)| Ask::Record(who, what, why)),
        1 => who().prop_map(Ask::Wave),
        1 => (0_u64..6).prop_map(Ask::Close),
    ]
}

fn rows() -> impl Strategy<Value = NewRow> {
    let malformed = prop_oneof![5 => Just(None), 1 => Just(Some("torn".to_owned()))];
    let user = prop_oneof![3 => Just("same"), 1 => Just("changed")];
    (1_u64..6, user, malformed).prop_map(|(number, user, malformed)| NewRow {
        malformed,
        ..row(number, user)
    })
}

fn events() -> impl Strategy<Value = Event> {
    let installation = InstallationId::new("i").ok();
    prop_oneof![
        Just(Event::FoundMissing),
        Just(Event::FoundInstalled { installation }),
        Just(Event::FoundInstalled { installation: None }),
        Just(Event::AppInstalled),
        Just(Event::AlreadyInstalled),
        any::<bool>().prop_map(|one| Event::ChatResolved {
            chat: chat(if one { "19:one" } else { "19:two" }),
        }),
        Just(Event::ChatForgotten),
        any::<bool>().prop_map(|one| Event::SendStarted {
            content: one.then(|| ContentPrint::new("c").ok()).flatten(),
        }),
        Just(Event::SendAbandoned),
        Just(Event::Delivered {
            activity: ActivityId::new("m").ok(),
        }),
        Just(Event::LeftInDoubt),
        Just(Event::FoundDelivered {
            activity: ActivityId::new("m").ok(),
            at: "2026-11-30T08:00:00.000Z".to_owned(),
        }),
        Just(Event::FoundAbsent),
        Just(Event::DoubtRemained),
        Just(Event::Skipped {
            cause: Cause::Guest,
        }),
        Just(Event::Failed {
            cause: Cause::Throttled,
        }),
        Just(Event::Rearmed),
    ]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let status = prop_oneof![Just(None), Just(Some(404)), Just(Some(201))];
    (status, 0_u32..4, any::<bool>()).prop_map(|(http_status, attempts, words)| Evidence {
        http_status,
        attempts,
        code: words.then(|| "code \"quoted\"".to_owned()),
        detail: words.then(|| "détail\n".to_owned()),
        ..Evidence::default()
    })
}

/// What the script has done so far, so that it never asks what makes no sense.
#[derive(Debug, Default)]
struct Known {
    rows: BTreeSet<u64>,
    people: BTreeMap<usize, State>,
}

impl Known {
    fn request(&mut self, ask: Ask) -> Option<Request> {
        let change = match ask {
            Ask::Enrol(rows) => {
                self.rows.extend(rows.iter().map(|row| row.number.0));
                Change::Enrol(rows)
            }
            Ask::Bind(row, who) => {
                self.rows.contains(&row).then_some(())?;
                self.people.entry(who).or_insert(State::Identified);
                Change::Bind {
                    row: RowNumber(row),
                    person: person(PEOPLE[who]),
                }
            }
            Ask::Settle(row, cause) => {
                self.rows.contains(&row).then_some(())?;
                Change::SettleRow {
                    row: RowNumber(row),
                    outcome: Outcome::Failed(cause),
                    evidence: Evidence::detail("so it is"),
                }
            }
            Ask::Record(who, event, evidence) => {
                let state = self.people.get_mut(&who)?;
                *state = state.clone().apply(&event).ok()?;
                Change::Record {
                    person: person(PEOPLE[who]).object_id,
                    fact: Fact { event, evidence },
                    next: state.clone(),
                }
            }
            Ask::Wave(who) => {
                self.people.get(&who)?;
                Change::JoinWave {
                    person: person(PEOPLE[who]).object_id,
                    wave: "1".to_owned(),
                }
            }
            Ask::Close(rows) => {
                self.rows.retain(|row| *row <= rows);
                return Some(Request::CloseAudience(rows));
            }
        };
        Some(Request::Change(change))
    }
}

async fn open(path: &std::path::Path, name: &str) -> SqliteStore {
    let store = open_sqlite(path, &key(name), &sending("message"), now).await;
    store.unwrap()
}

/// Applies `batch` to both stores and commits it; they answer alike.
async fn both(
    memory: &mut MemoryStore,
    sqlite: &mut SqliteStore,
    batch: &mut Vec<Request>,
    extent: Extent,
) {
    let batch = std::mem::take(batch);
    let expected = memory.apply(batch.clone()).await.unwrap();
    assert_eq!(sqlite.apply(batch).await.unwrap(), expected);
    memory.commit(extent).await.unwrap();
    sqlite.commit(extent).await.unwrap();
}

async fn play(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("teamcast.db");
    let mut name = "one";
    let mut known: BTreeMap<&str, Known> = BTreeMap::new();
    let mut sqlite = open(&path, name).await;
    let mut memory = MemoryStore::new(key(name), now);
    let mut batch = Vec::new();

    let end = Step::Commit(Extent::Everything);
    for step in steps.into_iter().chain([end]) {
        match step {
            Step::Ask(ask) => {
                let request = known.entry(name).or_default().request(ask);
                let ends_batch = !matches!(request, None | Some(Request::Change(_)));
                batch.extend(request);
                if ends_batch {
                    both(&mut memory, &mut sqlite, &mut batch, Extent::Everything).await;
                }
            }
            Step::Commit(extent) => both(&mut memory, &mut sqlite, &mut batch, extent).await,
            Step::Reopen(other) => {
                both(&mut memory, &mut sqlite, &mut batch, Extent::Everything).await;
                sqlite.close().await;
                name = if other { "two" } else { "one" };
                sqlite = open(&path, name).await;
                memory = memory.open_campaign(key(name));
            }
        }
    }

    let reader = Reader::open(&path, name).await.unwrap();
    let mut rows = Vec::new();
    let take = |row| {
        rows.push(row);
        Ok::<_, ReadError>(())
    };
    reader.each_row(take).await.unwrap();
    assert_eq!(rows, memory.rows());
    assert_eq!(reader.account().await.unwrap(), memory.account());
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn sqlite_and_memory_give_the_same_answers_to_any_script(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(play(steps));
    }
}
