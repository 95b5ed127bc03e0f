//! The handle by which everyone speaks to the ledger.

use tokio::sync::{mpsc, oneshot};

use super::writer::Envelope;
use super::{Answer, Bound, Change, NewRow, Request, Standing};
use crate::model::{Evidence, Fact, ObjectId, Outcome, Person, RowNumber, State};

/// The ledger takes nothing any more, because a commit failed.
///
/// What went wrong is what [`Writer::run`](super::Writer::run) returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger has stopped")]
pub struct LedgerStopped;

/// A handle to the ledger of one run; clones speak to the same one.
///
/// # Errors
///
/// Every method returns [`LedgerStopped`] after a commit has failed.
///
/// # Cancel safety
///
/// Dropping a future before it resolves leaves it unknown whether the change
/// was made.
#[derive(Debug, Clone)]
pub struct Ledger {
    inbox: mpsc::Sender<Envelope>,
}

impl Ledger {
    pub(super) fn new(inbox: mpsc::Sender<Envelope>) -> Self {
        Self { inbox }
    }

    /// Takes down the rows of the input and says where each stands, in order.
    ///
    /// A row that is as it was keeps its binding and its own outcome; only
    /// whether it is a duplicate is asked anew in each run.
    pub async fn enrol(&self, rows: Vec<NewRow>) -> Result<Vec<Standing>, LedgerStopped> {
        match self.change(Change::Enrol(rows)).await? {
            Answer::Standings(standings) => Ok(standings),
            Answer::Bound(_) | Answer::Done => Err(LedgerStopped),
        }
    }

    /// Takes note that the audience was read to its end and has `rows` rows.
    ///
    /// Rows beyond, left from an earlier and longer input, are removed; what is
    /// known of their people stays.
    pub async fn close_audience(&self, rows: u64) -> Result<(), LedgerStopped> {
        self.ask(Request::CloseAudience(rows)).await.map(drop)
    }

    /// Keeps the link from which the next run reads who is new in the
    /// directory; without one it reads everybody.
    pub async fn keep_changes(&self, link: Option<String>) -> Result<(), LedgerStopped> {
        self.ask(Request::KeepChanges(link)).await.map(drop)
    }

    /// Binds a row to a person and claims them for it, unless another row of
    /// this run has. It is durable with the next thing that is.
    ///
    /// Binding a row again, even one that is settled, is harmless.
    pub async fn bind(&self, row: RowNumber, person: Person) -> Result<Bound, LedgerStopped> {
        self.start_binding(row, person).await?.bound().await
    }

    /// As [`Self::bind`], but returns once the ledger is sure to bind the row
    /// before any that it is asked to bind later.
    pub async fn start_binding(
        &self,
        row: RowNumber,
        person: Person,
    ) -> Result<Binding, LedgerStopped> {
        let change = Request::Change(Change::Bind { row, person });
        Ok(Binding(self.send(change).await?))
    }

    /// Settles a row that is no person, or none of its own.
    pub async fn settle_row(
        &self,
        row: RowNumber,
        outcome: Outcome,
        evidence: Evidence,
    ) -> Result<(), LedgerStopped> {
        let change = Change::SettleRow {
            row,
            outcome,
            evidence,
        };
        self.change(change).await.map(drop)
    }

    /// Records one event of one person with the state it leads to, and returns
    /// once both are durable. What costs nothing to learn again
    /// ([`Change::is_urgent`]) is only taken in, and durable with the next
    /// thing of this person that is.
    pub async fn record(
        &self,
        person: &ObjectId,
        fact: Fact,
        next: &State,
    ) -> Result<(), LedgerStopped> {
        let change = Change::Record {
            person: person.clone(),
            fact,
            next: next.clone(),
        };
        self.note(change).await
    }

    /// Writes down in which wave a person is sent to.
    pub async fn join_wave(
        &self,
        person: &ObjectId,
        wave: impl Into<String>,
    ) -> Result<(), LedgerStopped> {
        let change = Change::JoinWave {
            person: person.clone(),
            wave: wave.into(),
        };
        self.note(change).await
    }

    /// Returns once all that was asked before is durable.
    pub async fn settle(&self) -> Result<(), LedgerStopped> {
        self.ask(Request::Settle).await.map(drop)
    }

    /// Stamps the end of the run.
    pub async fn finish_run(&self, exit_code: u8) -> Result<(), LedgerStopped> {
        self.ask(Request::FinishRun(exit_code)).await.map(drop)
    }

    /// Makes a change, and waits only for what has to be durable.
    async fn note(&self, change: Change) -> Result<(), LedgerStopped> {
        if change.is_urgent() {
            return self.change(change).await.map(drop);
        }
        let envelope = Envelope {
            request: Request::Change(change),
            reply: None,
        };
        self.inbox.send(envelope).await.map_err(|_| LedgerStopped)
    }

    async fn change(&self, change: Change) -> Result<Answer, LedgerStopped> {
        self.ask(Request::Change(change)).await
    }

    async fn ask(&self, request: Request) -> Result<Answer, LedgerStopped> {
        self.send(request).await?.await.map_err(|_| LedgerStopped)
    }

    /// Takes a place in the order in which requests are committed.
    async fn send(&self, request: Request) -> Result<oneshot::Receiver<Answer>, LedgerStopped> {
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope {
            request,
            reply: Some(reply),
        };
        self.inbox.send(envelope).await.map_err(|_| LedgerStopped)?;
        Ok(answer)
    }
}

/// A row that is about to be bound to a person.
#[derive(Debug)]
#[must_use = "only then is it known whom the row stands for"]
pub struct Binding(oneshot::Receiver<Answer>);

impl Binding {
    /// Waits until it is bound, and says what that came to.
    ///
    /// # Errors
    ///
    /// [`LedgerStopped`] after a commit has failed.
    pub async fn bound(self) -> Result<Bound, LedgerStopped> {
        match self.0.await {
            Ok(Answer::Bound(bound)) => Ok(bound),
            Ok(Answer::Standings(_) | Answer::Done) | Err(_) => Err(LedgerStopped),
        }
    }
}
