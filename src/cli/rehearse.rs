//! `teamcast plan --rehearse`: the whole job in minutes of the clock's own, on a
//! tenant in memory.
//!
//! The pipeline, the clients and the budgets are those of a run. What is played
//! is what is around them: a simulated tenant under the transport seam, a ledger
//! in memory, and a clock that leaps to the next moment at which something is
//! due. So an hour takes as long as its requests take to think about.
//!
//! # Why a runtime of its own?
//!
//! Only the clock of a runtime with one thread can be paused. This one can do
//! nothing but wait: it has no sockets, so nothing of a rehearsal gets out, and
//! its clock is nobody else's.

mod stage;
mod wire;

use std::{io, io::Write, num::NonZeroUsize, time::Duration};

use jiff::Timestamp;
use tokio::runtime::Builder;

use crate::{
    campaign::{Campaign, Delivery, Limits},
    model::Account,
    plan::{Bound, People, bound},
    remote::BudgetFigures,
    simulator::Latency,
};

use super::{
    ExitStatus, RunError,
    args::{Plan, Rehearsal},
    prepared::Prepared,
    rehearsed::{Shown, print},
    run::load_offline,
};

/// What a rehearsal plays.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    /// People of the tenant, all of them on the list.
    pub(super) people: usize,
    /// The share of them whose chat is known.
    pub(super) known: f64,
    /// The share of the others who lack the app.
    pub(super) missing: f64,
    /// How long every answer takes.
    pub(super) latency: Latency,
}

/// How a rehearsal went.
#[derive(Debug)]
pub(super) struct Ended {
    /// By its own clock.
    pub(super) took: Duration,
    pub(super) account: Account,
    pub(super) budgets: Vec<BudgetFigures>,
}

/// Plays the campaign and says how long it took; nothing gets out.
pub(super) async fn rehearse(
    options: &Plan,
    rehearsal: &Rehearsal,
    out: &mut dyn Write,
) -> Result<ExitStatus, RunError> {
    let campaign = load_offline(&options.place.campaign)?;
    let prepared = Prepared::read(&campaign, &options.place, &options.choice)?;
    let cast = cast(options, rehearsal, &prepared)?;
    let begun = Timestamp::now();
    let ended = play(campaign.clone(), prepared, cast.clone()).await?;
    let here = Timestamp::now().duration_since(begun).unsigned_abs();
    let shown = Shown {
        campaign: &campaign,
        least: &least(&cast, campaign.delivery, &campaign.limits),
        cast: &cast,
        ended: &ended,
        here,
    };
    print(&shown, options.json, out)?;
    Ok(ExitStatus::Done)
}

fn cast(options: &Plan, rehearsal: &Rehearsal, prepared: &Prepared) -> Result<Cast, RunError> {
    let listed = || {
        let rows = prepared.part.expected(&prepared.people.survey)?;
        usize::try_from(rows).ok()
    };
    let people = rehearsal.people.map(NonZeroUsize::get);
    Ok(Cast {
        people: people.or_else(listed).ok_or(RunError::NobodyCounted)?,
        known: rehearsal.known.map_or(0.0, |share| share.0),
        missing: options.missing.map_or(0.0, |share| share.0),
        latency: rehearsal.latency,
    })
}

/// The least time the quotas allow for what is played.
fn least(cast: &Cast, delivery: Delivery, limits: &Limits) -> Bound {
    let known = cast.known();
    let people = People {
        known: known as u64,
        unknown: (cast.people - known) as u64,
        lacking: cast.missing,
        ..People::default()
    };
    bound(people, delivery, limits)
}

impl Cast {
    /// People whose chat is known.
    pub(super) fn known(&self) -> usize {
        part(self.people, self.known)
    }
}

/// That share of `people`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1"
)]
fn part(people: usize, share: f64) -> usize {
    (people as f64 * share).round() as usize
}

/// Which share of `people` that many are.
#[expect(clippy::cast_precision_loss, reason = "no tenant is as large as that")]
fn share(count: usize, people: usize) -> f64 {
    count as f64 / people.max(1) as f64
}

async fn play(campaign: Campaign, prepared: Prepared, cast: Cast) -> Result<Ended, RunError> {
    let played = tokio::task::spawn_blocking(move || {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(RunError::Runtime)?;
        runtime.block_on(stage::play(&campaign, &prepared.message, &cast))
    });
    let ended = played.await;
    ended.map_err(|error| RunError::Runtime(io::Error::other(error)))?
}
