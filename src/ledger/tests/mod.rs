//! What the ledger promises, through its handle.

mod addresses;
mod commits;
mod notices;
mod prior;
mod reader;
mod rows;
mod sqlite;

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use super::fixture::{chat, id, key, now, person, row, sending};
use super::{
    Bound, CommitError, Ledger, OpenError, ReadError, Reader, ReportRow, SqliteStore, Store,
    channel, open_sqlite,
};
use crate::model::{Event, Fact, RowNumber, State};

/// One run: `body` speaks to the ledger while the writer serves it.
async fn run<S: Store, T>(store: S, body: impl AsyncFnOnce(Ledger) -> T) -> T {
    let (ledger, writer) = channel(store);
    let (result, end) = tokio::join!(body(ledger), writer.run());
    end.unwrap();
    result
}

/// One run that ends with a failed commit.
async fn fail<S: Store, T>(store: S, body: impl AsyncFnOnce(Ledger) -> T) -> (T, CommitError) {
    let (ledger, writer) = channel(store);
    let (result, end) = tokio::join!(body(ledger), writer.run());
    (result, end.unwrap_err())
}

/// Takes a person through `events`, recording each.
async fn live(ledger: &Ledger, name: &str, mut state: State, events: Vec<Event>) -> State {
    for event in events {
        state = state.apply(&event).unwrap();
        let fact = Fact::from(event);
        ledger.record(&id(name), fact, &state).await.unwrap();
    }
    state
}

async fn first(ledger: &Ledger, number: u64, name: &str) -> Bound {
    ledger.enrol(vec![row(number, name)]).await.unwrap();
    ledger.bind(RowNumber(number), person(name)).await.unwrap()
}

fn delivery(to: &str) -> Vec<Event> {
    vec![
        Event::ChatResolved { chat: chat(to) },
        Event::SendStarted { content: None },
        Event::Delivered { activity: None },
    ]
}

async fn open(path: &Path, name: &str) -> Result<SqliteStore, OpenError> {
    open_sqlite(path, &key(name), &sending("message"), now).await
}

async fn report(path: &Path, name: &str) -> Vec<ReportRow> {
    let mut rows = Vec::new();
    let reader = Reader::open(path, name).await.unwrap();
    let take = |row| {
        rows.push(row);
        Ok::<_, ReadError>(())
    };
    reader.each_row(take).await.unwrap();
    rows
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("teamcast.db");
    (folder, path)
}

async fn raw(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}
