//! `teamcast run`: the job.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::Path,
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    campaign::{Campaign, Format, InDoubt, Wording},
    ledger::{self, CampaignKey, OpenError},
    message::{Draft, TextFormat},
    model::{Account, OutcomeKind},
    pipeline::Tidings,
};

use super::{
    ExitStatus, RunError,
    args::{Choice, Run},
    confirm::confirm,
    draw::{Known, draw},
    finish::{self, Paths, Written},
    job::Job,
    people,
    prepared::{Prepared, Reached, retried},
    services::Services,
    signals,
    watch::watch,
};

/// Reads the campaign with the credentials of the environment.
pub(super) fn load(path: &Path) -> Result<Campaign, RunError> {
    Campaign::load(path, &|name| env::var(name).ok()).map_err(RunError::Campaign)
}

/// Reads the campaign where no credential is needed.
pub(super) fn load_offline(path: &Path) -> Result<Campaign, RunError> {
    // Any value serves: nothing is asked of the network.
    Campaign::load(path, &|name| {
        Some(env::var(name).unwrap_or_else(|_| "-".to_owned()))
    })
    .map_err(RunError::Campaign)
}

/// Does the job: starts or resumes, and leaves the reports.
pub(super) async fn run(options: &Run, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let campaign = load(&options.place.campaign)?;
    run_campaign(&campaign, options, out).await
}

/// Does the job of a campaign that is already read.
pub(super) async fn run_campaign(
    campaign: &Campaign,
    options: &Run,
    out: &mut dyn Write,
) -> Result<ExitStatus, RunError> {
    let choice = &options.choice;
    let mut prepared = Prepared::read(campaign, &options.place, choice)?;
    confirm_sending(options, &prepared)?;
    let stop = CancellationToken::new();
    let signals = tokio::spawn(signals::listen(stop.clone()));
    let reached = prepared.reach(campaign, choice, &stop).await?;
    if let Some(hash) = &options.confirm {
        let drawn = draw(campaign, choice, &mut prepared, &reached, &Known::default()).await?;
        if let Some(parts) = drawn.approved.differs_from(hash) {
            return Err(RunError::PlanDiffers { parts });
        }
    }
    let purpose = prepared.purpose(choice);
    let Reached { services, bounds } = reached;
    let Prepared {
        message,
        people,
        mut part,
        paths,
    } = prepared;
    let rosters = people::rosters(campaign, &services).await?;
    let retry = retry(choice, campaign, &paths).await;
    let key = key(campaign);
    let store = ledger::open_sqlite(&paths.ledger, &key, &purpose, Timestamp::now).await;
    let store = store.map_err(|source| paths.unusable(source))?;
    let (ledger, writer) = ledger::channel(store);
    let writer = tokio::spawn(writer.run());

    let tidings = Tidings::default();
    let job = Job {
        campaign,
        options,
        message: &message,
        services: &services,
        people: &people,
        bounds: &bounds,
        rosters: &rosters,
        tidings: &tidings,
        retry: &retry,
        stop: &stop,
    };
    let over = CancellationToken::new();
    let delivery = async {
        let ended = job.deliver(&ledger, &mut part).await;
        over.cancel();
        ended
    };
    let watching = watch(&paths.ledger, &key, &tidings, &over);
    let (ended, ()) = tokio::join!(delivery, watching);
    // A ledger that failed says so below.
    ledger.settle().await.ok();
    let recorded = paths.recorded(campaign).await;
    let status = ended.status(recorded.as_ref());
    // A ledger that failed has said so already.
    ledger.finish_run(status as u8).await.ok();
    drop(ledger);
    let committed = writer
        .await
        .map_err(|error| RunError::Runtime(io::Error::other(error)))?;
    signals.abort();

    let told = tell(campaign, &paths, status, &services, out).await;
    // Why the ledger stopped says more than why it cannot be read either.
    committed.map_err(|source| paths.unwritten(source))?;
    ended.conclude(&told?, out)
}

/// Writes the reports, prints the summary, and gives the ledger's account.
async fn tell(
    campaign: &Campaign,
    paths: &Paths,
    status: ExitStatus,
    services: &Services,
    out: &mut dyn Write,
) -> Result<Account, RunError> {
    let reader = paths.reader(campaign).await?;
    let budgets = (services.figures())();
    let Written { summary, files, .. } =
        finish::write(campaign, paths, &reader, Some(status), budgets).await?;
    summary.print(&files, out)?;
    let doubtful = reader.doubtful().await?.len() as u64;
    let here = summary.account.tally.of(OutcomeKind::InDoubt);
    if let Some(others @ 1..) = doubtful.checked_sub(here) {
        writeln!(
            out,
            "{others} in doubt are not in this list and not in its account: earlier runs sent to them.\n\
             `teamcast reconcile` settles them too."
        )?;
    }
    Ok(summary.account)
}

/// Asks the operator to type the number of rows, unless they said what they
/// mean already.
fn confirm_sending(options: &Run, prepared: &Prepared) -> Result<(), RunError> {
    let is_said = options.yes || options.confirm.is_some();
    let nothing_typed = if prepared.people.took_input() {
        Some("the list came on standard input, so nothing can be typed; give --yes or --confirm")
    } else {
        let advice = "without a terminal give --yes, or --confirm with the hash of `teamcast plan`";
        (!io::stdin().is_terminal()).then_some(advice)
    };
    if let (false, Some(advice)) = (is_said, nothing_typed) {
        return Err(RunError::NotConfirmed { advice });
    }
    let rows = prepared.part.expected(&prepared.people.survey);
    let expected = rows.map_or("directory".to_owned(), |rows| rows.to_string());
    let whom = match rows {
        Some(rows) => format!("the people of {rows} rows"),
        None => "everybody the campaign finds in the directory".to_owned(),
    };
    let what = format!("This sends a message to {whom}.");
    confirm(is_said, &what, &expected)
}

/// The message as the campaign words it, in the message's own words.
pub(super) fn draft(wording: &Wording) -> Draft {
    let read_as = |format: &Format| match format {
        Format::Markdown => TextFormat::Markdown,
        Format::Plain => TextFormat::Plain,
        Format::Html => TextFormat::Html,
    };
    match wording {
        Wording::Text { text, format } => Draft::Text {
            text: text.clone(),
            format: read_as(format),
        },
        Wording::TextFile { path, format } => Draft::TextFile {
            path: path.clone(),
            format: read_as(format),
        },
        Wording::Card { path, notification } => Draft::Card {
            path: path.clone(),
            notification: notification.clone(),
        },
    }
}

/// What the campaign is within a ledger.
pub(super) fn key(campaign: &Campaign) -> CampaignKey {
    CampaignKey {
        name: campaign.name.clone(),
        tenant_id: campaign.tenant.id.clone(),
        bot_id: campaign.app.bot_id.clone(),
    }
}

/// Which outcomes of earlier runs are tried again, with a warning where that
/// may show somebody two messages.
async fn retry(choice: &Choice, campaign: &Campaign, paths: &Paths) -> Vec<OutcomeKind> {
    let mut kinds = retried(choice);
    if campaign.delivery.in_doubt == InDoubt::Resend {
        kinds.push(OutcomeKind::InDoubt);
    }
    if kinds.contains(&OutcomeKind::InDoubt) {
        match in_doubt(campaign, paths).await {
            Some(0) => {}
            Some(people) => warn!(
                people,
                "people in doubt are written to again; so many may see two messages"
            ),
            None => warn!("people in doubt are written to again and may see two messages"),
        }
    }
    kinds
}

/// How many people earlier runs left in doubt; unknown where the ledger cannot
/// be read, which is said when it is opened.
async fn in_doubt(campaign: &Campaign, paths: &Paths) -> Option<u64> {
    if !paths.ledger.exists() {
        return Some(0);
    }
    let reader = match paths.reader(campaign).await {
        Ok(reader) => reader,
        Err(RunError::Ledger {
            source: OpenError::UnknownCampaign { .. },
            ..
        }) => return Some(0),
        Err(_) => return None,
    };
    let doubtful = reader.doubtful().await.ok()?;
    Some(doubtful.len() as u64)
}
