//! Pins that hostile answers end soon, in little memory and in clear words, and
//! that what a service repeats of our secrets goes no further.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use teamcast::{
    graph::{Graph, GraphBudgets, List},
    identity::{Applicant, GivenToken, Proof, Secret, SignedIn, Token, Tokens},
    model::{CatalogId, UserKey},
    remote::{Budget, LiveTransport, NoRoundTrip, Service, ServiceKind, TokenTransport, Transport},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Serves one connection in its own way, on a port of its own.
fn served(answer: impl FnOnce(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // What is asked does not matter, but that it was.
        stream.read_exact(&mut [0; 16]).ok();
        answer(&mut stream);
    });
    format!("http://{address}/")
}

/// Asks once; hostile or not, there is an end within the limit.
async fn ask(url: &str) -> Result<Response<Bytes>, NoRoundTrip> {
    let limit = Duration::from_secs(3);
    let started = Instant::now();
    let transport = LiveTransport::within(None, limit).unwrap();
    let request = Request::get(url).body(Bytes::new()).unwrap();
    let answer = transport.round_trip(request).await;
    assert!(started.elapsed() < limit * 4, "{:?}", started.elapsed());
    answer
}

/// Writes the same over and over until nobody listens any more.
fn forever(stream: &mut TcpStream, part: &[u8]) {
    while stream.write_all(part).is_ok() {}
}

#[tokio::test]
async fn ten_gigabytes_that_are_announced_are_not_read() {
    let url = served(|stream| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";
        stream.write_all(head).ok();
        forever(stream, &[b'x'; 8192]);
    });

    let refused = ask(&url).await.unwrap_err().to_string();

    assert!(refused.contains("larger than"), "{refused}");
}

#[tokio::test]
async fn a_body_without_an_end_is_read_up_to_a_bound() {
    let url = served(|stream| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).ok();
        let chunk = [&b"2000\r\n"[..], &[b'x'; 8192], b"\r\n"].concat();
        forever(stream, &chunk);
    });

    let refused = ask(&url).await.unwrap_err().to_string();

    assert!(refused.contains("larger than"), "{refused}");
}

#[tokio::test]
async fn a_body_that_trickles_ends_with_our_patience() {
    let url = served(|stream| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        stream.write_all(head).ok();
        while stream.write_all(b"x").is_ok() {
            thread::park_timeout(Duration::from_millis(200));
        }
    });

    let refused = ask(&url).await.unwrap_err();

    assert!(matches!(refused, NoRoundTrip::NoAnswer { .. }), "{refused}");
}

#[tokio::test]
async fn headers_without_an_end_are_refused() {
    let many = served(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n").ok();
        forever(stream, b"X-Bomb: boom\r\n");
    });
    let long = served(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Bomb: ").ok();
        forever(stream, &[b'x'; 8192]);
    });

    for url in [many, long] {
        let refused = ask(&url).await.unwrap_err();

        assert!(matches!(refused, NoRoundTrip::NoAnswer { .. }), "{refused}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_refused() {
    let url = served(|stream| {
        stream
            .write_all(&[0xff, 0xfe, 0x00, 0x80, b'\r', b'\n'])
            .ok();
    });

    assert!(ask(&url).await.is_err());
}

/// Answers everything with the same status and body.
#[derive(Debug)]
struct Always(u16, Vec<u8>);

#[async_trait]
impl Transport for Always {
    async fn round_trip(&self, _: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let mut response = Response::new(Bytes::from(self.1.clone()));
        *response.status_mut() = self.0.try_into().unwrap();
        Ok(response)
    }
}

/// Answers with what it was asked, credentials and all.
#[derive(Debug)]
struct Echo;

#[async_trait]
impl Transport for Echo {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let bearer = request.headers().get("authorization");
        let bearer = bearer.map_or("", |value| value.to_str().unwrap());
        let told = serde_json::json!({
            "error": {"code": "Echo", "message": format!("{bearer} {body}")},
            "error_description": body,
        });
        let mut response = Response::new(Bytes::from(told.to_string()));
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
        Ok(response)
    }
}

const OPAQUE: &str = "an-opaque-token-and-confidential";

fn graph(transport: Arc<dyn Transport>) -> Graph {
    let tokens: Arc<dyn Tokens> = Arc::new(GivenToken(Token::new(OPAQUE.to_owned())));
    let budget = || Arc::new(Budget::new("any", 1000.0));
    Graph::new(
        "https://graph.example".parse().unwrap(),
        Service::new(
            ServiceKind::Graph,
            transport,
            tokens,
            |delay| delay,
            || Timestamp::UNIX_EPOCH,
        ),
        GraphBudgets {
            directory: budget(),
            installed_apps_read: budget(),
            installed_apps_write: budget(),
            graph_read: budget(),
            team_members_read: budget(),
        },
        CatalogId::new("catalog").unwrap(),
        CancellationToken::new(),
    )
}

#[tokio::test(start_paused = true)]
async fn json_of_any_depth_and_bytes_that_are_no_text_are_faults_like_any_other() {
    let deep = [b"[".repeat(1_000_000), b"]".repeat(1_000_000)].concat();
    let objects = b"{\"error\":".repeat(500_000);
    for body in [deep, objects, vec![0xff, 0xfe, 0x80], b"\"\xff\"".to_vec()] {
        for status in [200, 400, 403] {
            let graph = graph(Arc::new(Always(status, body.clone())));
            let key = UserKey::UserPrincipalName("ada@contoso.example".to_owned());

            let answer = graph.user(&key).await;

            let is_fault = match &answer {
                Ok(found) => matches!(found, teamcast::graph::Lookup::Unknown),
                Err(trouble) => !trouble.words().is_empty(),
            };
            assert!(is_fault, "{status}: {answer:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_repeats_our_token_does_not_get_it_into_an_error() {
    let graph = graph(Arc::new(Echo));

    let everybody = List::Users { filter: None };
    let trouble = graph.first_page(everybody).await.unwrap_err();

    let shown = format!("{trouble:?} {}", trouble.words());
    assert!(shown.contains("Bearer …"), "{shown}");
    assert!(!shown.contains(OPAQUE), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_repeats_our_secret_does_not_get_it_into_an_error() {
    let secret = "a~very/odd+secret&confidential";
    let applicant = Applicant {
        authority: "https://login.example".parse().unwrap(),
        tenant: "contoso.example".to_owned(),
        client_id: "client".to_owned(),
        proof: Proof::Secret(Secret::new(secret)),
        http: Arc::new(TokenTransport(Arc::new(Echo))),
        now: || Timestamp::UNIX_EPOCH,
    };
    let tokens = SignedIn::new(applicant, "https://graph.example/.default").unwrap();

    let error = tokens.token().await.unwrap_err();

    let shown = format!("{error} {error:?}");
    assert!(shown.contains("client_secret=…"), "{shown}");
    assert!(!shown.contains("confidential"), "{shown}");
}
