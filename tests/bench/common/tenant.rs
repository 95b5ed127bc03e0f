//! The built program, serving a simulated tenant in a process of its own.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A simulated tenant; it ends with this value.
#[derive(Debug)]
pub(crate) struct Tenant {
    process: Child,
    /// Where plain HTTP is served.
    pub(crate) address: SocketAddr,
    variables: Vec<(String, String)>,
    dir: TempDir,
}

impl Tenant {
    /// Starts one of so many people.
    pub(crate) fn start(people: usize, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_teamcast"))
            .args(["simulate", "--uniform", "--listen", "127.0.0.1:0"])
            .args(options)
            .args(["--http", "127.0.0.1:0", "--people", &people.to_string()])
            .arg("--dir")
            .arg(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut address, mut variables) = (None, Vec::new());
        for line in lines.by_ref().map(Result::unwrap) {
            if let Some(plain) = line.strip_prefix("Without TLS: http://") {
                address = Some(plain.parse().unwrap());
            }
            if let Some((name, value)) = line
                .trim()
                .strip_prefix("export ")
                .and_then(|rest| rest.split_once('='))
            {
                variables.push((name.to_owned(), value.to_owned()));
            }
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        Self {
            process,
            address: address.unwrap(),
            variables,
            dir,
        }
    }

    /// Returns a variable that a campaign would need.
    pub(crate) fn variable(&self, name: &str) -> &str {
        let mut variables = self.variables.iter();
        &variables.find(|(known, _)| known == name).unwrap().1
    }

    /// Returns the value that the tenant's sample campaign has for a key.
    pub(crate) fn setting(&self, key: &str) -> String {
        let text = fs::read_to_string(self.dir.path().join("campaign.toml")).unwrap();
        let mut lines = text.lines().filter_map(|line| line.split_once(" = "));
        let (_, value) = lines.find(|(known, _)| *known == key).unwrap();
        value.trim_matches('"').to_owned()
    }

    /// Returns how much memory the process has, in bytes, and the most it ever had.
    pub(crate) fn memory(&self) -> Option<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
            Some(kilobytes * 1024.0)
        };
        Some((bytes("VmRSS:")?, bytes("VmHWM:")?))
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
