//! `teamcast run`: the job.

use std::{
    collections::BTreeSet,
    env,
    io::{self, Write},
    path::Path,
    pin::pin,
};

use futures::StreamExt;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    audience::Rules,
    campaign::{Campaign, Format, InDoubt, Wording},
    ledger::{self, CampaignKey, Fingerprints, Ledger, OpenError, Purpose},
    message::{Draft, Message, TextFormat},
    model::{Account, OutcomeKind, Person},
    pipeline::{self, Cx, Halt, Survey},
    progress::Display,
};

use super::{
    ExitStatus, RunError,
    args::Run,
    confirm::confirm,
    finish::{self, Paths, Written},
    services::Services,
    signals,
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
    let message = Message::load(&draft(&campaign.message)).map_err(RunError::Message)?;
    let survey = pipeline::survey(&campaign.audience.include).map_err(RunError::Audience)?;
    check_audience(campaign, &survey)?;
    check_fields(&message, &survey)?;
    let expected = survey
        .rows
        .map_or("directory".to_owned(), |rows| rows.to_string());
    let what = format!("This sends a message to the people of {expected} rows.");
    confirm(options.yes, &what, &expected)?;
    let paths = Paths::new(&options.place, campaign)?;
    finish::check_out(&paths)?;
    let stop = CancellationToken::new();
    let signals = tokio::spawn(signals::listen(stop.clone()));
    let services = Services::new(campaign, &stop).await?;
    check_directory(campaign, &survey, &services).await?;
    let purpose = Purpose::Send {
        fingerprints: Fingerprints {
            message: message.fingerprint(),
            audience: survey.fingerprint.clone(),
        },
        accept_changed: options.accept_changed_message,
    };
    let retry = retry(options, campaign, &paths).await;
    let store = ledger::open_sqlite(&paths.ledger, &key(campaign), &purpose, Timestamp::now).await;
    let store = store.map_err(|source| paths.unusable(source))?;
    let (ledger, writer) = ledger::channel(store);
    let writer = tokio::spawn(writer.run());

    let job = Job {
        campaign,
        options,
        message: &message,
        services: &services,
        survey: &survey,
        retry: &retry,
        stop: &stop,
    };
    let ended = job.deliver(&ledger).await;
    let status = ended.status();
    // A ledger that failed has said so already.
    ledger.finish_run(status as u8).await.ok();
    drop(ledger);
    let committed = writer
        .await
        .map_err(|error| RunError::Runtime(io::Error::other(error)))?;
    signals.abort();

    let reader = paths.reader(campaign).await?;
    let budgets = (services.figures())();
    let Written { summary, files } =
        finish::write(campaign, &paths, &reader, Some(status), budgets).await?;
    summary.print(&files, out)?;
    committed.map_err(RunError::Commit)?;
    ended.conclude(&summary.account, options, out)
}

/// A run about to start.
struct Job<'a> {
    campaign: &'a Campaign,
    options: &'a Run,
    message: &'a Message,
    services: &'a Services,
    survey: &'a Survey,
    retry: &'a [OutcomeKind],
    stop: &'a CancellationToken,
}

/// A run that has ended, well or not.
struct Ended {
    run: pipeline::Run,
    /// The ledger refused the end of the audience.
    unclosed: Option<Halt>,
}

impl Job<'_> {
    async fn deliver(&self, ledger: &Ledger) -> Ended {
        let Self {
            campaign,
            options,
            message,
            services,
            survey,
            retry,
            stop,
        } = self;
        let display = Display::start(options.progress, Box::new(services.figures()));
        let observer = display.observer();
        let rules = Rules {
            guests: campaign.audience.guests,
            disabled: campaign.audience.disabled,
            unlicensed: campaign.audience.unlicensed,
        };
        let cx = Cx {
            graph: &services.graph,
            connector: &services.connector,
            ledger,
            message,
            rules: &rules,
            campaign: &campaign.name,
            delivery: &campaign.delivery,
            retry,
            observer: observer.as_ref(),
            stop,
        };
        let rows = pipeline::rows(&campaign.audience.include, &services.graph);
        let first = options
            .limit
            .map_or(usize::MAX, std::num::NonZeroUsize::get);
        if let Some(known) = survey.rows {
            observer.expected(known.min(first as u64));
        }
        let run = pipeline::run(cx, rows.take(first)).await;
        display.finish().await;
        let whole = run.complete && options.limit.is_none();
        let closed = if whole {
            ledger.close_audience(run.account.rows).await
        } else {
            Ok(())
        };
        let unclosed = closed.err().map(Halt::from);
        Ended { run, unclosed }
    }
}

impl Ended {
    fn halt(&self) -> Option<&Halt> {
        self.run.halted.as_ref().or(self.unclosed.as_ref())
    }

    fn status(&self) -> ExitStatus {
        match self.halt() {
            Some(halt) => ExitStatus::from(halt),
            None => ExitStatus::of_account(&self.run.account),
        }
    }

    /// The exit status, once what was counted is held against the ledger.
    fn conclude(
        self,
        recorded: &Account,
        options: &Run,
        out: &mut dyn Write,
    ) -> Result<ExitStatus, RunError> {
        let status = self.status();
        let counted = &self.run.account;
        let whole = self.run.complete && options.limit.is_none() && self.halt().is_none();
        if !counted.is_closed() || !recorded.is_closed() || (whole && counted != recorded) {
            return Err(RunError::AccountOpen {
                counted: Box::new(counted.clone()),
                recorded: Box::new(recorded.clone()),
            });
        }
        match self.run.halted.or(self.unclosed) {
            None if counted.rows == 0 => Err(RunError::EmptyAudience),
            None => Ok(status),
            Some(Halt::Stopped) => {
                writeln!(out, "stopped before the end; the same command resumes")?;
                Ok(status)
            }
            Some(Halt::Blocked(blocker)) => Err(RunError::Blocked(blocker)),
            Some(
                halt
                @ (Halt::Ledger(_) | Halt::Audience(_) | Halt::Directory { .. } | Halt::Bug(_)),
            ) => Err(RunError::Halted(halt)),
        }
    }
}

/// Counts the people of a directory source where the campaign sets a limit.
async fn check_directory(
    campaign: &Campaign,
    survey: &Survey,
    services: &Services,
) -> Result<(), RunError> {
    let (None, Some(allowed)) = (survey.rows, campaign.audience.max_recipients) else {
        return Ok(());
    };
    let mut found = 0;
    let mut rows = pin!(pipeline::rows(&campaign.audience.include, &services.graph));
    while let Some(row) = rows.next().await {
        row.map_err(|halt| match halt {
            Halt::Blocked(blocker) => RunError::Blocked(blocker),
            halt @ (Halt::Stopped
            | Halt::Ledger(_)
            | Halt::Audience(_)
            | Halt::Directory { .. }
            | Halt::Bug(_)) => RunError::Halted(halt),
        })?;
        found += 1;
    }
    if allowed.get() < found {
        return Err(RunError::TooMany {
            found,
            allowed: allowed.get(),
        });
    }
    Ok(())
}

/// The message as the campaign words it, in the message's own words.
fn draft(wording: &Wording) -> Draft {
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
async fn retry(options: &Run, campaign: &Campaign, paths: &Paths) -> Vec<OutcomeKind> {
    let mut kinds: Vec<OutcomeKind> = options
        .retry
        .iter()
        .copied()
        .map(OutcomeKind::from)
        .collect();
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

fn check_audience(campaign: &Campaign, survey: &Survey) -> Result<(), RunError> {
    match (survey.rows, campaign.audience.max_recipients) {
        (Some(0), _) => Err(RunError::EmptyAudience),
        (Some(found), Some(allowed)) if allowed.get() < found => Err(RunError::TooMany {
            found,
            allowed: allowed.get(),
        }),
        _ => Ok(()),
    }
}

fn check_fields(message: &Message, survey: &Survey) -> Result<(), RunError> {
    let mut known: BTreeSet<String> = Person::FIELDS.into_iter().map(ToOwned::to_owned).collect();
    known.extend(survey.columns.iter().cloned());
    let fields = message.unknown_fields(&known);
    if fields.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = known.into_iter().collect();
    Err(RunError::UnknownFields {
        fields,
        known: known.join(", "),
    })
}
