//! The one owner of a store: group commit.

use tokio::sync::{mpsc, oneshot};

use super::{Answer, CommitError, Ledger, Request, Store};

/// Requests that may wait for the writer; the next caller waits for room.
const INBOX: usize = 4_096;

/// Requests in one commit: all that can be waiting.
const MAX_BATCH: usize = INBOX;

/// A request and where its answer goes.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) request: Request,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// Owns the store and commits what callers ask for.
#[derive(Debug)]
pub struct Writer<S> {
    inbox: mpsc::Receiver<Envelope>,
    store: S,
}

/// A handle for callers and the writer that serves it.
pub fn channel<S: Store>(store: S) -> (Ledger, Writer<S>) {
    let (sender, inbox) = mpsc::channel(INBOX);
    (Ledger::new(sender), Writer { inbox, store })
}

impl<S: Store> Writer<S> {
    /// Commits batches until every [`Ledger`] handle is dropped or a commit
    /// fails.
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
        while self.inbox.recv_many(&mut batch, MAX_BATCH).await > 0 {
            let (requests, replies): (Vec<_>, Vec<_>) = batch
                .drain(..)
                .map(|envelope| (envelope.request, envelope.reply))
                .unzip();
            let answers = self.store.commit(requests).await?;
            for (reply, answer) in replies.into_iter().zip(answers) {
                // The caller may have been cancelled; it is durable anyway.
                reply.send(answer).ok();
            }
        }
        Ok(())
    }
}
