//! The same requests, in-process and over every kind of connection.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use reqwest::Client;
use serde_json::{Value, json};
use teamcast::simulator::{Answer, Server, World};

use crate::{
    stage::{
        BOT, GRAPH, Tokens, access_token, client, serve, serve_plain, sign_in, token_request, world,
    },
    steps::{Step, bearer, steps},
};

/// What came back.
#[derive(Debug, PartialEq)]
struct Seen {
    status: StatusCode,
    headers: Vec<String>,
    body: Value,
}

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
        if step.eventual {
            request = request.header("consistencylevel", "eventual");
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
        if step.eventual {
            request = request.header("consistencylevel", "eventual");
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
    forget_times(&mut body);
    let sent = body
        .get("id")
        .and_then(Value::as_str)
        .is_some_and(|id| id.parse::<u64>().is_ok());
    if let (true, Some(fields)) = (sent, body.as_object_mut()) {
        fields.insert("id".to_owned(), json!("a time"));
    }
    body
}

/// Takes out when it was asked, wherever it is said: in errors, also those of a
/// batch, and in the links of a delta query.
fn forget_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_time = match name.as_str() {
                    "date" | "@odata.deltaLink" => true,
                    "@odata.nextLink" => {
                        value.as_str().is_some_and(|link| link.contains("/delta?"))
                    }
                    _ => false,
                };
                if is_time {
                    *value = json!("a time");
                } else {
                    forget_times(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(forget_times),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Asks everything over the server's scheme and in-process, and compares.
async fn check(server: &Server, world: &World, client: Client, version: Version) {
    let over_the_wire = walk_over(server, world, &client, version).await;
    let in_process = walk_in_process(&server.base_url());

    assert_eq!(in_process, over_the_wire);
}

#[test]
fn the_steps_reach_what_they_are_about() {
    let world = world();
    let seen = walk_in_process("https://sim");
    let asked: Vec<String> = steps(&world).into_iter().map(|step| step.path).collect();
    for (end, expected) in [
        ("/members", 200),
        ("/transitiveMembers/microsoft.graph.user?$select=mail", 400),
        (
            "/transitiveMembers/microsoft.graph.user?$select=id&$count=true&$top=3",
            200,
        ),
        ("/transitiveMembers/microsoft.graph.user/$count", 200),
        ("/users/delta?$select=id,mail&$top=9", 200),
        ("/licenseDetails", 200),
        ("/members?$top=2", 200),
        ("/pagedmembers", 200),
        ("/v1.0/$batch", 200),
    ] {
        let place = asked.iter().position(|path| path.ends_with(end)).unwrap();

        assert_eq!(expected, seen[place].status.as_u16(), "{end}");
    }
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
