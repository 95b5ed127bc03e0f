//! The built program, serving a simulated tenant in a process of its own.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// What people of a tenant for measurements are not.
const ODDITIES: [&str; 14] = [
    "outdated",
    "guests",
    "without_user_type",
    "disabled",
    "unlicensed",
    "never_signed_in",
    "without_mail",
    "shared_mail",
    "odd_names",
    "blocked_by_policy",
    "blocked_by_user",
    "disabled_by_admin",
    "admin_pinned",
    "teams_with_app",
];

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
    /// Starts one of so many people, who are plain members and have the app.
    pub(crate) fn start(people: usize, options: &[&str]) -> Self {
        Self::with_app(1.0, people, options)
    }

    /// Starts one of so many plain members, of whom a share has the app.
    pub(crate) fn with_app(share: f64, people: usize, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tenant.toml");
        let traits = ODDITIES.map(|name| format!("{name} = 0.0\n")).concat();
        let text = format!("people = {people}\n[shape]\ninstalled = {share:.3}\n{traits}");
        fs::write(&file, text).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_teamcast"))
            .args(["simulate", "--listen", "127.0.0.1:0"])
            .args(options)
            .args(["--http", "127.0.0.1:0", "--tenant"])
            .arg(file)
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
