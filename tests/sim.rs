//! Pins that a world on loopback is the world itself: the same requests get the
//! same answers in-process and over HTTP/1.1 and HTTP/2, with TLS and without.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use reqwest::{Certificate, Client, ClientBuilder};
use serde_json::{Value, json};
use teamcast::simulator::{
    Answer, Canned, Effect, Endpoint, Hardship, Options, Quotas, Server, Shape, When, World,
};
use tokio::task;

/// One request of a conversation with the services.
struct Step {
    method: &'static str,
    path: String,
    service: Service,
    body: Option<String>,
}

/// Which token a request carries.
#[derive(Clone, Copy)]
enum Service {
    Nobody,
    Graph,
    Connector,
}

/// What came back.
#[derive(Debug, PartialEq)]
struct Seen {
    status: StatusCode,
    headers: Vec<String>,
    body: Value,
}

/// The tokens of one world.
struct Tokens {
    graph: String,
    connector: String,
}

fn world() -> World {
    let shape = Shape {
        installed: 0.5,
        ..Shape::default()
    };
    World::new(&Options {
        people: 40,
        seed: 11,
        quotas: Quotas::Off,
        shape,
    })
}

/// Everything once, right and wrong.
fn steps(world: &World) -> Vec<Step> {
    let (nobody, graph, bot) = (Service::Nobody, Service::Graph, Service::Connector);
    let facts = world.facts();
    let tenant = &facts.tenant_id;
    let metadata = format!("/{tenant}/v2.0/.well-known/openid-configuration");
    let mut steps = vec![
        Step::get(nobody, &metadata),
        Step::get(nobody, "/common/discovery/instance"),
        Step::get(nobody, "/nowhere"),
        Step::get(nobody, "/v1.0/users"),
        Step::get(bot, "/v1.0/users"),
        Step::get(graph, "/v1.0/users?$top=7&$select=id,mail"),
        Step::get(graph, "/v1.0/users?$top=0"),
        Step::get(graph, "/v1.0/users?$filter=userType%20ne%20'Guest'"),
        Step::get(graph, "/v1.0/appCatalogs/teamsApps"),
        Step::post(bot, "/teams/v3/conversations", &json!("nonsense")),
        Step::get(bot, "/teams/v3/nowhere"),
    ];
    let app = json!({ "teamsApp@odata.bind":
        format!("https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{}", facts.catalog_id) });
    for person in world.people() {
        let id = person.object_id;
        let apps = format!("/v1.0/users/{id}/teamwork/installedApps");
        let chat = format!("19%3A{id}_{}%40unq.gbl.spaces", facts.bot_id);
        let member = json!({ "members": [{ "id": id.to_string() }], "tenantId": tenant });
        let message = json!({ "type": "message", "text": "Grüezi" });
        steps.extend([
            Step::get(graph, &format!("/v1.0/users/{id}")),
            Step::post(graph, &apps, &app),
            Step::get(graph, &format!("{apps}?$expand=teamsApp")),
            Step::get(graph, &format!("/v1.0/users/{id}/chats")),
            Step::post(bot, "/teams/v3/conversations", &member),
            Step::post(
                bot,
                &format!("/teams/v3/conversations/{chat}/activities"),
                &message,
            ),
        ]);
    }
    steps
}

impl Step {
    fn get(service: Service, path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            service,
            body: None,
        }
    }

    fn post(service: Service, path: &str, body: &Value) -> Self {
        let body = Some(body.to_string());
        Self {
            method: "POST",
            path: path.to_owned(),
            service,
            body,
        }
    }
}

fn token_request(world: &World, scope: &str) -> (String, String) {
    let facts = world.facts();
    let path = format!("/{}/oauth2/v2.0/token", facts.tenant_id);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
        facts.client_id, facts.client_secret
    );
    (path, form)
}

fn bearer(step: &Step, tokens: &Tokens) -> Option<String> {
    match step.service {
        Service::Nobody => None,
        Service::Graph => Some(format!("Bearer {}", tokens.graph)),
        Service::Connector => Some(format!("Bearer {}", tokens.connector)),
    }
}

const GRAPH: &str = "https://graph.microsoft.com/.default";
const BOT: &str = "https://api.botframework.com/.default";

fn answered(
    world: &World,
    request: http::request::Builder,
    body: String,
) -> Option<Response<Bytes>> {
    match world.answer(Duration::ZERO, request.body(Bytes::from(body)).unwrap()) {
        Answer::Respond { response, .. } => Some(response),
        Answer::Cut { .. } | Answer::Drop => None,
    }
}

fn walk_in_process(origin: &str) -> Vec<Seen> {
    let world = world();
    let token = |scope| {
        let (path, form) = token_request(&world, scope);
        let request = Request::post(format!("{origin}{path}"))
            .header("content-type", "application/x-www-form-urlencoded");
        access_token(answered(&world, request, form).unwrap().body())
    };
    let tokens = Tokens {
        graph: token(GRAPH),
        connector: token(BOT),
    };
    let walk = |step: Step| {
        let mut request = Request::builder()
            .method(step.method)
            .uri(format!("{origin}{}", step.path));
        if let Some(bearer) = bearer(&step, &tokens) {
            request = request.header("authorization", bearer);
        }
        if step.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let response = answered(&world, request, step.body.unwrap_or_default()).unwrap();
        Seen {
            status: response.status(),
            headers: names(response.headers()),
            body: plain(serde_json::from_slice(response.body()).unwrap_or_default()),
        }
    };
    steps(&world).into_iter().map(walk).collect()
}

async fn sign_in(server: &Server, world: &World, client: &Client) -> Tokens {
    let mut given = Vec::new();
    for scope in [GRAPH, BOT] {
        let (path, form) = token_request(world, scope);
        let request = client
            .post(format!("{}{path}", server.base_url()))
            .header("content-type", "application/x-www-form-urlencoded");
        let text = request
            .body(form)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        given.push(access_token(text.as_bytes()));
    }
    let [graph, connector] = <[String; 2]>::try_from(given).unwrap();
    Tokens { graph, connector }
}

fn access_token(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap();
    body.get("access_token")
        .and_then(Value::as_str)
        .unwrap()
        .to_owned()
}

/// Asks everything over `version` of HTTP.
async fn walk_over(server: &Server, world: &World, client: &Client, version: Version) -> Vec<Seen> {
    let origin = server.base_url();
    let tokens = sign_in(server, world, client).await;
    let mut seen = Vec::new();
    for step in steps(world) {
        let mut request = client.request(
            step.method.parse().unwrap(),
            format!("{origin}{}", step.path),
        );
        if let Some(bearer) = bearer(&step, &tokens) {
            request = request.header("authorization", bearer);
        }
        if let Some(body) = step.body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let response = request.send().await.unwrap();
        assert_eq!(version, response.version());
        let (status, headers) = (response.status(), names(response.headers()));
        let body = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
        seen.push(Seen {
            status,
            headers,
            body: plain(body),
        });
    }
    seen
}

/// Returns the names of the headers that the services set.
fn names(headers: &http::HeaderMap) -> Vec<String> {
    let transport = ["date", "content-length", "transfer-encoding", "connection"];
    let names = headers.keys().map(|name| name.as_str().to_owned());
    let mut names: Vec<String> = names
        .filter(|name| !transport.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

/// Takes out what tells one instant from another.
fn plain(mut body: Value) -> Value {
    if let Some(inner) = body
        .pointer_mut("/error/innerError")
        .and_then(Value::as_object_mut)
    {
        inner.remove("date");
    }
    let sent = body
        .get("id")
        .and_then(Value::as_str)
        .is_some_and(|id| id.parse::<u64>().is_ok());
    if let (true, Some(fields)) = (sent, body.as_object_mut()) {
        fields.insert("id".to_owned(), json!("a time"));
    }
    body
}

async fn serve(world: &Arc<World>) -> Server {
    Server::start(Arc::clone(world), "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
}

async fn serve_plain(world: &Arc<World>) -> (Server, Server) {
    let server = serve(world).await;
    let plain = server.start_plain("127.0.0.1:0".parse().unwrap()).await;
    (server, plain.unwrap())
}

fn client(server: &Server) -> ClientBuilder {
    // Another test of this process may have been first.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let authority = Certificate::from_pem(server.ca_pem().as_bytes()).unwrap();
    Client::builder().tls_certs_only([authority]).no_proxy()
}

/// Asks everything over the server's scheme and in-process, and compares.
async fn check(server: &Server, world: &World, client: Client, version: Version) {
    let over_the_wire = walk_over(server, world, &client, version).await;
    let in_process = walk_in_process(&server.base_url());

    assert_eq!(in_process, over_the_wire);
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers_over_http_1() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    let client = client(&server).http1_only().build().unwrap();

    check(&server, &world, client, Version::HTTP_11).await;
    server.stop().await;
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers_over_http_2() {
    let world = Arc::new(world());
    let server = serve(&world).await;
    let client = client(&server).build().unwrap();

    check(&server, &world, client, Version::HTTP_2).await;
    server.stop().await;
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers_without_tls() {
    let world = Arc::new(world());
    let (server, plain) = serve_plain(&world).await;
    let client = Client::builder().no_proxy().build().unwrap();

    check(&plain, &world, client, Version::HTTP_11).await;
    plain.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers_over_http_2_by_prior_knowledge() {
    let world = Arc::new(world());
    let (server, plain) = serve_plain(&world).await;
    let client = Client::builder().no_proxy().http2_prior_knowledge();

    check(&plain, &world, client.build().unwrap(), Version::HTTP_2).await;
    plain.stop().await;
    server.stop().await;
}

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
