//! One campaign, any number of kills.

use std::{collections::BTreeMap, fmt, fs, process::Stdio, time::Duration};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use teamcast::simulator::Hardship;
use tokio::time::Instant;

use crate::tenant::Tenant;

/// Kills that may find the program ended by itself, in hundredths.
const MOST_TOO_LATE: usize = 20;

/// On a bad day those who are sent to at last may be in doubt again.
const MOST_RECONCILIATIONS: usize = 5;

/// A campaign to be killed over and over.
pub(crate) struct Torture {
    pub(crate) people: usize,
    /// The documented quotas times this: how long the campaign takes.
    pub(crate) quota_scale: f64,
    pub(crate) kills: usize,
    /// A run lives no longer than this.
    pub(crate) latest: Duration,
    pub(crate) hardships: Vec<Hardship>,
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Kills that found the program alive.
    pub(crate) kills: usize,
    /// Starts after which somebody was written to before the kill.
    pub(crate) kills_while_sending: usize,
    /// Messages before people in doubt were asked after.
    pub(crate) messages: usize,
    /// People in doubt by then: with the message and without.
    pub(crate) doubted: (usize, usize),
    /// Those of them whom a kill found between intent and answer.
    pub(crate) mid_send: usize,
    pub(crate) took: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, unsent) = self.doubted;
        write!(
            f,
            "{} kills, {} of them after somebody was written to; {} messages; in doubt {} \
             ({sent} have the message, {unsent} have not), {} of them found mid-send; {:.1} s",
            self.kills,
            self.kills_while_sending,
            self.messages,
            sent + unsent,
            self.mid_send,
            self.took.as_secs_f64()
        )
    }
}

impl Torture {
    /// Kills as often as asked, runs to the end, and holds the chats against
    /// the ledger; then asks after those in doubt, until everybody has one.
    pub(crate) fn inflict(&self) -> Figures {
        let began = Instant::now();
        let tenant = Tenant::start(self.people, self.quota_scale);
        for hardship in &self.hardships {
            tenant.suffer(hardship);
        }
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut kills = 0;
        let mut kills_while_sending = 0;
        let mut before = 0;
        for _ in 0..self.kills {
            kills += usize::from(kill_a_run(&tenant, self.moment(&mut random)));
            let messages = nobody_has_two(&tenant.messages());
            kills_while_sending += usize::from(before < messages);
            before = messages;
        }
        assert!(
            self.kills * (100 - MOST_TOO_LATE) <= kills * 100,
            "only {kills} of {} kills found the program alive",
            self.kills
        );

        let ended = tenant.run().status().unwrap();
        assert!(matches!(ended.code(), Some(0 | 4)), "{ended}");
        let figures = self.account(&tenant);
        reconcile(&tenant);
        let end = self.account(&tenant);
        assert_eq!((end.messages, end.doubted), (self.people, (0, 0)));

        Figures {
            kills,
            kills_while_sending,
            took: began.elapsed(),
            ..figures
        }
    }

    /// Some kills come while the program starts, most while it sends.
    fn moment(&self, random: &mut StdRng) -> Duration {
        let starting = self.latest / 6;
        if random.random_ratio(1, 6) {
            random.random_range(Duration::ZERO..starting)
        } else {
            random.random_range(starting..self.latest)
        }
    }

    /// Holds every chat against the last run's report.
    fn account(&self, tenant: &Tenant) -> Figures {
        let chats = tenant.messages();
        let messages = nobody_has_two(&chats);
        let rows = report(tenant);
        assert_eq!(rows.len(), self.people, "a row was lost");
        assert_eq!(chats.len(), self.people);
        let mut doubted = (0, 0);
        let mut mid_send = 0;
        for (id, has) in &chats {
            let row = &rows[id];
            match (row["outcome"].as_str().unwrap(), has) {
                ("delivered", 1) => {}
                ("in-doubt", 1) => doubted.0 += 1,
                ("in-doubt", 0) => doubted.1 += 1,
                _ => panic!("{has} messages, yet {row}"),
            }
            // Nobody asked the service after a kill: there is no evidence.
            mid_send += usize::from(row["outcome"] == "in-doubt" && row["detail"].is_null());
        }
        Figures {
            kills: 0,
            kills_while_sending: 0,
            messages,
            doubted,
            mid_send,
            took: Duration::ZERO,
        }
    }
}

/// Starts the campaign and kills it after `life`; whether it was alive.
fn kill_a_run(tenant: &Tenant, life: Duration) -> bool {
    let mut run = tenant.run().spawn().unwrap();
    tenant.wait(life);
    let alive = run.try_wait().unwrap().is_none();
    run.kill().unwrap();
    run.wait().unwrap();
    alive
}

/// Settles everybody in doubt by what is in their chats, and sends to those
/// who have nothing, until nobody is in doubt.
fn reconcile(tenant: &Tenant) {
    for _ in 0..MOST_RECONCILIATIONS {
        let mut settle = tenant.program("reconcile");
        settle.args(["--yes", "--settling", "0s", "--progress", "none", "--quiet"]);
        let settled = settle.stdout(Stdio::null()).status().unwrap();
        assert!(matches!(settled.code(), Some(0 | 4)), "{settled}");
        let ended = tenant.run().status().unwrap();
        if ended.success() {
            return;
        }
        assert_eq!(ended.code(), Some(4), "{ended}");
    }
    panic!("somebody is in doubt still");
}

/// Asserts that no chat holds two messages, and counts all.
fn nobody_has_two(chats: &BTreeMap<String, usize>) -> usize {
    for (id, messages) in chats {
        assert!(*messages <= 1, "{id} has {messages} messages");
    }
    chats.values().sum()
}

/// The rows of the report by object id.
fn report(tenant: &Tenant) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(tenant.path("out/report.jsonl")).unwrap();
    let rows = text.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        (row["object_id"].as_str().unwrap().to_owned(), row)
    });
    rows.collect()
}
