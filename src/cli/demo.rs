//! `teamcast demo`: the whole job on a simulated tenant, with nothing to set up.

use std::{
    env,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    process,
    sync::Arc,
};

use crate::{
    campaign::Campaign,
    simulator::{Options, Quotas, Server, Shape, World},
};

use super::{
    ExitStatus, RunError,
    args::{Choice, Demo, Place, Run},
    run::run_campaign,
    sample::{self, Oddities, Served},
};

/// People of the sample.
const PEOPLE: usize = 1000;
/// The demo's quotas are the documented ones, so many times faster.
const TIME_LAPSE: f64 = 20.0;

/// Serves a tenant, writes a campaign for it, and runs it through the real
/// HTTP client.
///
/// Some of its people cannot be reached, as in life; that is a successful
/// demonstration, so the exit code is that of the program, not of the campaign.
pub(super) async fn demo(options: &Demo, out: &mut dyn Write) -> Result<ExitStatus, RunError> {
    let dir = options
        .dir
        .clone()
        .unwrap_or_else(|| env::temp_dir().join(format!("teamcast-demo-{}", process::id())));
    let world = Arc::new(World::new(&Options {
        people: PEOPLE,
        seed: 7,
        quotas: Quotas::Scaled(TIME_LAPSE),
        shape: Shape {
            installed: 0.8,
            ..Shape::default()
        },
    }));
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::start(Arc::clone(&world), listen)
        .await
        .map_err(RunError::Simulator)?;
    let base_url = server.base_url();
    let place = Served {
        base_url: &base_url,
        ca_pem: server.ca_pem(),
        quota_scale: TIME_LAPSE,
    };
    let path = sample::write(&dir, &world, &place, Oddities::UnknownAndMalformed)?;
    writeln!(
        out,
        "A simulated tenant of {PEOPLE} people is served at {base_url}"
    )?;
    writeln!(
        out,
        "with the documented quotas, {TIME_LAPSE} times faster."
    )?;
    writeln!(out, "The campaign is {}\n", path.display())?;

    let variables = sample::environment(world.facts());
    let campaign = Campaign::load(&path, &|name| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    })
    .map_err(RunError::Campaign)?;
    let run = Run {
        place: Place {
            campaign: path,
            ledger: None,
            out: None,
        },
        yes: true,
        confirm: None,
        choice: Choice::default(),
        progress: options.progress,
    };
    let ended = run_campaign(&campaign, &run, out).await;
    server.stop().await;
    Ok(match ended? {
        ExitStatus::SomeFailed => ExitStatus::Done,
        status @ (ExitStatus::Done
        | ExitStatus::Internal
        | ExitStatus::Usage
        | ExitStatus::SomeInDoubt
        | ExitStatus::Refused
        | ExitStatus::Stopped
        | ExitStatus::NotConfirmed
        | ExitStatus::LedgerUnusable) => status,
    })
}
