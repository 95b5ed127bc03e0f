//! A campaign for a tenant over plain HTTP, and the built program to run it.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::Instant;

use super::client::Client;

/// How often it is looked how much memory the program has.
const LOOK: Duration = Duration::from_millis(20);
/// Everybody on the list, of whom nothing has to be known.
pub(crate) const LISTED: &str =
    "include = [ { csv = \"users.csv\" } ]\nguests = true\ndisabled = true\nunlicensed = true";
/// More requests a second than any machine makes: as if there were no limit.
pub(crate) const NO_LIMIT: f64 = 1e6;

/// A folder with a campaign, its list and its ledger.
#[derive(Debug)]
pub(crate) struct Campaign {
    dir: TempDir,
    settings: Settings,
    tokens: [(&'static str, String); 2],
}

/// What a campaign says.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) name: &'static str,
    /// Where the services are.
    pub(crate) address: SocketAddr,
    pub(crate) tenant: String,
    pub(crate) catalog_id: String,
    pub(crate) bot_id: String,
    /// Whom it is for.
    pub(crate) audience: &'static str,
    /// How many times the documented quotas may be spent.
    pub(crate) pace: f64,
    pub(crate) resolve: &'static str,
}

/// How a run went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ran {
    /// From start to end of the process.
    pub(crate) took: Duration,
    /// The most memory it had, in bytes, where the system says.
    pub(crate) memory: Option<f64>,
    /// From the first to the last event in the ledger.
    pub(crate) in_ledger: Duration,
}

impl Campaign {
    /// A campaign for everybody whom `client` asks about, by object id: nobody
    /// needs to be looked up.
    pub(crate) fn of(client: &Client<'_>, pace: f64, resolve: &'static str) -> Self {
        let campaign = Self {
            dir: tempfile::tempdir().unwrap(),
            settings: Settings {
                pace,
                resolve,
                ..client.settings()
            },
            tokens: client.tokens(),
        };
        campaign.list(&client.ids);
        campaign.write();
        campaign
    }

    /// Lists `ids` and nobody else.
    pub(crate) fn list<'a>(&self, ids: impl IntoIterator<Item = &'a String>) {
        let mut text = String::from("object_id\n");
        for id in ids {
            writeln!(text, "{id}").unwrap();
        }
        fs::write(self.path("users.csv"), text).unwrap();
    }

    /// Changes what the campaign says.
    pub(crate) fn say(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.write();
    }

    fn write(&self) {
        let Settings {
            name,
            address,
            tenant,
            catalog_id,
            bot_id,
            audience,
            pace,
            resolve,
        } = &self.settings;
        let limit = |documented: f64| (documented * pace).min(NO_LIMIT);
        let (thirty, fifty, directory) = (limit(30.0), limit(50.0), limit(800.0));
        let text = format!(
            "name = \"{name}\"
[tenant]
id = \"{tenant}\"
[tenant.endpoints]
authority = \"http://{address}\"
graph = \"http://{address}\"
connector = \"http://{address}/teams\"
[identity]
kind = \"token\"
[app]
catalog_id = \"{catalog_id}\"
bot_id = \"{bot_id}\"
[audience]
{audience}
[message]
text = \"This week's town hall starts at 3 pm instead of 2 pm.\"
[delivery]
resolve = \"{resolve}\"
[limits]
installed_apps_read = {thirty:.1}
installed_apps_write = {thirty:.1}
graph_read = {thirty:.1}
connector = {fifty:.1}
directory = {directory:.1}
"
        );
        fs::write(self.path("campaign.toml"), text).unwrap();
    }

    /// A file beside the campaign.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Starts a run.
    pub(crate) fn start(&self, options: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_teamcast"))
            .current_dir(self.dir.path())
            .args(["run", "campaign.toml", "--yes", "--progress", "none"])
            .args(options)
            .envs(self.tokens.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "it waits for a process, without a runtime"
    )]
    /// Runs to the end, where everybody has to have the message.
    pub(crate) fn run(&self, options: &[&str]) -> Ran {
        let started = Instant::now();
        let mut process = self.start(options);
        let mut memory = None;
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status;
            }
            memory = most_memory(process.id()).or(memory);
            sleep(LOOK.min(started.elapsed() / 10));
        };
        let took = started.elapsed();
        assert!(status.success(), "{status}");
        let summary = self.path("reports").join(self.settings.name);
        let summary = fs::read(summary.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        Ran {
            took,
            memory,
            in_ledger: Duration::from_secs_f64(summary["seconds"].as_f64().unwrap()),
        }
    }
}

/// The most memory a process ever had, in bytes.
pub(crate) fn most_memory(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
