//! `teamcast simulate`: a tenant to rehearse with.

use std::{io::Write, sync::Arc};

use jiff::Timestamp;

use crate::simulator::{Blueprint, Options, Quotas, Server, Shape, World};

use super::{
    ExitStatus, RunError, account,
    args::{Counting, Hardships, Simulate},
    sample::{self, Oddities, Served},
    signals,
};

/// People of a tenant of which nothing is said.
const PEOPLE: usize = 1000;
/// The seed of a tenant of which nothing is said.
const SEED: u64 = 7;
/// With the quotas off, a client may as well go as fast as it can.
const NO_QUOTAS: f64 = 1000.0;

/// Serves a tenant until asked to stop, then says what really happened.
pub(super) async fn simulate(
    options: &Simulate,
    out: &mut dyn Write,
) -> Result<ExitStatus, RunError> {
    for listen in [Some(options.listen), options.http].into_iter().flatten() {
        if !listen.ip().is_loopback() {
            return Err(RunError::NotLoopback { listen });
        }
    }
    let (world, quotas) = world(options)?;
    let people = world.people().len();
    let server = Server::start(Arc::clone(&world), options.listen)
        .await
        .map_err(RunError::Simulator)?;
    let plain = match options.http {
        Some(listen) => Some(
            server
                .start_plain(listen)
                .await
                .map_err(RunError::Simulator)?,
        ),
        None => None,
    };
    let base_url = server.base_url();
    let place = Served {
        base_url: &base_url,
        ca_pem: server.ca_pem(),
        quota_scale: match quotas {
            Quotas::Off => NO_QUOTAS,
            Quotas::Scaled(factor) => factor,
        },
    };
    let campaign = sample::write(&options.dir, &world, &place, Oddities::None)?;

    writeln!(
        out,
        "A simulated tenant of {people} people is served at {base_url}"
    )?;
    if let Some(plain) = &plain {
        writeln!(out, "Without TLS: {}", plain.base_url())?;
    }
    writeln!(
        out,
        "What really happens in it: {base_url}/_simulator/truth"
    )?;
    if let Some(endpoint) = &options.bot_endpoint {
        writeln!(
            out,
            "What the bot is told goes to {endpoint}, and is kept: {base_url}/_simulator/events"
        )?;
    }
    writeln!(out, "\nIn another terminal:\n")?;
    for (name, value) in sample::environment(world.facts()) {
        writeln!(out, "  export {name}={value}")?;
    }
    writeln!(out, "  teamcast run {} --yes", campaign.display())?;
    writeln!(out, "\nCtrl-C stops it.")?;
    out.flush()?;
    signals::asked_to_stop().await;

    account::print(&world.account(), world.facts(), out)?;
    server.stop().await;
    if let Some(plain) = plain {
        plain.stop().await;
    }
    Ok(ExitStatus::Done)
}

/// Makes the tenant, with everything that goes wrong in it.
fn world(options: &Simulate) -> Result<(Arc<World>, Quotas), RunError> {
    let quotas = match options.quotas {
        Counting::Off => Quotas::Off,
        Counting::On => Quotas::Scaled(options.quota_scale),
    };
    let world = match &options.tenant {
        Some(path) => {
            let mut blueprint =
                Blueprint::load(path, options.seed).map_err(RunError::SimulatorFile)?;
            blueprint.options.quotas = quotas;
            World::planned(&blueprint)
        }
        None => World::new(&Options {
            people: options.people.unwrap_or(PEOPLE),
            seed: options.seed.unwrap_or(SEED),
            quotas,
            shape: if options.uniform {
                Shape::uniform()
            } else {
                Shape::default()
            },
        }),
    };
    let mut world = world
        .beginning_at(Timestamp::now())
        .answering_after(options.latency);
    if let Some(endpoint) = &options.bot_endpoint {
        world = world.posting_events_to(endpoint.clone());
    }
    match &options.hardships {
        Some(Hardships::File(path)) => {
            world
                .load_hardships(path)
                .map_err(RunError::SimulatorFile)?;
        }
        Some(Hardships::Seed(seed)) => {
            world.mix_hardships(*seed);
        }
        None => {}
    }
    Ok((Arc::new(world), quotas))
}
