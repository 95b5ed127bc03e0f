//! Draws the plan of a campaign, from what is there now.

use crate::{
    campaign::{AppName, Campaign},
    ledger::Prior,
    model::{ObjectId, OutcomeKind},
    pipeline::{self, Halt, Rosters},
    plan::{self, Approved, Asked, Print, Reading, Unread},
    remote::Trouble,
};

use super::{
    RunError,
    args::Choice,
    prepared::{Prepared, Reached, retried, rules},
};

/// A plan.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) reading: Reading,
    pub(super) approved: Approved,
}

/// What is known beside the audience itself. None of it changes the plan's hash.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What earlier runs know, if there were any.
    pub(super) prior: Option<Prior>,
    /// Who is reached through a team.
    pub(super) rosters: Rosters,
}

/// Reads the audience to its end and draws the plan; nobody is touched.
pub(super) async fn draw(
    campaign: &Campaign,
    choice: &Choice,
    prepared: &mut Prepared,
    reached: &Reached,
    known: &Known,
) -> Result<Drawn, RunError> {
    let Reached { services, bounds } = reached;
    let retry = retried(choice);
    let rules = rules(campaign);
    let is_in_team = |id: &ObjectId| known.rosters.member(id).is_some();
    let asked = Asked {
        graph: &services.graph,
        rules: &rules,
        bounds,
        message: &prepared.message,
        delivery: &campaign.delivery,
        retry: &retry,
        prior: known.prior.as_ref(),
        is_in_team: &is_in_team,
    };
    let rows = pipeline::rows(&campaign.audience.include, prepared.people.supply(services));
    let reading = plan::read(asked, prepared.part.of(rows)).await;
    let reading = reading.map_err(unread)?;
    let approved = Approved {
        campaign: of_campaign(campaign),
        message: Print::of([prepared.message.fingerprint().as_str()]),
        audience: of_audience(campaign, choice, prepared),
        delivery: of_delivery(campaign, choice),
        people: reading.who(),
    };
    Ok(Drawn { reading, approved })
}

fn of_campaign(campaign: &Campaign) -> Print {
    let (kind, app) = match &campaign.app.name {
        AppName::Catalog(id) => ("catalog", id.as_str()),
        AppName::Manifest(id) => ("manifest", id.as_str()),
    };
    Print::of([
        campaign.name.as_str(),
        &campaign.tenant.id,
        campaign.endpoints.graph.as_str(),
        campaign.endpoints.connector.as_str(),
        &campaign.app.bot_id,
        kind,
        app,
    ])
}

fn of_audience(campaign: &Campaign, choice: &Choice, prepared: &Prepared) -> Print {
    let audience = &campaign.audience;
    let rules = [audience.guests, audience.disabled, audience.unlicensed].map(|on| on.to_string());
    let limit = choice.limit.map_or(0, std::num::NonZeroUsize::get);
    let limit = limit.to_string();
    let texts = [
        prepared.people.survey.fingerprint.as_str(),
        &prepared.people.left_out,
        &limit,
    ];
    let texts = texts.into_iter().chain(rules.iter().map(String::as_str));
    Print::of(texts.chain(audience.only_domains.iter().map(String::as_str)))
}

fn of_delivery(campaign: &Campaign, choice: &Choice) -> Print {
    let mut retry: Vec<&str> = retried(choice).into_iter().map(OutcomeKind::name).collect();
    retry.sort_unstable();
    retry.dedup();
    let delivery = format!("{:?}", campaign.delivery);
    Print::of([delivery.as_str()].into_iter().chain(retry))
}

fn unread(unread: Unread<Halt>) -> RunError {
    match unread {
        Unread::Rows(halt) => RunError::from(halt),
        Unread::Ledger(error) => RunError::Read(error),
        Unread::Directory(Trouble::Blocked(blocker)) => RunError::Blocked(blocker),
        Unread::Directory(Trouble::Stopped) => RunError::Halted(Halt::Stopped),
        Unread::Directory(Trouble::Person { evidence, .. }) => RunError::Halted(Halt::Directory {
            status: evidence.http_status,
            detail: evidence.detail.unwrap_or_default(),
        }),
    }
}
