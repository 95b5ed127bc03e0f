//! `summary.json`: the counts of a run.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{ReportError, draft::Draft};
use crate::{
    model::{Account, OutcomeKind},
    remote::BudgetFigures,
};

/// The format of `summary.json`.
const SCHEMA: u32 = 1;

/// What a run came to.
///
/// What is not known, because nothing ran yet, is null in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The campaign's name.
    pub campaign: String,
    /// Rows read and what became of them.
    pub account: Account,
    /// How often a remembered chat turned out to be gone, and was found again.
    pub stale_chats: u64,
    /// How many people were sent to although they were in doubt, and may see
    /// two messages.
    pub sent_again: u64,
    /// Whether the list was read to its end.
    pub list_read: bool,
    /// What each budget spent in this run.
    pub budgets: Vec<BudgetFigures>,
    /// When the run started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What the program tells its caller.
    pub exit_code: u8,
    /// Which message was sent.
    pub message_fingerprint: Option<String>,
    /// To which list it was sent.
    pub audience_fingerprint: Option<String>,
}

impl Summary {
    /// Writes `summary.json` into `dir` and returns where it is.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, ReportError> {
        let mut draft = Draft::create(dir, "summary.json")?;
        if let Err(error) = serde_json::to_writer_pretty(&mut draft, self) {
            return Err(draft.error(error));
        }
        if let Err(source) = draft.write_all(b"\n") {
            return Err(draft.error(source));
        }
        draft.seal()?.publish()
    }

    /// How long the run took, in seconds.
    pub(super) fn seconds(&self) -> Option<f64> {
        let length = self.ended_at?.duration_since(self.started_at?);
        // Wall clocks may be set back while a run is under way.
        Some(length.as_secs_f64().max(0.0))
    }
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tally = &self.account.tally;
        File {
            schema: SCHEMA,
            campaign: &self.campaign,
            rows: self.account.rows,
            outcomes: Ordered(
                OutcomeKind::ALL
                    .map(|kind| (kind.name(), tally.of(kind)))
                    .to_vec(),
            ),
            causes: Ordered(
                tally
                    .causes()
                    .map(|(cause, rows)| (cause.name(), rows))
                    .collect(),
            ),
            stale_chats: self.stale_chats,
            sent_again: self.sent_again,
            list_read: self.list_read,
            budgets: Ordered(self.budgets.iter().map(spent).collect()),
            started_at: self.started_at.map(text),
            ended_at: self.ended_at.map(text),
            seconds: self.seconds(),
            exit_code: self.exit_code,
            message_fingerprint: self.message_fingerprint.as_deref(),
            audience_fingerprint: self.audience_fingerprint.as_deref(),
            teamcast: env!("CARGO_PKG_VERSION"),
        }
        .serialize(serializer)
    }
}

/// The file, name by name.
#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    campaign: &'a str,
    rows: u64,
    outcomes: Ordered<u64>,
    causes: Ordered<u64>,
    stale_chats: u64,
    sent_again: u64,
    list_read: bool,
    budgets: Ordered<Spent>,
    started_at: Option<String>,
    ended_at: Option<String>,
    seconds: Option<f64>,
    exit_code: u8,
    message_fingerprint: Option<&'a str>,
    audience_fingerprint: Option<&'a str>,
    teamcast: &'static str,
}

#[derive(Serialize)]
struct Spent {
    requests: u64,
    throttled: u64,
    peak_per_second: u64,
}

fn spent(figures: &BudgetFigures) -> (&'static str, Spent) {
    let spent = Spent {
        requests: figures.requests,
        throttled: figures.throttled,
        peak_per_second: figures.peak_per_second,
    };
    (figures.name, spent)
}

/// A JSON object that keeps the order of its names.
struct Ordered<T>(Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn text(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
pub(super) mod tests {
    use std::{fs, time::Duration};

    use super::*;
    use crate::model::{Cause, Tally};

    pub(in super::super) fn summary() -> Summary {
        let mut tally = Tally::default();
        tally.add(OutcomeKind::Delivered, None, 900);
        tally.add(OutcomeKind::Skipped, Some(Cause::Guest), 60);
        tally.add(OutcomeKind::Failed, Some(Cause::Throttled), 9);
        tally.add(OutcomeKind::Failed, Some(Cause::BlockedByUser), 1);
        tally.add(OutcomeKind::InDoubt, None, 2);
        tally.add(OutcomeKind::Pending, None, 28);
        Summary {
            campaign: "townhall".to_owned(),
            account: Account { rows: 1000, tally },
            budgets: vec![BudgetFigures {
                name: "connector",
                requests: 912,
                throttled: 3,
                peak_per_second: 50,
                rate: 50.0,
                waiting: 0,
                held: Duration::ZERO,
            }],
            started_at: "2026-11-30T08:00:00Z".parse().ok(),
            ended_at: "2026-11-30T08:01:16.5Z".parse().ok(),
            stale_chats: 3,
            sent_again: 6,
            list_read: true,
            exit_code: 4,
            message_fingerprint: Some("m1".to_owned()),
            audience_fingerprint: None,
        }
    }

    #[test]
    fn the_file_has_exactly_the_names_scripts_rely_on() {
        let dir = tempfile::tempdir().unwrap();

        let path = summary().write(dir.path()).unwrap();

        let expected = r#"{
  "schema": 1,
  "campaign": "townhall",
  "rows": 1000,
  "outcomes": {
    "delivered": 900,
    "skipped": 60,
    "failed": 10,
    "in-doubt": 2,
    "pending": 28
  },
  "causes": {
    "guest": 60,
    "blocked-by-user": 1,
    "throttled": 9
  },
  "stale_chats": 3,
  "sent_again": 6,
  "list_read": true,
  "budgets": {
    "connector": {
      "requests": 912,
      "throttled": 3,
      "peak_per_second": 50
    }
  },
  "started_at": "2026-11-30T08:00:00.000Z",
  "ended_at": "2026-11-30T08:01:16.500Z",
  "seconds": 76.5,
  "exit_code": 4,
  "message_fingerprint": "m1",
  "audience_fingerprint": null,
  "teamcast": "VERSION"
}
"#;
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            expected.replace("VERSION", env!("CARGO_PKG_VERSION"))
        );
    }
}
