//! What the program costs beside its requests.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::Request;
use teamcast::remote::{LiveTransport, Transport as _};
use tokio::{runtime, time::Instant};

use crate::common::{
    campaign::{Campaign, NO_LIMIT},
    client::{Call, Client},
    report::{Figure, Goal},
    tenant::Tenant,
};

const PEOPLE: usize = 50_000;
/// Attempts, of which the best counts.
const ATTEMPTS: usize = 3;
/// How many people the bare loop has under way; more or fewer make it slower.
const WIDTH: usize = 100;

/// Three requests for everybody, with ledger and report, against the same
/// requests through the same HTTP client and nothing else.
pub(crate) fn overhead() -> Vec<Figure> {
    let tenant = Tenant::start(PEOPLE, &["--quotas", "off"]);
    let client = Client::of(&tenant, PEOPLE);
    let calls = calls(&client);
    let (mut bare, mut program) = (Duration::MAX, Duration::MAX);
    for _ in 0..ATTEMPTS {
        bare = bare.min(loop_over(&calls));
        let campaign = Campaign::of(&client, NO_LIMIT, "graph");
        program = program.min(campaign.run(&[]).took);
    }
    let pace = |took: Duration| PEOPLE as f64 / took.as_secs_f64();
    let figure = |name, value, unit, goal| Figure {
        name,
        value,
        unit,
        goal,
    };
    vec![
        figure("the bare loop", pace(bare), "people/s", Goal::None),
        figure("the program", pace(program), "people/s", Goal::None),
        figure(
            "of the bare loop",
            pace(program) / pace(bare),
            "",
            Goal::AtLeast(0.8),
        ),
    ]
}

/// What is asked about each person, one after the other.
fn calls(client: &Client<'_>) -> Vec<[Call; 3]> {
    let chats = client.chats();
    let people = client.ids.iter().zip(chats);
    people
        .map(|(id, chat)| [client.installed_call(id), chat, client.send_call(id)])
        .collect()
}

fn loop_over(people: &[[Call; 3]]) -> Duration {
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = LiveTransport::new(None).unwrap();
    let started = Instant::now();
    runtime.block_on(
        stream::iter(people)
            .map(|calls| ask(&client, calls))
            .buffer_unordered(WIDTH)
            .collect::<()>(),
    );
    started.elapsed()
}

async fn ask(client: &LiveTransport, calls: &[Call; 3]) {
    for call in calls {
        let answer = client.round_trip(request(call)).await.unwrap();
        assert!(answer.status().is_success());
    }
}

fn request(call: &Call) -> Request<Bytes> {
    let request = Request::builder()
        .method(call.method)
        .uri(&call.url)
        .header("authorization", &call.authorization);
    let request = if call.body.is_empty() {
        request
    } else {
        request.header("content-type", "application/json")
    };
    request.body(Bytes::from(call.body.clone())).unwrap()
}
