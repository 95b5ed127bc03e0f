//! The whole run as one stream.

use std::{future, pin::pin, sync::Arc};

use futures::{SinkExt, Stream, StreamExt, channel::mpsc, stream};
use tokio::sync::{Semaphore, oneshot};

use crate::{
    ledger::{NewRow, Standing},
    model::{Account, Row, RowContent, Tally},
};

use super::{
    Cx, Halt,
    lookup::together,
    route::Routes,
    row::{Enrolled, Turn, deliver},
};

/// Rows enrolled with one commit.
const ENROL_TOGETHER: usize = 500;
/// Recipients under way at once. A few hundred keep every budget busy; the
/// rest is room for those who wait for a slow budget, so that whoever stands
/// behind them in the list does not. Each costs a few kilobytes, so that all
/// of them stay below 100 MiB.
const UNDER_WAY: usize = 10_000;
/// Rows among them of which it is not known yet who they are and whether they
/// get the message. All that a row holds is in memory then, several times while
/// it is written down; the directory and the ledger are no faster with more.
const COMING_IN: usize = 2_500;

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// What became of the rows that were read.
    pub account: Account,
    /// Whether the audience was read to its end.
    pub complete: bool,
    /// Why it stopped before the end, if it did.
    pub halted: Option<Halt>,
}

/// Takes every row of `rows` to its outcome, or as far as the run gets.
///
/// After a halt nothing is started, and what is under way is finished and
/// recorded; the remaining rows are enrolled as pending where that needs no
/// network, so that the account names them.
pub async fn run(cx: Cx<'_>, rows: impl Stream<Item = Result<Row, Halt>>) -> Run {
    let mut before = None;
    let start = Run {
        account: Account {
            rows: 0,
            tally: Tally::default(),
        },
        complete: true,
        halted: None,
    };
    let routes = Routes::default();
    let places = Arc::new(Semaphore::new(COMING_IN));
    let (feeder, fed) = mpsc::channel(ENROL_TOGETHER);
    let work = fed
        .ready_chunks(ENROL_TOGETHER)
        .then(|chunk| enrol(cx, chunk))
        .flat_map(stream::iter)
        .then(|enrolled| {
            let places = Arc::clone(&places);
            async move { (enrolled, places.acquire_owned().await.ok()) }
        })
        .map(|(enrolled, place)| {
            let (after, next) = oneshot::channel();
            let turn = Turn {
                before: before.replace(next),
                after,
            };
            let routes = &routes;
            async move {
                match enrolled {
                    Ok(enrolled) => (true, deliver(cx, routes, enrolled, turn, place).await),
                    Err(halt) => (false, Err(halt)),
                }
            }
        })
        .buffer_unordered(UNDER_WAY)
        // Stays synchronous: while this closure runs, no buffered future is
        // polled, so an await here would stall every recipient under way.
        .fold(start, |mut run, (listed, end)| {
            run.account.rows += u64::from(listed);
            match end {
                Ok(outcome) => run.account.tally.count(outcome),
                Err(halt) => {
                    if listed {
                        run.account.tally.count_pending();
                    } else {
                        run.complete = false;
                    }
                    cx.stop.cancel();
                    keep_the_worse(&mut run.halted, halt);
                }
            }
            future::ready(run)
        });
    // Beside the work, so that a page on its way is read even while the work
    // takes no more rows: a request nobody polls would time out, and keep its
    // place in the queue of its budget from everyone else.
    let ((), run) = futures::join!(feed(cx, rows, feeder), work);
    run
}

/// Reads `rows` to their end, as fast as they are taken.
async fn feed(
    cx: Cx<'_>,
    rows: impl Stream<Item = Result<Row, Halt>>,
    mut feeder: mpsc::Sender<Result<Row, Halt>>,
) {
    let mut rows = pin!(rows);
    while let Some(row) = rows.next().await {
        // Here, since the end of the list is told here.
        cx.observer.listed(u64::from(row.is_ok()));
        if feeder.send(row).await.is_err() {
            return;
        }
    }
    cx.observer.all_listed();
}

/// Stopping is what every other recipient reports after a halt; the halt is
/// what the operator needs to see.
fn keep_the_worse(kept: &mut Option<Halt>, halt: Halt) {
    if matches!(kept, None | Some(Halt::Stopped)) {
        *kept = Some(halt);
    }
}

async fn enrol(cx: Cx<'_>, chunk: Vec<Result<Row, Halt>>) -> Vec<Result<Box<Enrolled<'_>>, Halt>> {
    let mut rows = Vec::with_capacity(chunk.len());
    let mut broken = None;
    for row in chunk {
        match row {
            Ok(row) => rows.push(row),
            Err(halt) => broken = Some(halt),
        }
    }
    let new_rows = rows.iter().map(new_row).collect();
    let mut enrolled = match cx.ledger.enrol(new_rows).await {
        Ok(standings) => {
            let rows: Vec<(Row, Standing)> = rows.into_iter().zip(standings).collect();
            let asks = together(cx, &rows);
            let enrolled = rows.into_iter().zip(asks);
            enrolled
                .map(|((row, standing), ask)| Ok(Box::new(Enrolled { row, standing, ask })))
                .collect()
        }
        Err(stopped) => vec![Err(Halt::from(stopped))],
    };
    enrolled.extend(broken.map(Err));
    enrolled
}

fn new_row(row: &Row) -> NewRow {
    let (user, malformed) = match &row.content {
        RowContent::Listed(listed) => (listed.key.as_str().to_owned(), None),
        RowContent::Malformed { user, reason } => (user.clone(), Some(reason.clone())),
    };
    NewRow {
        number: row.number,
        label: row.label.clone(),
        user,
        malformed,
    }
}
