//! Pins that what the program relies on survives a power cut.
//!
//! The built program runs under `strace`, which tells every write, every sync
//! and every request in their order. From that the disk is rebuilt as it would
//! be found if the power had been cut at any of those moments, with the writes
//! that were not synced lost, or kept in part. Whoever had been written to by
//! then must be on record in the ledger that is opened from it.
//!
//! Where there is no `strace`, nothing is proved and the test says so; the
//! form behind `make torture` insists on it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

mod disk;
mod stage;
mod trace;

use std::collections::BTreeSet;

use disk::{Disk, Unsynced};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use rand::{SeedableRng, rngs::StdRng};
use stage::Stage;
use teamcast::{
    ledger::{CampaignKey, Purpose, Reader, open_sqlite},
    model::OutcomeKind,
};
use trace::Call;

/// A campaign in two runs, and every moment at which the power may be cut.
struct Blackouts {
    people: usize,
    /// Other fates of what was not synced, beside that all of it is lost.
    chances: usize,
}

#[test]
fn whenever_the_power_is_cut_whoever_was_written_to_is_on_record() {
    if trace::is_possible() {
        let blackouts = Blackouts {
            people: 24,
            chances: 1,
        };

        println!("{}", blackouts.suffer());
    } else {
        println!("SKIPPED: there is no strace here, so power cuts were NOT tested");
    }
}

#[test]
#[ignore = "takes minutes: `make torture`"]
fn whenever_the_power_is_cut_in_a_larger_campaign_whoever_was_written_to_is_on_record() {
    assert!(trace::is_possible(), "install strace to test power cuts");
    let blackouts = Blackouts {
        people: 120,
        chances: 2,
    };

    println!("{}", blackouts.suffer());
}

impl Blackouts {
    /// Cuts the power at every moment that matters, and tells how often.
    fn suffer(&self) -> String {
        let stage = Stage::new(self.people);
        let calls = self.calls(&stage);
        let mut random = StdRng::seed_from_u64(5);
        let mut disk = Disk::default();
        let mut written_to = BTreeSet::new();
        // Cuts between an intent on record and its request.
        let mut ahead = 0;
        let mut cuts = 0;
        for (at, call) in calls.iter().enumerate() {
            disk.apply(call);
            if let Call::Say { bytes } = call {
                written_to.extend(recipient(bytes));
            }
            // Between two syncs or messages, one moment is like another.
            let matters = |call: &Call| match call {
                Call::Sync { .. } => true,
                Call::Say { bytes } => recipient(bytes).is_some(),
                Call::Create { .. }
                | Call::Write { .. }
                | Call::Truncate { .. }
                | Call::Remove { .. } => false,
            };
            if written_to.is_empty() || !(matters(call) || calls.get(at + 1).is_none_or(matters)) {
                continue;
            }
            for chance in 0..=self.chances {
                let unsynced = match chance {
                    0 => Unsynced::Lost,
                    _ => Unsynced::Any(&mut random),
                };
                let found = stage.runtime.block_on(after_a_cut(&stage, &disk, unsynced));
                for chat in &written_to {
                    assert!(
                        found.written_to.contains(chat),
                        "call {at}: {chat} was written to and is not on record: {found:?}"
                    );
                }
                cuts += 1;
                ahead += usize::from(found.written_to.len() > written_to.len());
            }
        }
        let end = after_a_cut(&stage, &disk, Unsynced::Lost);
        let end = stage.runtime.block_on(end);
        assert_eq!(written_to.len(), self.people, "the trace lacks requests");
        assert_eq!(end.delivered, self.people, "the end of the run was lost");
        assert!(ahead > 0, "the dangerous window was never hit");
        format!(
            "{cuts} power cuts in {} calls; {} people written to; in {ahead} cuts \
             somebody was on record whose request had not left yet",
            calls.len(),
            written_to.len(),
        )
    }

    /// What the program did in a run over a few people and one over all.
    fn calls(&self, stage: &Stage) -> Vec<Call> {
        let log = tempfile::NamedTempFile::new().unwrap();
        let few = (self.people / 3).to_string();
        let mut calls = Vec::new();
        for more in [&["--limit", &few][..], &[]] {
            let mut watched = trace::watched(&stage.run(more), log.path());
            let ended = watched.output().unwrap();
            assert!(ended.status.success(), "{ended:?}");
            calls.extend(trace::read(log.path(), &stage.dir()));
        }
        calls
    }
}

/// The ledger as it is found after a cut.
#[derive(Debug)]
struct Found {
    /// The chats of those on record as written to, or maybe so.
    written_to: BTreeSet<String>,
    delivered: usize,
}

async fn after_a_cut(stage: &Stage, disk: &Disk, unsynced: Unsynced<'_>) -> Found {
    let dir = tempfile::tempdir().unwrap();
    disk.after_a_cut("teamcast.db", dir.path(), unsynced);
    let ledger = dir.path().join("teamcast.db");
    // As `reconcile` opens it, and as `status` does.
    let facts = stage.world.facts();
    let key = CampaignKey {
        name: "townhall".to_owned(),
        tenant_id: facts.tenant_id.clone(),
        bot_id: facts.bot_id.clone(),
    };
    let store = open_sqlite(&ledger, &key, &Purpose::Settle, Timestamp::now).await;
    drop(store.unwrap());
    let mut written_to = BTreeSet::new();
    let mut delivered = 0;
    let reader = Reader::open(&ledger, "townhall").await.unwrap();
    reader
        .each_row(|row| {
            if matches!(row.outcome, OutcomeKind::Delivered | OutcomeKind::InDoubt) {
                written_to.extend(row.chat_id);
            }
            delivered += usize::from(row.outcome == OutcomeKind::Delivered);
            Ok::<_, teamcast::ledger::ReadError>(())
        })
        .await
        .unwrap();
    Found {
        written_to,
        delivered,
    }
}

/// The chat that a request carries a message to.
fn recipient(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (_, path) = text.split_once("POST /teams/v3/conversations/")?;
    let (chat, _) = path.split_once("/activities ")?;
    Some(percent_decode_str(chat).decode_utf8().unwrap().into_owned())
}
