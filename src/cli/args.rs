//! The command line as typed.

mod choice;
mod plan;

use std::{env, io, io::IsTerminal, net::SocketAddr, path::PathBuf, str::FromStr};

use jiff::SignedDuration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use jiff::Span;
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::{
    pipeline::PEOPLE,
    progress::{Kind, LogWriter},
    simulator::Latency,
};

pub(super) use self::{
    choice::Choice,
    plan::{Plan, Rehearsal},
};

/// Sends a 1:1 Microsoft Teams bot message to every person on a list, and
/// proves what became of each of them.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) log: Log,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check credentials, permissions, app and message; writes to nobody.
    Check(Check),
    /// Show whom a run would write to and how long it takes; sends nothing.
    Plan(Plan),
    /// Do the job; starts or resumes.
    Run(Run),
    /// Settle people in doubt by looking into their chats; sends nothing.
    Reconcile(Reconcile),
    /// Write the reports again from the ledger, offline.
    Report(Offline),
    /// Show where a running or finished campaign stands.
    Status(Offline),
    /// Look after the ledger itself.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Bring along the chats another program of your bot knows, or give them away.
    #[command(subcommand)]
    Addresses(AddressesCommand),
    /// Learn chats from what Teams tells the bot.
    Listen(Listen),
    /// Serve a simulated tenant on loopback.
    Simulate(Simulate),
    /// Run a sample campaign against a simulated tenant and show the report.
    Demo(Demo),
}

/// Where a campaign and its results are.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Place {
    /// The campaign file.
    pub(super) campaign: PathBuf,
    /// The ledger, as sqlite:PATH [default: sqlite:teamcast.db beside the campaign file].
    #[arg(long, value_name = "URL", env = "TEAMCAST_LEDGER")]
    pub(super) ledger: Option<String>,
    /// Where reports go [default: reports/NAME beside the campaign file].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) place: Place,
    /// Print data as JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// Go the whole way for this person, sending nothing: the app may be installed for them.
    #[arg(long, value_name = "USER")]
    pub(super) canary: Option<String>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) place: Place,
    /// Send without asking.
    #[arg(long)]
    pub(super) yes: bool,
    /// Send without asking, if the plan is the one with this hash.
    #[arg(long, value_name = "HASH")]
    pub(super) confirm: Option<String>,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// How to show progress.
    #[arg(long, value_enum, default_value_t)]
    pub(super) progress: Kind,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Reconcile {
    #[command(flatten)]
    pub(super) place: Place,
    /// Look without asking.
    #[arg(long)]
    pub(super) yes: bool,
    /// How long after an attempt its message may still turn up in the chat.
    #[arg(long, value_name = "DURATION", default_value = "1m")]
    pub(super) settling: SignedDuration,
    /// How to show progress.
    #[arg(long, value_enum, default_value_t)]
    pub(super) progress: Kind,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Offline {
    #[command(flatten)]
    pub(super) place: Place,
    /// Print data as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum LedgerCommand {
    /// Remove the personal data of campaigns that are long over; their counts stay.
    Forget(Forget),
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum AddressesCommand {
    /// Write the address book of the campaign's bot as CSV.
    Export(ExportAddresses),
    /// Take addresses from a CSV; what the book learnt later stays.
    Import(ImportAddresses),
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ExportAddresses {
    /// A campaign file of the bot.
    pub(super) campaign: PathBuf,
    /// Where to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
    /// The ledger, as sqlite:PATH [default: sqlite:teamcast.db beside the campaign file].
    #[arg(long, value_name = "URL", env = "TEAMCAST_LEDGER")]
    pub(super) ledger: Option<String>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ImportAddresses {
    /// A campaign file of the bot.
    pub(super) campaign: PathBuf,
    /// The CSV: `object_id` and `chat_id`; if known `member_id`, `service_url`,
    /// `learnt_from`, `learnt_at`.
    pub(super) file: PathBuf,
    /// The ledger, as sqlite:PATH [default: sqlite:teamcast.db beside the campaign file].
    #[arg(long, value_name = "URL", env = "TEAMCAST_LEDGER")]
    pub(super) ledger: Option<String>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Listen {
    /// A campaign file of the bot.
    pub(super) campaign: PathBuf,
    /// Where to listen; without a certificate loopback only, for a proxy.
    #[arg(
        long = "listen",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:3978"
    )]
    pub(super) address: SocketAddr,
    /// The certificate with its chain, PEM; it is read again now and then.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(super) certificate: Option<PathBuf>,
    /// Its private key, PEM, which only you can read.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(super) key: Option<PathBuf>,
    /// The ledger, as sqlite:PATH [default: sqlite:teamcast.db beside the campaign file].
    #[arg(long, value_name = "URL", env = "TEAMCAST_LEDGER")]
    pub(super) ledger: Option<String>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Forget {
    /// How long nothing must have happened, as 180d, 26w or 6mo.
    #[arg(long, value_name = "TIME")]
    pub(super) older_than: Span,
    /// The ledger, as sqlite:PATH [default: sqlite:teamcast.db].
    #[arg(long, value_name = "URL", env = "TEAMCAST_LEDGER")]
    pub(super) ledger: Option<String>,
    /// Forget without asking.
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Simulate {
    /// How many people the tenant has [default: 1000].
    #[arg(long, value_name = "N", conflicts_with = "tenant")]
    pub(super) people: Option<usize>,
    /// The same seed gives the same tenant [default: 7, or what the file says].
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// The tenant: a TOML file, or a list of people as CSV.
    #[arg(long, value_name = "FILE")]
    pub(super) tenant: Option<PathBuf>,
    /// What goes wrong: a TOML script, or seed:N for a random mix.
    #[arg(long, value_name = "FILE|seed:N")]
    pub(super) hardships: Option<Hardships>,
    /// How long answers take: a time such as 80ms, or a median and a 99th
    /// percentile such as 60ms..900ms.
    #[arg(long, value_name = "TIME", default_value = "0ms")]
    pub(super) latency: Latency,
    /// The documented quotas times this number.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(super) quota_scale: f64,
    /// Whether requests beyond the quotas are refused.
    #[arg(long, value_enum, default_value_t)]
    pub(super) quotas: Counting,
    /// Everybody is a plain member who has the app.
    #[arg(long, conflicts_with = "tenant")]
    pub(super) uniform: bool,
    /// Where the bot is told of installations, as Teams tells it.
    #[arg(long, value_name = "URL")]
    pub(super) bot_endpoint: Option<Url>,
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:8443")]
    pub(super) listen: SocketAddr,
    /// Serve plain HTTP too, here or at 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:8080")]
    pub(super) http: Option<SocketAddr>,
    /// Where a campaign for the tenant, its people and its certificate are written.
    #[arg(long, default_value = "teamcast-simulation")]
    pub(super) dir: PathBuf,
}

/// Where hardships come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hardships {
    /// A script.
    File(PathBuf),
    /// A mix, drawn from this.
    Seed(u64),
}

impl FromStr for Hardships {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("seed:") {
            None => Ok(Self::File(text.into())),
            Some(seed) => seed
                .parse()
                .map(Self::Seed)
                .map_err(|_| format!("`{seed}` is no seed; write a whole number, like seed:7")),
        }
    }
}

/// Whether a simulated tenant refuses what is beyond its quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Counting {
    /// It does.
    #[default]
    On,
    /// It only counts.
    Off,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Demo {
    /// Where the sample campaign and its reports go [default: a new folder for temporary files].
    #[arg(long)]
    pub(super) dir: Option<PathBuf>,
    /// How to show progress.
    #[arg(long, value_enum, default_value_t)]
    pub(super) progress: Kind,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Log {
    /// Say more (twice: every request).
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Say only what is wrong.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Name people in the log (with -vv), and not only their rows.
    #[arg(long = "log-people", global = true)]
    names: bool,
    /// How the log is written to standard error.
    #[arg(long = "log-format", value_enum, default_value_t, global = true)]
    format: LogFormat,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

impl Log {
    /// Sends the log to standard error.
    pub(super) fn start(&self) {
        let level = match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::ERROR,
            (false, 0) => LevelFilter::WARN,
            (false, 1) => LevelFilter::INFO,
            (false, _) => LevelFilter::DEBUG,
        };
        let people = if self.names { level } else { LevelFilter::OFF };
        let filter = format!("off,teamcast={level},{PEOPLE}={people}");
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none())
            .with_writer(LogWriter::default);
        // A subscriber is there already only in tests, and serves as well.
        match self.format {
            LogFormat::Text => builder.try_init().ok(),
            LogFormat::Json => builder.json().try_init().ok(),
        };
    }
}
