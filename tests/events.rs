//! Pins that a served world tells the bot's endpoint what happens to its app.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{Router, http::HeaderMap, routing::post};
use serde_json::Value;
use teamcast::simulator::{Options, Quotas, Server, Shape, World};
use tokio::{net::TcpListener, sync::mpsc};

/// A loopback address with any free port.
fn anywhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// A bot that hands on what it is told.
async fn bot() -> (String, mpsc::Receiver<(HeaderMap, Value)>) {
    let (told, hears) = mpsc::channel(8);
    let hear = move |headers: HeaderMap, body: String| async move {
        let activity = serde_json::from_str(&body).unwrap();
        told.send((headers, activity)).await.unwrap();
        ""
    };
    let listener = TcpListener::bind(anywhere()).await.unwrap();
    let endpoint = format!("http://{}/api/messages", listener.local_addr().unwrap());
    let router = Router::new().route("/api/messages", post(hear));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (endpoint, hears)
}

#[tokio::test]
async fn a_served_world_posts_what_happens_to_the_bots_endpoint() {
    let (endpoint, mut hears) = bot().await;
    let world = World::new(&Options {
        people: 1,
        seed: 7,
        quotas: Quotas::Off,
        shape: Shape::uniform(),
    });
    let world = Arc::new(world.posting_events_to(endpoint.parse().unwrap()));
    let server = Server::start(Arc::clone(&world), anywhere()).await.unwrap();

    world.uninstall(world.people().first().unwrap().object_id);
    let (headers, activity) = hears.recv().await.unwrap();

    assert_eq!(Some("remove"), activity.get("action").unwrap().as_str());
    let service_url = format!("{}/teams/", server.base_url());
    assert_eq!(service_url, *activity.get("serviceUrl").unwrap());
    let bearer = headers.get("authorization").unwrap().to_str().unwrap();
    assert_eq!(
        3,
        bearer.strip_prefix("Bearer ").unwrap().split('.').count()
    );
    assert_eq!(1, world.events(&server.base_url()).len());
    server.stop().await;
}
