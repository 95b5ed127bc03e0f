//! `teamcast simulate`: a tenant to rehearse with.

use std::{io::Write, sync::Arc};

use jiff::Timestamp;

use crate::simulator::{Options, Quotas, Server, Shape, Truth, World};

use super::{
    ExitStatus, RunError,
    args::Simulate,
    sample::{self, Oddities, Served},
    signals,
};

/// With the quotas off, a client may as well go as fast as it can.
const NO_QUOTAS: f64 = 1000.0;

/// Serves a tenant until asked to stop, then says what really happened.
pub(super) async fn simulate(
    options: &Simulate,
    out: &mut dyn Write,
) -> Result<ExitStatus, RunError> {
    if !options.listen.ip().is_loopback() {
        return Err(RunError::NotLoopback {
            listen: options.listen,
        });
    }
    let quotas = if options.no_quotas {
        Quotas::Off
    } else {
        Quotas::Scaled(options.quota_scale)
    };
    let shape = if options.uniform {
        Shape::uniform()
    } else {
        Shape::default()
    };
    let (people, seed) = (options.people, options.seed);
    let mut world = World::new(&Options {
        people,
        seed,
        quotas,
        shape,
    })
    .beginning_at(Timestamp::now());
    if let Some(endpoint) = &options.bot_endpoint {
        world = world.posting_events_to(endpoint.clone());
    }
    let world = Arc::new(world);
    let server = Server::start(Arc::clone(&world), options.listen)
        .await
        .map_err(RunError::Simulator)?;
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

    account(&world.truth(), out)?;
    server.stop().await;
    Ok(ExitStatus::Done)
}

/// Prints what really happened, on one screen.
fn account(truth: &Truth, out: &mut dyn Write) -> std::io::Result<()> {
    let people = &truth.people;
    let have = |messages: usize| {
        people
            .iter()
            .filter(|p| p.messages.len() == messages)
            .count()
    };
    let with_app = people.iter().filter(|person| person.has_app).count();
    let more = people.len() - have(0) - have(1);
    writeln!(out, "\n{} people, {with_app} with the app", people.len())?;
    writeln!(out, "{} got one message, {more} got more than one", have(1))?;
    for (name, quota) in &truth.quotas {
        writeln!(
            out,
            "{name}: {} requests, {} refused, at most {} in a second",
            quota.seen, quota.refused, quota.peak_per_second
        )?;
    }
    Ok(())
}
