//! What only a served world has: requests about the world itself, and bodies too large.

use std::sync::Arc;

use serde_json::Value;
use teamcast::simulator::{Canned, Effect, Endpoint, Hardship, When};

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
