//! Answers that are cut, stuck or lost, as a socket has it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use teamcast::simulator::{Effect, Endpoint, Hardship, When};
use tokio::task;

use crate::stage::{GRAPH, client, serve, serve_plain, token_request, world};

#[tokio::test]
async fn a_body_that_is_cut_really_ends_early_on_the_socket() {
    let world = Arc::new(world());
    let (server, plain) = serve_plain(&world).await;
    world.script(Hardship::new(Endpoint::Unknown, Effect::CutAnswer).when(When::First(1)));
    let address = plain.base_url().replace("http://", "");
    let ask = move || {
        let mut socket = TcpStream::connect(&address).unwrap();
        let request = "GET /v1.0/nowhere HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let announced = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        (announced.unwrap().parse::<usize>().unwrap(), body.len())
    };

    let [(announced, arrived), (_, whole)] =
        task::spawn_blocking(move || [ask(), ask()]).await.unwrap();

    assert_eq!((announced, announced / 2), (whole, arrived));
    plain.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_sees_a_cut_body_as_broken() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    world.script(Hardship::new(Endpoint::Unknown, Effect::CutAnswer));
    for client in [client(&server).http1_only(), client(&server)] {
        let url = format!("{}/v1.0/nowhere", server.base_url());

        let response = client.build().unwrap().get(url).send().await.unwrap();

        assert_eq!(401, response.status().as_u16());
        assert!(response.bytes().await.is_err());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_is_stopped_does_not_wait_for_answers_that_are_stuck() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    let hour = Duration::from_hours(1);
    world.script(Hardship::new(Endpoint::Any, Effect::Delay(hour)));
    let client = client(&server).build().unwrap();
    let stuck = tokio::spawn(
        client
            .get(format!("{}/v1.0/users", server.base_url()))
            .send(),
    );
    while world.account().requests == 0 {
        task::yield_now().await;
    }

    tokio::time::timeout(Duration::from_secs(20), server.stop())
        .await
        .unwrap();

    assert!(stuck.await.unwrap().is_err());
}

#[tokio::test]
async fn a_lost_answer_ends_the_connection_after_the_effect() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    let client = client(&server).http1_only().build().unwrap();
    let (path, form) = token_request(&world, GRAPH);
    world.script(Hardship::new(Endpoint::Token, Effect::LoseAnswer).when(When::First(1)));
    let ask = || {
        client
            .post(format!("{}{path}", server.base_url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.clone())
            .send()
    };

    let (lost, answered) = (ask().await, ask().await);

    assert!(lost.is_err());
    assert_eq!(200, answered.unwrap().status().as_u16());
    server.stop().await;
}
