//! A simulated tenant in a process of its own, and the program to run its
//! campaign.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::{Certificate, Client};
use serde_json::Value;
use teamcast::simulator::Hardship;
use tempfile::TempDir;
use tokio::{runtime::Runtime, time::sleep};

/// `teamcast simulate`, with its folder.
pub(crate) struct Tenant {
    process: Child,
    base_url: String,
    environment: Vec<(String, String)>,
    client: Client,
    runtime: Runtime,
    dir: TempDir,
}

impl Tenant {
    /// Starts one with so many people who all have the app.
    pub(crate) fn start(people: usize, quota_scale: f64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_teamcast"))
            .args(["simulate", "--uniform", "--listen", "127.0.0.1:0", "--dir"])
            .arg(dir.path())
            .args(["--people", &people.to_string()])
            .args(["--quota-scale", &quota_scale.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut base_url = None;
        let mut environment = Vec::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((_, url)) = line.split_once("is served at ") {
                base_url = Some(url.to_owned());
            } else if let Some((name, value)) = exported(&line) {
                environment.push((name, value));
            } else if line.starts_with("Ctrl-C") {
                break;
            }
        }
        // Whoever is first installs the provider of TLS for all.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let certificate = fs::read(dir.path().join("ca.pem")).unwrap();
        let certificate = Certificate::from_pem(&certificate).unwrap();
        Self {
            process,
            base_url: base_url.unwrap(),
            environment,
            client: Client::builder()
                .tls_certs_only([certificate])
                .no_proxy()
                .build()
                .unwrap(),
            runtime: Runtime::new().unwrap(),
            dir,
        }
    }

    /// Lets a hardship befall it from now on.
    pub(crate) fn suffer(&self, hardship: &Hardship) {
        let url = format!("{}/_simulator/hardships", self.base_url);
        let body = serde_json::to_vec(hardship).unwrap();
        let request = self.client.post(url).body(body).send();
        let answer = self.runtime.block_on(request).unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// How many messages each chat holds, by the person's object id.
    pub(crate) fn messages(&self) -> BTreeMap<String, usize> {
        let url = format!("{}/_simulator/truth", self.base_url);
        let truth = async { self.client.get(url).send().await?.bytes().await };
        let truth = self.runtime.block_on(truth).unwrap();
        let truth: Value = serde_json::from_slice(&truth).unwrap();
        let people = truth["people"].as_array().unwrap().iter();
        people
            .map(|person| {
                let id = person["object_id"].as_str().unwrap().to_owned();
                (id, person["messages"].as_array().unwrap().len())
            })
            .collect()
    }

    /// A file of the campaign's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `teamcast COMMAND campaign.toml` with the tenant's credentials.
    pub(crate) fn program(&self, command: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_teamcast"));
        program
            .current_dir(self.dir.path())
            .env_remove("TEAMCAST_LEDGER")
            .env_remove("TEAMCAST_GRAPH_TOKEN")
            .env_remove("TEAMCAST_CONNECTOR_TOKEN")
            .envs(self.environment.iter().cloned())
            .args([command, "campaign.toml", "--out", "out"])
            .stdin(Stdio::null());
        program
    }

    /// `teamcast run`, without a word.
    pub(crate) fn run(&self) -> Command {
        let mut program = self.program("run");
        program
            .args(["--yes", "--progress", "none", "--quiet"])
            .stdout(Stdio::null());
        program
    }

    /// Lets so much time go by.
    pub(crate) fn wait(&self, time: Duration) {
        self.runtime.block_on(async { sleep(time).await });
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // Gone already is as good.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The variable and its value in `  export NAME=VALUE`.
fn exported(line: &str) -> Option<(String, String)> {
    let (name, value) = line.trim().strip_prefix("export ")?.split_once('=')?;
    Some((name.to_owned(), value.to_owned()))
}
