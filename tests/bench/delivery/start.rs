//! How long the program takes to be there.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use tokio::time::Instant;

use crate::common::{
    campaign::{Campaign, NO_LIMIT},
    client::Client,
    report::{Figure, Goal},
    tenant::Tenant,
};

/// Attempts, of which the best counts.
const ATTEMPTS: usize = 20;

/// `teamcast --version`, and a whole campaign for one person.
pub(crate) fn start() -> Vec<Figure> {
    let tenant = Tenant::start(ATTEMPTS, &["--quotas", "off"]);
    let client = Client::of(&tenant, ATTEMPTS);
    let one = |id: &String| {
        let campaign = Campaign::of(&client, NO_LIMIT, "auto");
        campaign.list([id]);
        campaign.run(&[]).took
    };
    let alone = client.ids.iter().map(one).min().unwrap();
    let version = (0..ATTEMPTS).map(|_| version()).min().unwrap();
    let figure = |name, took: Duration, most| Figure {
        name,
        value: took.as_secs_f64() * 1000.0,
        unit: "ms",
        goal: Goal::AtMost(most),
    };
    vec![
        figure("--version", version, 10.0),
        figure("a run of one person", alone, 150.0),
    ]
}

fn version() -> Duration {
    let started = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_teamcast"));
    let status = program.arg("--version").stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
    started.elapsed()
}
