//! What the listener takes: events a second, and how soon it answers.
//!
//! The events are signed beforehand with one token, which is good for an hour,
//! and each is about another person, so that each is a line of the ledger.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement prints, and a failed step is a failed measurement"
)]

#[expect(dead_code, reason = "each benchmark uses a part")]
mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime,
    time::{Instant, sleep_until},
};

use common::{
    campaign::{Campaign, NO_LIMIT},
    client::Client,
    load::{self, Line},
    report::{Figure, Goal},
    tenant::Tenant,
};

const TEAMS: &str = include_str!("../../src/simulator/crypto/keys/bot-framework.pem");
/// Connections of the client where it has a pace.
const CONNECTIONS: usize = 64;
/// Connections where it has none; on each, one event waits for the one before.
const MANY_CONNECTIONS: usize = 256;
/// Ticks a second in which Linux counts processor time.
const TICKS: f64 = 100.0;
/// Events a second that are to be taken.
const RATE: usize = 2_000;
/// For so many seconds.
const SECONDS: usize = 10;

fn main() -> ExitCode {
    common::run("listen", &[("pace", pace), ("most", most)])
}

/// How soon events are answered that come at the rate there may be.
fn pace() -> Vec<Figure> {
    let setting = Setting::new();
    let events = setting.events(RATE * SECONDS, 1);
    let before = processor_time(setting.process.id());
    let answers = paced(setting.address, events);
    let spent = processor_time(setting.process.id());

    let known = setting.known();
    let mut took: Vec<Duration> = answers.iter().map(|answer| answer.took).collect();
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let milliseconds = |name, took: Duration, goal| Figure {
        name,
        value: took.as_secs_f64() * 1000.0,
        unit: "ms",
        goal,
    };
    let share = |name, status: u16, goal| Figure {
        name,
        value: answers.iter().filter(|one| one.status == status).count() as f64,
        unit: "events",
        goal,
    };
    let spent = spent.zip(before).map(|(after, before)| Figure {
        name: "processor time of an event",
        value: after.saturating_sub(before).as_secs_f64() * 1e6 / answers.len() as f64,
        unit: "µs",
        goal: Goal::None,
    });
    let figures = vec![
        milliseconds("answered, half of them", at(50), Goal::None),
        milliseconds("answered, 99 of 100", at(99), Goal::AtMost(100.0)),
        milliseconds("answered, the last", at(100), Goal::None),
        share("durable before the answer (200)", 200, Goal::None),
        share("durable soon after (202)", 202, Goal::None),
        Figure {
            name: "in the ledger",
            value: known as f64,
            unit: "people",
            goal: Goal::AtLeast((RATE * SECONDS) as f64),
        },
    ];
    figures.into_iter().chain(spent).collect()
}

/// How many events a second are taken at most.
fn most() -> Vec<Figure> {
    let setting = Setting::new();
    let events = setting.events(20_000, 2);
    let driven = load::drive(setting.address, MANY_CONNECTIONS, events, 1);

    assert_eq!(0, driven.failures, "a fast refusal would be no measurement");
    assert_eq!(20_000, setting.known());
    vec![Figure {
        name: "as fast as they come",
        value: driven.per_second(),
        unit: "events/s",
        goal: Goal::AtLeast(RATE as f64),
    }]
}

/// Processor time of a process so far, where the system says.
fn processor_time(process: u32) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program comes first, in brackets.
    let (_, rest) = text.rsplit_once(") ")?;
    let ticks = rest.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|field| field.parse::<f64>().ok()).sum();
    Some(Duration::from_secs_f64(ticks / TICKS))
}

/// A tenant, and a program that listens to it; it ends with this value.
struct Setting {
    campaign: Campaign,
    process: Child,
    _said: BufReader<ChildStdout>,
    address: SocketAddr,
    bot_id: String,
    tenant_id: String,
    token: String,
    service_url: String,
    _tenant: Tenant,
}

impl Setting {
    fn new() -> Self {
        let tenant = Tenant::start(1, &["--quotas", "off"]);
        let client = Client::of(&tenant, 1);
        let campaign = Campaign::of(&client, NO_LIMIT, "auto");
        let settings = client.settings();
        let mut process = Command::new(env!("CARGO_BIN_EXE_teamcast"))
            .arg("listen")
            .arg(campaign.path("campaign.toml"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("://").unwrap();
        let address = rest[..rest.find('/').unwrap()].parse().unwrap();
        let service_url = "https://smba.trafficmanager.net/emea/".to_owned();
        let token = token(&tenant, &settings.bot_id, &service_url);
        Self {
            campaign,
            process,
            _said: said,
            address,
            bot_id: settings.bot_id,
            tenant_id: settings.tenant,
            token,
            service_url,
            _tenant: tenant,
        }
    }

    /// Requests that tell of so many people, who are others for another `kind`.
    fn events(&self, people: usize, kind: usize) -> Vec<Vec<u8>> {
        (0..people).map(|person| self.event(person, kind)).collect()
    }

    fn event(&self, person: usize, kind: usize) -> Vec<u8> {
        let activity = json!({
            "type": "installationUpdate",
            "action": "add",
            "id": format!("f:{person:032x}"),
            "timestamp": "2026-11-30T08:00:00.123Z",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {
                "id": format!("29:1{person:060x}"),
                "aadObjectId": format!("{kind:08x}-0000-4000-8000-{person:012x}"),
            },
            "recipient": { "id": format!("28:{}", self.bot_id), "name": "Bot" },
            "conversation": {
                "id": format!("a:1{person:060x}"),
                "conversationType": "personal",
                "tenantId": self.tenant_id,
            },
            "channelData": {
                "tenant": { "id": self.tenant_id },
                "source": { "name": "message" },
            },
            "locale": "en-US",
        });
        let body = activity.to_string();
        format!(
            "POST /api/messages HTTP/1.1\r\nHost: bot\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        )
        .into_bytes()
    }

    /// How many people are in the address book.
    fn known(&self) -> usize {
        let exported = Command::new(env!("CARGO_BIN_EXE_teamcast"))
            .args(["addresses", "export"])
            .arg(self.campaign.path("campaign.toml"))
            .output()
            .unwrap();
        assert!(exported.status.success());
        String::from_utf8(exported.stdout).unwrap().lines().count() - 1
    }
}

impl Drop for Setting {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A token as Teams signs it, for the next hour.
fn token(tenant: &Tenant, bot_id: &str, service_url: &str) -> String {
    let request = format!(
        "GET /v1/.well-known/keys HTTP/1.1\r\nHost: {}\r\n\r\n",
        tenant.address
    );
    let keys = Line::to(tenant.address).ask(request.as_bytes());
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": keys["keys"][0]["kid"] });
    let now = Timestamp::now().as_second();
    let claims = json!({
        "iss": "https://api.botframework.com",
        "aud": bot_id,
        "serviceurl": service_url,
        "nbf": now,
        "exp": now + 3600,
    });
    let encode = |part: &Value| BASE64.encode(part.to_string());
    let text = format!("{}.{}", encode(&head), encode(&claims));
    let der = PrivatePkcs8KeyDer::from_pem_slice(TEAMS.as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    format!("{text}.{}", BASE64.encode(signature))
}

/// An answer, and how long after its event was due it came.
#[derive(Debug, Clone, Copy)]
struct Answered {
    status: u16,
    took: Duration,
}

/// Posts each event when it is due; one that has to wait for the one before on
/// its connection is late, and that counts.
fn paced(address: SocketAddr, events: Vec<Vec<u8>>) -> Vec<Answered> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let events = Arc::new(events);
    runtime.block_on(async {
        let start = Instant::now() + Duration::from_millis(200);
        let lines: Vec<_> = (0..CONNECTIONS)
            .map(|line| tokio::spawn(post(address, Arc::clone(&events), line, start)))
            .collect();
        let mut all = Vec::with_capacity(events.len());
        for line in lines {
            all.extend(line.await.unwrap());
        }
        all
    })
}

async fn post(
    address: SocketAddr,
    events: Arc<Vec<Vec<u8>>>,
    line: usize,
    start: Instant,
) -> Vec<Answered> {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let mut answers = Vec::with_capacity(events.len() / CONNECTIONS + 1);
    let mut unread = Vec::with_capacity(1024);
    for number in (line..events.len()).step_by(CONNECTIONS) {
        let due = start + Duration::from_secs_f64(number as f64 / RATE as f64);
        sleep_until(due).await;
        socket.write_all(&events[number]).await.unwrap();
        unread.clear();
        // Its answers have no body.
        while !unread.ends_with(b"\r\n\r\n") {
            let read = socket.read_buf(&mut unread).await.unwrap();
            assert_ne!(0, read, "the listener ended the connection");
        }
        answers.push(Answered {
            status: str::from_utf8(&unread[9..12]).unwrap().parse().unwrap(),
            took: due.elapsed(),
        });
    }
    answers
}
