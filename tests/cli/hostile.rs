//! Services out of their minds: whatever they answer, the program ends soon, in
//! little memory, and says what was wrong.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::stage::Ended;

const MIB: u64 = 1024 * 1024;
/// What the program may need, that of a build without optimisation included.
const MEMORY: u64 = 192 * MIB;
/// Six attempts with half a minute between them, on a machine that does much else.
const TIME: Duration = Duration::from_mins(2);

const CAMPAIGN: &str = r#"name = "townhall"
[tenant]
id = "tenant"
[tenant.endpoints]
authority = "http://ADDRESS"
graph = "http://ADDRESS"
connector = "http://ADDRESS/teams"
[identity]
kind = "token"
[app]
catalog_id = "catalog"
bot_id = "bot"
[audience]
include = [ SOURCE ]
guests = true
disabled = true
unlicensed = true
[message]
text = "Hello"
"#;
const DIRECTORY: &str = "{ users = {} }";
const LIST: &str = "{ csv = \"users.csv\" }";
/// What is opaque to us, and should stay with us.
const TOKEN: &str = "an-opaque-token-and-confidential";

/// How a service answers.
type Answer = fn(&mut TcpStream, request: &str);

/// How a run against it ended.
struct Survived {
    ended: Ended,
    /// The most memory it had, in bytes, where the system says.
    memory: Option<u64>,
    dir: TempDir,
}

/// Serves `answer` to whatever has `path` in its first line, and nothing of use
/// to anything else.
fn served(path: &'static str, answer: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let request = asked(&mut stream);
                let line = request.lines().next().unwrap_or_default();
                if line.contains(path) {
                    answer(&mut stream, &request);
                } else if line.contains("/$count") {
                    respond(&mut stream, 200, b"3");
                } else if line.contains("/appCatalogs/") {
                    respond(&mut stream, 403, b"{}");
                } else {
                    respond(&mut stream, 404, b"{}");
                }
            });
        }
    });
    address
}

/// The head of the request and what of its body came along.
fn asked(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => read.extend_from_slice(&piece[..length]),
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

fn respond(stream: &mut TcpStream, status: u16, body: &[u8]) {
    respond_with(stream, status, "", body);
}

fn respond_with(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok();
}

/// Writes the same over and over until nobody listens any more.
fn forever(stream: &mut TcpStream, head: &[u8], part: &[u8]) {
    let mut written = stream.write_all(head);
    while written.is_ok() {
        written = stream.write_all(part);
    }
}

/// A page of `entries` and nothing more.
fn page(stream: &mut TcpStream, entry: &str, entries: usize) {
    let value = vec![entry; entries].join(",");
    respond(stream, 200, format!("{{\"value\":[{value}]}}").as_bytes());
}

#[expect(
    clippy::disallowed_methods,
    reason = "it waits for a process, without a runtime"
)]
fn survive(address: SocketAddr, source: &str) -> Survived {
    let dir = tempfile::tempdir().unwrap();
    let text = CAMPAIGN.replace("ADDRESS", &address.to_string());
    fs::write(
        dir.path().join("campaign.toml"),
        text.replace("SOURCE", source),
    )
    .unwrap();
    let list = "object_id,chat_id\n00000000-1111-4222-8333-444444444444,19:a@unq.gbl.spaces\n";
    fs::write(dir.path().join("users.csv"), list).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_teamcast"))
        .current_dir(dir.path())
        .args([
            "run",
            "campaign.toml",
            "--yes",
            "-vv",
            "--log-format",
            "json",
        ])
        .env_clear()
        .env("TEAMCAST_GRAPH_TOKEN", TOKEN)
        .env("TEAMCAST_CONNECTOR_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let mut memory = None;
    while child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < TIME, "it does not end");
        memory = most_memory(child.id()).or(memory);
        thread::sleep(Duration::from_millis(10));
    }
    Survived {
        ended: Ended::when_done(child),
        memory,
        dir,
    }
}

/// The most memory a process ever had, in bytes.
fn most_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

impl Survived {
    /// Asserts how it ended, that it says so, and that it stayed small.
    #[track_caller]
    fn ended(self, code: i32, words: &str) -> Self {
        let Ended { stdout, stderr, .. } = &self.ended;
        assert_eq!(self.ended.code, code, "{stdout}{stderr}");
        let report = self.dir.path().join("reports/townhall/report.csv");
        let report = fs::read_to_string(report).unwrap_or_default();
        let told = format!("{stderr}{report}");
        assert!(told.contains(words), "no {words} in: {told}");
        assert!(!told.contains("panicked"), "{told}");
        assert!(!told.contains(TOKEN), "{told}");
        let memory = self.memory.unwrap_or_default();
        assert!(memory < MEMORY, "{} MiB", memory / MIB);
        self
    }
}

#[test]
fn pages_out_of_all_proportion_end_a_run_soon_and_in_little_memory() {
    let too_large = "larger than 33554432 bytes";
    let no_list = "not what the documentation says";
    let pages: [(&str, Answer); 9] = [
        (too_large, |stream, _| {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";
            forever(stream, head, &[b'x'; 8192]);
        }),
        (too_large, |stream, _| {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            let chunk = [&b"2000\r\n"[..], &[b'x'; 8192], b"\r\n"].concat();
            forever(stream, head, &chunk);
        }),
        (too_large, |stream, _| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            let nothing = [b' '; 8192];
            for _ in 0..50_000 {
                packed.write_all(&nothing).unwrap();
            }
            let packed = packed.finish().unwrap();
            respond_with(stream, 200, "Content-Encoding: gzip\r\n", &packed);
        }),
        ("no round trip", |stream, _| {
            forever(stream, b"HTTP/1.1 200 OK\r\n", b"X-Bomb: boom\r\n");
        }),
        (no_list, |stream, _| {
            let deep = [b"[".repeat(8_000_000), b"]".repeat(8_000_000)].concat();
            respond(stream, 200, &deep);
        }),
        (no_list, |stream, _| {
            respond(stream, 200, b"{\"value\":[{\"id\":\"\xff\xfe\"}]}");
        }),
        (no_list, |stream, _| {
            page(stream, "{\"id\":\"\"}", 3_000_000);
        }),
        (no_list, |stream, _| {
            let plans = vec!["{}"; 10_000_000].join(",");
            page(
                stream,
                &format!("{{\"id\":\"a\",\"assignedPlans\":[{plans}]}}"),
                1,
            );
        }),
        ("the service does not say why", |stream, _| {
            let zeros = vec!["0"; 10_000_000].join(",");
            let body = format!("{{\"error\":{{\"code\":\"odd\",\"message\":[{zeros}]}}}}");
            respond(stream, 400, body.as_bytes());
        }),
    ];

    let runs = pages.map(|(words, answer)| {
        thread::spawn(move || (words, survive(served("/v1.0/users?", answer), DIRECTORY)))
    });

    for run in runs {
        let (words, survived) = run.join().unwrap();
        let code = survived.ended.code;
        assert!(matches!(code, 2 | 7), "{code}: {}", survived.ended.stderr);
        survived.ended(code, words);
    }
}

#[test]
fn an_answer_to_a_message_that_cannot_be_read_leaves_its_recipient_in_doubt() {
    let answers: [(&str, Answer); 2] = [
        ("larger than 1048576 bytes", |stream, _| {
            let head = b"HTTP/1.1 201 Created\r\nContent-Length: 10737418240\r\n\r\n";
            forever(stream, head, &[b'x'; 8192]);
        }),
        ("in-doubt", |stream, _| {
            forever(stream, b"HTTP/1.1 201 Created\r\nX-Bomb: ", &[b'x'; 8192]);
        }),
    ];
    for (words, answer) in answers {
        survive(served("/activities", answer), LIST).ended(4, words);
    }
}

#[test]
fn a_refusal_without_an_end_is_still_the_refusal_its_status_says() {
    let address = served("/activities", |stream, _| {
        let head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 10737418240\r\n\r\n\
                     {\"error\":{\"code\":\"NotEnoughPermissions\",\"message\":\"";
        forever(stream, head, &[b'x'; 8192]);
    });

    survive(address, LIST).ended(3, "failed,");
}

#[test]
fn a_service_that_repeats_our_token_does_not_get_it_into_log_ledger_or_report() {
    let repeat: Answer = |stream, request| {
        let mut lines = request.lines();
        let told = lines.find(|line| line.to_ascii_lowercase().starts_with("authorization"));
        let told = serde_json::json!({"error": {"code": told, "message": told}});
        respond(stream, 400, told.to_string().as_bytes());
    };
    for (path, source, code) in [
        ("/v1.0/users?", DIRECTORY, 2),
        ("/activities", LIST, 3),
        ("", LIST, 3),
    ] {
        let survived = survive(served(path, repeat), source).ended(code, "…");

        for name in ["teamcast.db", "teamcast.db-wal"] {
            let bytes = fs::read(survived.dir.path().join(name)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(TOKEN), "{name}");
        }
    }
}
