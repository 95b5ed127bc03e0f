//! `teamcast plan`: what a run would do.

use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::{
    campaign::{Campaign, Install},
    ledger::Prior,
    pipeline::Rosters,
    plan::{Forecast, People, forecast},
};

use super::{
    ExitStatus, RunError,
    args::Plan,
    draw::{Drawn, Known, draw},
    plan_shown::{Shown, print},
    prepared::{Prepared, Reached},
    rehearse::rehearse,
    run::{key, load},
};

/// Reads the audience, makes every message and says what a run would do.
pub(super) async fn plan(options: &Plan, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    if options.rehearse {
        return rehearse(options, &options.rehearsal, out).await;
    }
    let campaign = load(&options.place.campaign)?;
    let Plan { place, choice, .. } = options;
    let mut prepared = Prepared::read(&campaign, place, choice)?;
    // Nothing has to end in good order: nobody is touched.
    let stop = CancellationToken::new();
    let reached = prepared.reach(&campaign, choice, &stop).await?;
    let paths = &prepared.paths;
    let purpose = prepared.purpose(choice);
    let prior = Prior::open(&paths.ledger, &key(&campaign), &purpose).await;
    let known = Known {
        prior: prior.map_err(|source| paths.unusable(source))?,
        rosters: rosters(&campaign, &reached).await?,
    };
    let drawn = draw(&campaign, choice, &mut prepared, &reached, &known).await?;
    if drawn.reading.rows == 0 && !prepared.people.may_be_nobody() {
        return Err(RunError::EmptyAudience);
    }
    let shown = Shown {
        campaign: &campaign,
        options,
        prepared: &prepared,
        forecasts: &forecasts(&campaign, options, &drawn, lookups(&reached)),
        drawn: &drawn,
    };
    print(&shown, out)?;
    Ok(ExitStatus::Done)
}

/// Who is reached through a team that has the app; it is put nowhere.
async fn rosters(campaign: &Campaign, reached: &Reached) -> Result<Rosters, RunError> {
    let install = match campaign.delivery.install {
        Install::IfMissing => Install::IfMissing,
        Install::Never | Install::Team => Install::Never,
    };
    let services = &reached.services;
    let sources = &campaign.audience.include;
    let rosters = Rosters::read(&services.graph, &services.connector, sources, install).await;
    rosters.map_err(RunError::from)
}

/// The forecast for the share of people without the app that was given; without
/// one, for nobody and for everybody, as far as that makes a difference.
fn forecasts(campaign: &Campaign, options: &Plan, drawn: &Drawn, lookups: u64) -> Vec<Forecast> {
    let shares = match options.missing {
        Some(share) => vec![share.0],
        None if drawn.reading.people.unknown == 0 => vec![0.0],
        None => vec![0.0, 1.0],
    };
    let of = |lacking| {
        let people = People {
            lacking,
            ..drawn.reading.people
        };
        forecast(people, lookups, campaign.delivery, &campaign.limits)
    };
    shares.into_iter().map(of).collect()
}

/// Requests the reading made of the directory, as a run will.
fn lookups(reached: &Reached) -> u64 {
    let figures = (reached.services.figures())();
    let mut budgets = figures.iter();
    let directory = budgets.find(|budget| budget.name == "directory");
    directory.map_or(0, |budget| budget.requests)
}
