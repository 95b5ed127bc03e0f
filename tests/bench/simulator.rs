//! How much a simulated tenant takes: requests a second, and memory.
//!
//! The goals are those of the simulator: it must never be what limits a run.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement prints, and a failed step is a failed measurement"
)]

#[expect(dead_code, reason = "each benchmark uses a part")]
mod common;

use std::process::ExitCode;

use common::{
    client::Client,
    load::{self, Driven},
    report::{Figure, Goal},
    tenant::Tenant,
};

/// Attempts, of which the best counts.
const ATTEMPTS: usize = 5;
/// Connections of the client.
const CONNECTIONS: usize = 8;
/// How often each person is asked about in one attempt.
const ROUNDS: usize = 3;
/// People who are asked about at a time.
const PEOPLE: usize = 10_000;
/// People of a large tenant.
const MANY: usize = 1_000_000;

fn main() -> ExitCode {
    common::run("simulator", &[("requests", requests), ("memory", memory)])
}

/// Requests a second over plain HTTP, of each kind and mixed, while the client
/// takes its part of the same processors.
fn requests() -> Vec<Figure> {
    let tenant = Tenant::start(PEOPLE, &["--quotas", "off"]);
    let client = Client::of(&tenant, PEOPLE);
    let chats = client.chats_of_installations();
    let kinds: [(&'static str, Vec<Vec<u8>>); 6] = [
        ("list installed apps", client.each(Client::installed)),
        ("find the chat by its app", client.each(Client::chat)),
        ("the chat of an installation", chats.clone()),
        ("create a conversation", client.each(Client::create)),
        ("send", client.each(Client::send)),
        (
            "a run: app, chat, conversation, send",
            mixed(&client, chats),
        ),
    ];
    let measure = |(name, requests): (&'static str, Vec<Vec<u8>>)| Figure {
        name,
        value: best(&tenant, &requests).per_second(),
        unit: "requests/s",
        goal: Goal::AtLeast(25_000.0),
    };
    kinds.map(measure).into()
}

/// What a run asks for each person, one after the other.
fn mixed(client: &Client<'_>, chats: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let about = |(id, chat): (&String, Vec<u8>)| {
        [
            client.installed(id),
            chat,
            client.create(id),
            client.send(id),
        ]
    };
    client.ids.iter().zip(chats).flat_map(about).collect()
}

/// Memory of a tenant of a million people, at the start and once everybody has
/// a message, while every window of every quota is kept.
fn memory() -> Vec<Figure> {
    let tenant = Tenant::start(MANY, &["--quota-scale", "1000000"]);
    let Some((at_start, _)) = tenant.memory() else {
        return Vec::new();
    };
    let mut client = Client::of(&tenant, MANY);
    let everybody = std::mem::take(&mut client.ids);
    for people in everybody.chunks(PEOPLE) {
        client.ids = people.to_vec();
        for kind in [Client::create, Client::send] {
            let done = load::drive(tenant.address, CONNECTIONS, client.each(kind), 1);
            assert_eq!(0, done.failures, "somebody has no message");
        }
    }
    let (after, most) = tenant.memory().unwrap();
    let goal = Goal::AtMost(1024.0);
    [
        ("a million people, at the start", at_start, goal),
        ("all of them have a message", after, goal),
        ("the most it ever had", most, Goal::None),
    ]
    .map(|(name, bytes, goal)| Figure {
        name,
        value: bytes / 1024.0 / 1024.0,
        unit: "MiB",
        goal,
    })
    .into()
}

fn best(tenant: &Tenant, requests: &[Vec<u8>]) -> Driven {
    let attempt = |_| {
        let driven = load::drive(tenant.address, CONNECTIONS, requests.to_vec(), ROUNDS);
        assert_eq!(0, driven.failures, "a fast refusal would be no measurement");
        driven
    };
    let faster = |one: Driven, other: Driven| if one.took < other.took { one } else { other };
    (0..ATTEMPTS).map(attempt).reduce(faster).unwrap()
}
