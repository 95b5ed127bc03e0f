//! The one owner of a store: group commit.

use std::mem;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::{Answer, CommitError, Extent, Ledger, Request, Store};

/// Requests that may wait for the writer; the next caller waits for room.
const INBOX: usize = 4_096;

/// Requests taken at once: all that can be waiting.
const MAX_BATCH: usize = INBOX;

/// What nobody waits for is durable after that time at the latest. By then most
/// of it has gone along with something urgent about the same person, and was
/// written once instead of several times.
const LINGER: Duration = Duration::from_millis(500);

/// A request and where its answer goes, if anybody wants it.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) request: Request,
    pub(super) reply: Option<oneshot::Sender<Answer>>,
}

/// Owns the store and commits what callers ask for.
#[derive(Debug)]
pub struct Writer<S> {
    inbox: mpsc::Receiver<Envelope>,
    store: S,
    /// When the oldest of what nobody waits for has to be durable.
    due: Option<Instant>,
}

/// A handle for callers and the writer that serves it.
pub fn channel<S: Store>(store: S) -> (Ledger, Writer<S>) {
    let (sender, inbox) = mpsc::channel(INBOX);
    let writer = Writer {
        inbox,
        store,
        due: None,
    };
    (Ledger::new(sender), writer)
}

impl<S: Store> Writer<S> {
    /// Commits what is asked for until every [`Ledger`] handle is dropped or a
    /// commit fails.
    ///
    /// One commit covers every request that was waiting, so throughput grows
    /// with load while each caller still gets its own durable answer.
    ///
    /// # Errors
    ///
    /// The [`CommitError`] of the first commit that failed; every call that was
    /// waiting then, and every later one, gets
    /// [`LedgerStopped`](super::LedgerStopped).
    pub async fn run(mut self) -> Result<(), CommitError> {
        let end = self.serve().await;
        drop(self.inbox);
        self.store.close().await;
        end
    }

    async fn serve(&mut self) -> Result<(), CommitError> {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        loop {
            let asked = self.inbox.recv_many(&mut batch, MAX_BATCH);
            let asked = match self.due {
                Some(due) => timeout_at(due, asked).await,
                None => Ok(asked.await),
            };
            match asked {
                Ok(0) if self.due.is_none() => return Ok(()),
                Ok(0) => return self.commit(Extent::Everything).await,
                Ok(_) => {}
                Err(_elapsed) => {
                    self.commit(Extent::Everything).await?;
                    continue;
                }
            }
            let mut part = Vec::with_capacity(batch.len());
            for envelope in batch.drain(..) {
                // What is no change stands on all that was asked before it.
                let ends_part = !matches!(envelope.request, Request::Change(_));
                part.push(envelope);
                if ends_part {
                    self.take(mem::take(&mut part), Extent::Everything).await?;
                }
            }
            self.take(part, Extent::Urgent).await?;
        }
    }

    /// Applies `part` and answers it, those who need it durable after a commit
    /// of at least that extent.
    async fn take(&mut self, part: Vec<Envelope>, extent: Extent) -> Result<(), CommitError> {
        if part.is_empty() {
            return Ok(());
        }
        let (requests, replies): (Vec<_>, Vec<_>) = part
            .into_iter()
            .map(|envelope| {
                let urgent = envelope.request.is_urgent();
                (envelope.request, (urgent, envelope.reply))
            })
            .unzip();
        let answers = self.store.apply(requests).await?;
        let mut waiting = Vec::new();
        for ((urgent, reply), answer) in replies.into_iter().zip(answers) {
            if urgent {
                waiting.push((reply, answer));
            } else {
                send(reply, answer);
            }
        }
        let due = *self.due.get_or_insert_with(|| Instant::now() + LINGER);
        if extent == Extent::Everything || due <= Instant::now() {
            self.commit(Extent::Everything).await?;
        } else if !waiting.is_empty() {
            self.commit(Extent::Urgent).await?;
        }
        for (reply, answer) in waiting {
            send(reply, answer);
        }
        Ok(())
    }

    async fn commit(&mut self, extent: Extent) -> Result<(), CommitError> {
        if extent == Extent::Everything {
            self.due = None;
        }
        self.store.commit(extent).await
    }
}

fn send(reply: Option<oneshot::Sender<Answer>>, answer: Answer) {
    if let Some(reply) = reply {
        // The caller may have been cancelled; the ledger has it anyway.
        reply.send(answer).ok();
    }
}
