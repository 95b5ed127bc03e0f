//! A million people: memory, reading, and going on in the middle.

use std::{io::Read as _, net::TcpListener, time::Duration};

use tokio::time::Instant;

use crate::{
    MIB,
    common::{
        campaign::{Campaign, NO_LIMIT},
        client::Client,
        report::{Figure, Goal},
        tenant::Tenant,
    },
};

const PEOPLE: usize = 1_000_000;
/// Attempts to go on, of which the best counts.
const ATTEMPTS: usize = 5;

/// A million people, quotas off: memory of a whole run, and how fast rows are
/// read and enrolled where nothing else is to do for them.
pub(crate) fn size() -> Vec<Figure> {
    let tenant = Tenant::start(PEOPLE, &["--quotas", "off"]);
    let client = Client::of(&tenant, PEOPLE);
    let campaign = Campaign::of(&client, NO_LIMIT, "auto");
    let run = campaign.run(&[]);

    let mut rows = Campaign::of(&client, NO_LIMIT, "auto");
    rows.say(|settings| settings.name = "rows");
    // No user: there is nothing to do but to take note of the row.
    let nobody = String::from(",");
    rows.list((0..PEOPLE).map(|_| &nobody));
    let read = rows.run(&[]);

    let memory = |name, memory: Option<f64>| Figure {
        name,
        value: memory.map_or(f64::NAN, |bytes| bytes / MIB),
        unit: "MiB",
        goal: Goal::AtMost(200.0),
    };
    vec![
        memory("memory of the run", run.memory),
        Figure {
            name: "people delivered to",
            value: PEOPLE as f64 / run.took.as_secs_f64(),
            unit: "people/s",
            goal: Goal::None,
        },
        memory("memory with rows only", read.memory),
        Figure {
            name: "rows read and enrolled",
            value: PEOPLE as f64 / read.in_ledger.as_secs_f64(),
            unit: "rows/s",
            goal: Goal::AtLeast(100_000.0),
        },
    ]
}

/// How soon a half-done campaign goes on.
pub(crate) fn resume() -> Vec<Figure> {
    let tenant = Tenant::start(PEOPLE, &["--quotas", "off"]);
    let client = Client::of(&tenant, PEOPLE);
    let mut campaign = Campaign::of(&client, NO_LIMIT, "auto");
    campaign.run(&["--limit", &(PEOPLE / 2).to_string()]);
    let first = (0..ATTEMPTS).map(|_| first_request(&mut campaign)).min();
    vec![Figure {
        name: "until the first request",
        value: first.unwrap().as_secs_f64(),
        unit: "s",
        goal: Goal::AtMost(2.0),
    }]
}

/// How long after its start a run asks for something: of somebody who never
/// answers.
fn first_request(campaign: &mut Campaign) -> Duration {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    campaign.say(|settings| settings.address = silent.local_addr().unwrap());
    let started = Instant::now();
    let mut process = campaign.start(&[]);
    let (mut connection, _) = silent.accept().unwrap();
    let read = connection.read(&mut [0; 64]).unwrap();
    let took = started.elapsed();
    assert_ne!(read, 0, "it asked for nothing");
    process.kill().unwrap();
    process.wait().unwrap();
    took
}
