//! What only a served world has: requests about the world itself, and bodies too large.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{future::join_all, poll};
use http::Request;
use serde_json::Value;
use teamcast::{
    remote::{LiveTransport, Transport as _},
    simulator::{Canned, Effect, Endpoint, Hardship, When},
};

use crate::stage::{client, serve, sign_in, world};

#[tokio::test]
async fn another_process_can_script_hardships_and_read_the_truth() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    let client = client(&server).build().unwrap();
    let url = |path: &str| format!("{}{path}", server.base_url());
    let canned = Canned::status(503).header("retry-after", "7").body("{}");
    let hardship = Hardship::new(Endpoint::ListUsers, Effect::Respond(canned)).when(When::First(1));

    let body = serde_json::to_string(&hardship).unwrap();
    let added = client
        .post(url("/_simulator/hardships"))
        .body(body)
        .send()
        .await
        .unwrap();
    let users = client.get(url("/v1.0/users")).send().await.unwrap();
    let truth = client
        .get(url("/_simulator/truth"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();

    assert_eq!(204, added.status().as_u16());
    assert_eq!(
        (503, "7"),
        (
            users.status().as_u16(),
            users.headers()["retry-after"].to_str().unwrap()
        )
    );
    let truth: Value = serde_json::from_str(&truth).unwrap();
    assert_eq!(40, truth["people"].as_array().unwrap().len());
    let bad = client
        .post(url("/_simulator/hardships"))
        .body("nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(400, bad.status().as_u16());
    server.stop().await;
}

#[tokio::test]
async fn an_oversized_body_gets_the_error_of_its_service() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    let client = client(&server).build().unwrap();
    let tokens = sign_in(&server, &world, &client).await;
    let url = format!("{}/teams/v3/conversations", server.base_url());
    let request = client
        .post(url)
        .header("authorization", format!("Bearer {}", tokens.connector));

    let refused = request.body(vec![b' '; 5_000_000]).send().await.unwrap();

    assert_eq!(413, refused.status().as_u16());
    assert!(refused.text().await.unwrap().contains("MessageSizeTooBig"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[expect(
    clippy::disallowed_methods,
    reason = "the thread that reads the answers is busy, as on a busy machine"
)]
async fn hundreds_of_answers_that_nobody_reads_yet_do_not_end_the_connection() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    // Together more than the protocol's own window, so that they come in pieces.
    let body = format!("\"{}\"", "x".repeat(1_000));
    let answer = Effect::Respond(Canned::status(200).body(&body));
    world.script(Hardship::new(Endpoint::ListUsers, answer));
    let transport = LiveTransport::new(Some(server.ca_pem().as_bytes())).unwrap();
    let url = format!("{}/v1.0/users", server.base_url());
    let ask = || transport.round_trip(Request::get(&url).body(Bytes::new()).unwrap());
    ask().await.unwrap();

    let mut answers = pin!(join_all((0..1_000).map(|_| ask())));
    for _ in 0..5 {
        assert!(poll!(&mut answers).is_pending());
        std::thread::sleep(Duration::from_millis(100));
    }

    let answers = answers.await;
    assert_eq!(
        answers.iter().filter(|answer| answer.is_ok()).count(),
        1_000
    );
}
