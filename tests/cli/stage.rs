//! A simulated tenant on loopback, a campaign for it in a folder of its own,
//! and the built program to run it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use teamcast::simulator::{
    Blueprint, Canned, Effect, Endpoint, Guid, Hardship, Options, Person, PersonTruth, Quotas,
    Registration, Server, Shape, World,
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, time::sleep};

const CAMPAIGN: &str = r#"name = "townhall"

[tenant]
id = "TENANT"

[tenant.endpoints]
authority = "BASE"
graph = "BASE"
connector = "BASE/teams"
ca_file = "ca.pem"

[identity]
kind = "client-secret"
client_id = "CLIENT"

[app]
catalog_id = "CATALOG"
bot_id = "BOT"

[audience]
include = [ { csv = "users.csv" } ]

[message]
text = "Hello {{ display_name }}"

[limits]
installed_apps_read = 100000
installed_apps_write = 100000
graph_read = 100000
connector = 100000
directory = 100000
"#;

/// What the environment of whoever runs the tests must not decide.
const FOREIGN: [&str; 19] = [
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "TEAMCAST_LEDGER",
    "TEAMCAST_GRAPH_TOKEN",
    "TEAMCAST_CONNECTOR_TOKEN",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "RUST_LOG",
];

const PROGRAM: &str = env!("CARGO_BIN_EXE_teamcast");

/// A tenant, a campaign and the program.
pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) runtime: Runtime,
    server: Server,
    dir: TempDir,
    told_at: Option<SocketAddr>,
}

/// How one start of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The rows of `report.csv`, by column.
pub(crate) type Rows = Vec<BTreeMap<String, String>>;

impl Stage {
    /// `people` who all have the app, listed by user principal name.
    pub(crate) fn new(people: usize) -> Self {
        Self::shaped(people, Shape::uniform())
    }

    /// `people` of that shape, listed by user principal name; no quotas.
    pub(crate) fn shaped(people: usize, shape: Shape) -> Self {
        Self::registered(people, shape, Quotas::Off, Registration::default())
    }

    /// A tenant that is set up as `registration` says.
    pub(crate) fn registered(
        people: usize,
        shape: Shape,
        quotas: Quotas,
        registration: Registration,
    ) -> Self {
        let options = Options {
            people,
            seed: 7,
            quotas,
            shape,
        };
        Self::of(World::registered(&options, registration), None)
    }

    /// The tenant a file for `teamcast simulate` plans; no quotas.
    pub(crate) fn planned(file: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tenant.toml");
        fs::write(&path, file).unwrap();
        let mut blueprint = Blueprint::load(&path, None).unwrap();
        blueprint.options.quotas = Quotas::Off;
        Self::of(World::planned(&blueprint), None)
    }

    /// The same, whose bot is told of installations at a free port.
    pub(crate) fn telling(people: usize, shape: Shape) -> Self {
        let options = Options {
            people,
            seed: 7,
            quotas: Quotas::Off,
            shape,
        };
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let told_at = free.local_addr().unwrap();
        let endpoint = format!("http://{told_at}/api/messages").parse().unwrap();
        let world = World::new(&options).posting_events_to(endpoint);
        Self::of(world, Some(told_at))
    }

    fn of(world: World, told_at: Option<SocketAddr>) -> Self {
        let world = Arc::new(world.beginning_at(Timestamp::now()));
        let runtime = Runtime::new().unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let server = runtime
            .block_on(Server::start(Arc::clone(&world), listen))
            .unwrap();
        let stage = Self {
            world,
            runtime,
            server,
            dir: tempfile::tempdir().unwrap(),
            told_at,
        };
        stage.write("ca.pem", stage.server.ca_pem());
        stage.write("campaign.toml", stage.campaign());
        stage.list(stage.world.people().iter().map(|person| &*person.upn));
        stage
    }

    fn campaign(&self) -> String {
        let facts = self.world.facts();
        CAMPAIGN
            .replace("BASE", &self.server.base_url())
            .replace("TENANT", &facts.tenant_id)
            .replace("CLIENT", &facts.client_id)
            .replace("CATALOG", &facts.catalog_id)
            .replace("BOT", &facts.bot_id)
    }

    /// Writes a file beside the campaign.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    /// Writes `users.csv` with a row for each of `users`.
    pub(crate) fn list<'a>(&self, users: impl IntoIterator<Item = &'a str>) {
        let rows: Vec<&str> = users.into_iter().collect();
        let text = format!("user_principal_name\n{}\n", rows.join("\n"));
        self.write("users.csv", text);
    }

    /// Where the tenant is served.
    pub(crate) fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Serves the same tenant without TLS at `address` as well.
    pub(crate) fn serve_also(&self, address: SocketAddr) -> Server {
        let serving = self.server.start_plain(address);
        self.runtime.block_on(serving).unwrap()
    }

    /// Writes a file that only its owner can read.
    #[cfg(unix)]
    pub(crate) fn write_private(&self, name: &str, contents: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, contents);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Replaces a part of the campaign file, which must be there.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = self.read("campaign.toml");
        assert!(text.contains(from), "the campaign has no {from}");
        self.write("campaign.toml", text.replace(from, to));
    }

    /// The text of a file beside the campaign.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn person(&self, place: usize) -> &Person {
        &self.world.people()[place]
    }

    pub(crate) fn truth(&self, place: usize) -> PersonTruth {
        self.world.truth_of(self.person(place).object_id).unwrap()
    }

    /// What the person sees of their first message: the sign at its end has no
    /// width.
    pub(crate) fn said(&self, place: usize) -> String {
        let text = self.truth(place).messages[0].text.clone().unwrap();
        let seen = text.trim_end_matches(['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}']);
        assert_ne!(seen, text, "the message has no sign");
        seen.trim_end().to_owned()
    }

    /// Adds a hardship.
    pub(crate) fn trouble(&self, endpoint: Endpoint, effect: Effect) -> HardshipDraft<'_> {
        HardshipDraft {
            stage: self,
            hardship: Some(Hardship::new(endpoint, effect)),
        }
    }

    /// The program with the campaign's credentials and nothing else of ours.
    pub(crate) fn program<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command(PROGRAM);
        command.args(args);
        command
    }

    /// The same, started by another program.
    pub(crate) fn program_through(&self, launcher: &[&str], args: &[&str]) -> Command {
        let mut command = self.command(launcher[0]);
        command.args(&launcher[1..]).arg(PROGRAM).args(args);
        command
    }

    /// The same from another copy of the program.
    pub(crate) fn program_of(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = self.command(program);
        command.args(args);
        command
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in FOREIGN {
            command.env_remove(name);
        }
        command
            .current_dir(self.dir())
            .env("AZURE_CLIENT_SECRET", &self.world.facts().client_secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `teamcast run campaign.toml --yes`.
    pub(crate) fn run(&self) -> Ended {
        self.run_with(&[])
    }

    /// The same with more arguments.
    pub(crate) fn run_with(&self, more: &[&str]) -> Ended {
        self.start(&["run", "campaign.toml", "--yes"], more)
    }

    /// Any command.
    pub(crate) fn start(&self, args: &[&str], more: &[&str]) -> Ended {
        let args = args.iter().chain(more).copied();
        Ended::of(self.program(args).output().unwrap())
    }

    /// A run without the secret of the tenant, with these variables instead.
    pub(crate) fn run_as<'a>(
        &self,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Ended {
        let mut program = self.program(["run", "campaign.toml", "--yes"]);
        program.env_remove("AZURE_CLIENT_SECRET").envs(variables);
        Ended::of(program.output().unwrap())
    }

    /// Starts a run and leaves it running.
    pub(crate) fn spawn(&self) -> Child {
        self.program(["run", "campaign.toml", "--yes"])
            .spawn()
            .unwrap()
    }

    /// Waits until so many messages are in the chats.
    pub(crate) fn wait_for_messages(&self, enough: usize) {
        self.runtime.block_on(async {
            while self.messages() < enough {
                sleep(Duration::from_millis(5)).await;
            }
        });
    }

    /// Where the bot is told of installations.
    pub(crate) fn told_at(&self) -> SocketAddr {
        self.told_at.unwrap()
    }

    /// Waits until everybody has a message.
    pub(crate) async fn all_have_a_message(&self) {
        while self.messages() < self.world.people().len() {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many messages are in all chats.
    pub(crate) fn messages(&self) -> usize {
        let people = self.world.truth().people;
        people.iter().map(|person| person.messages.len()).sum()
    }

    /// The rows of the report, as a CSV reader sees them.
    pub(crate) fn report(&self) -> Rows {
        let text = self.read("reports/townhall/report.csv");
        let text = text.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(Result::unwrap).collect()
    }

    /// `summary.json`.
    pub(crate) fn summary(&self) -> Value {
        serde_json::from_str(&self.read("reports/townhall/summary.json")).unwrap()
    }

    /// Holds report, summary and chats against each other, and gives the
    /// outcomes with their causes and how many rows have each.
    pub(crate) fn account(&self) -> BTreeMap<String, u64> {
        let (rows, summary) = (self.report(), self.summary());
        let mut delivered = BTreeSet::new();
        let mut doubtful = BTreeSet::new();
        let mut counts = BTreeMap::new();
        for row in &rows {
            let (outcome, cause) = (&row["outcome"], &row["cause"]);
            let name = format!("{outcome} {cause}").trim().to_owned();
            *counts.entry(name).or_insert(0) += 1;
            match outcome.as_str() {
                "delivered" => delivered.insert(row["object_id"].clone()),
                "in-doubt" => doubtful.insert(row["object_id"].clone()),
                _ => true,
            };
        }
        for person in self.world.truth().people {
            let allowed = match person.messages.len() {
                0 => !delivered.contains(&person.object_id),
                1 => delivered.contains(&person.object_id) || doubtful.contains(&person.object_id),
                _ => false,
            };
            assert!(allowed, "the report does not say what happened: {person:?}");
        }
        let outcomes = summary["outcomes"].as_object().unwrap();
        let sum: u64 = outcomes.values().map(|rows| rows.as_u64().unwrap()).sum();
        assert_eq!(summary["rows"], sum, "the account is not closed");
        assert_eq!(rows.len() as u64, sum, "a row is missing from the report");
        for (outcome, rows) in outcomes {
            let reported = counts
                .iter()
                .filter(|(name, _)| name.split(' ').next() == Some(outcome));
            let reported: u64 = reported.map(|(_, rows)| rows).sum();
            assert_eq!(*rows, reported, "{outcome}");
        }
        counts
    }

    /// The report's row for the person at `place`.
    pub(crate) fn row(&self, place: usize) -> BTreeMap<String, String> {
        self.row_of(self.person(place).object_id)
    }

    /// The report's row for the person with this id.
    pub(crate) fn row_of(&self, id: Guid) -> BTreeMap<String, String> {
        let id = id.to_string();
        let mut rows = self.report().into_iter();
        rows.find(|row| row["object_id"] == id).unwrap()
    }

    /// Asserts that nobody got a message or the app.
    pub(crate) fn nobody_was_touched(&self) {
        assert_eq!(self.messages(), 0);
        let write = &self.world.truth().quotas["installed_apps_write"];
        assert_eq!(write.seen, 0);
    }
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Waits for a program that was left running.
    pub(crate) fn when_done(child: Child) -> Self {
        Self::of(child.wait_with_output().unwrap())
    }

    /// Asserts the exit code, showing what was said if it is another.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error has all of `words`.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word} in: {}", self.stderr);
        }
        self
    }
}

/// A hardship that begins at the end of the statement.
pub(crate) struct HardshipDraft<'a> {
    stage: &'a Stage,
    hardship: Option<Hardship>,
}

impl HardshipDraft<'_> {
    pub(crate) fn when(mut self, when: teamcast::simulator::When) -> Self {
        self.hardship = self.hardship.take().map(|hardship| hardship.when(when));
        self
    }

    pub(crate) fn of(mut self, place: usize) -> Self {
        let id = self.stage.person(place).object_id;
        self.hardship = self.hardship.take().map(|hardship| hardship.person(id));
        self
    }
}

impl Drop for HardshipDraft<'_> {
    fn drop(&mut self) {
        if let Some(hardship) = self.hardship.take() {
            self.stage.world.script(hardship);
        }
    }
}

/// A refusal with `status` and that value of `Retry-After`.
pub(crate) fn wait_for(status: u16, retry_after: &str) -> Effect {
    Effect::Respond(Canned::status(status).header("Retry-After", retry_after))
}

/// Says aloud that something was not tested: what is printed as usual is kept
/// from sight where a test passes.
pub(crate) fn skipped(why: &str) {
    let mut aloud = io::stderr();
    writeln!(aloud, "SKIPPED: {why}").unwrap();
}

/// Asks a running program to stop, as Ctrl-C does.
#[cfg(unix)]
pub(crate) fn interrupt(child: &Child) {
    signal("-INT", child);
}

/// Sends a signal by its name.
#[cfg(unix)]
pub(crate) fn signal(name: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Counts as [`Stage::account`] gives them.
pub(crate) fn counts<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected.map(|(name, rows)| (name.to_owned(), rows)).into()
}
