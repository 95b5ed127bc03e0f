//! Learning chats from what Teams tells the bot.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Child,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use serde_json::{Value, json};
use teamcast::simulator::{Quotas, Registration, Shape};
use tokio::time::{sleep, timeout};

use crate::stage::{Ended, Stage, signal};

const TEAMS: &str = include_str!("../../src/simulator/crypto/keys/bot-framework.pem");
const SOMEBODY: &str = include_str!("../../src/simulator/crypto/keys/external.pem");

/// A listener; it is asked to stop by [`Ear::stop`].
struct Ear {
    process: Child,
    address: SocketAddr,
    said: BufReader<std::process::ChildStdout>,
}

impl Ear {
    fn on(stage: &Stage, more: &[&str]) -> Self {
        let anywhere = ["--listen", "127.0.0.1:0"];
        let args = ["listen", "campaign.toml"].iter().chain(more);
        let anywhere = anywhere.iter().filter(|_| !more.contains(&"--listen"));
        let mut process = stage
            .program(args.chain(anywhere).copied())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut address = None;
        loop {
            let mut line = String::new();
            let read = said.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "{}", Ended::when_done(process).stderr);
            if let Some((_, rest)) = line.split_once("://") {
                let end = rest.find('/').unwrap();
                address.get_or_insert(rest[..end].parse().unwrap());
            }
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        Self {
            process,
            address: address.unwrap(),
            said,
        }
    }

    /// Posts one thing in the clear and gives the status of the answer.
    fn post(&self, token: Option<&str>, body: &str) -> u16 {
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let bearer = bearer.unwrap_or_default();
        self.ask(&format!(
            "POST /api/messages HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n{bearer}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn ask(&self, request: &str) -> u16 {
        let mut socket = TcpStream::connect(self.address).unwrap();
        // It may be refused before it is read to its end.
        socket.write_all(request.as_bytes()).ok();
        let mut head = [0; 12];
        socket.read_exact(&mut head).unwrap();
        String::from_utf8_lossy(&head[9..]).parse().unwrap()
    }

    /// Asks it to stop and gives what it said at its end.
    fn stop(self) -> String {
        self.end().0
    }

    /// The same, with its log.
    fn end(mut self) -> (String, String) {
        signal("-TERM", &self.process);
        let (mut text, mut faults) = (String::new(), String::new());
        self.said.read_to_string(&mut text).unwrap();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut faults).unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{text}{faults}");
        (text, faults)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // A failed test leaves nobody listening.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn nobody_has_the_app() -> Shape {
    Shape {
        installed: 0.0,
        ..Shape::uniform()
    }
}

/// The address book as lines of CSV, without the heading.
fn book(stage: &Stage) -> Vec<String> {
    let exported = stage.start(&["addresses", "export", "campaign.toml"], &[]);
    let lines = exported.code(0).stdout;
    lines.lines().skip(1).map(ToOwned::to_owned).collect()
}

/// Takes what the world has to tell to the listener, and gives the answers.
fn tell(stage: &Stage, ear: &Ear) -> Vec<u16> {
    let since = Duration::from_secs(1);
    let base_url = stage.base_url();
    let events = std::iter::from_fn(|| stage.world.take_event(since, &base_url));
    let posted = events.map(|event| {
        let request = event.request("http://bot/api/messages").unwrap();
        let bearer = request.headers()["authorization"].to_str().unwrap();
        let token = bearer.strip_prefix("Bearer ").unwrap();
        ear.post(Some(token), &event.activity().to_string())
    });
    posted.collect()
}

#[test]
fn who_gets_the_app_is_in_the_address_book_and_who_loses_it_is_not() {
    let stage = Stage::shaped(3, nobody_has_the_app());
    let ear = Ear::on(&stage, &[]);

    for place in 0..3 {
        stage.world.install(stage.person(place).object_id);
    }
    let answers = tell(&stage, &ear);
    let known = book(&stage);
    stage.world.uninstall(stage.person(1).object_id);
    tell(&stage, &ear);
    let left = book(&stage);

    // Each is told twice: that the app came, and that the bot did.
    assert_eq!(answers, [200; 6]);
    assert_eq!(known.len(), 3);
    let url = format!("{}/teams/", stage.base_url());
    assert!(known.iter().all(|line| line.contains(&url)), "{known:?}");
    assert!(known.iter().all(|line| line.contains(",29:")), "{known:?}");
    let gone = stage.person(1).object_id.to_string();
    assert_eq!(left.len(), 2);
    assert!(!left.iter().any(|line| line.contains(&gone)), "{left:?}");
    let said = ear.stop();
    assert!(said.starts_with("7 notices taken in, 0 "), "{said}");
}

#[test]
fn the_log_names_people_only_where_that_was_asked_for() {
    let stage = Stage::shaped(1, nobody_has_the_app());
    let id = stage.person(0).object_id.to_string();
    let log = |options: &[&str]| {
        let ear = Ear::on(&stage, options);
        stage.world.install(stage.person(0).object_id);
        tell(&stage, &ear);
        stage.world.uninstall(stage.person(0).object_id);
        tell(&stage, &ear);
        ear.end().1
    };

    let (quiet, naming) = (log(&["-vv"]), log(&["-vv", "--log-people"]));

    assert!(quiet.contains("told") && !quiet.contains(&id), "{quiet}");
    assert!(!quiet.contains("29:") && !quiet.contains("a:1"), "{quiet}");
    assert!(naming.contains(&id), "{naming}");
}

#[test]
fn a_campaign_that_runs_meanwhile_uses_what_is_learnt() {
    let stage = Stage::telling(6, nobody_has_the_app());
    // One install now, and the next in a hundred seconds.
    stage.edit(
        "installed_apps_write = 100000",
        "installed_apps_write = 0.01",
    );
    let told_at = stage.told_at().to_string();
    let ear = Ear::on(&stage, &["--listen", &told_at]);
    let mut run = stage.spawn();
    stage.wait_for_messages(1);

    for person in stage.world.people() {
        stage.world.install(person.object_id);
    }
    let ended = stage
        .runtime
        .block_on(async { timeout(Duration::from_mins(1), stage.all_have_a_message()).await });

    if ended.is_err() {
        run.kill().unwrap();
    }
    Ended::when_done(run).code(0);
    assert_eq!(stage.account().get("delivered"), Some(&6));
    assert_eq!(stage.world.truth().quotas["installed_apps_write"].seen, 1);
    ear.stop();
}

#[test]
fn installs_of_a_campaign_are_heard_of_and_serve_the_next_one() {
    let stage = Stage::telling(20, nobody_has_the_app());
    let told_at = stage.told_at().to_string();
    let ear = Ear::on(&stage, &["--listen", &told_at]);

    stage.run().code(0);
    stage.runtime.block_on(async {
        let answered = || {
            let events = stage.world.events(&stage.base_url());
            events
                .iter()
                .filter(|event| !event.answers.is_empty())
                .count()
        };
        while answered() < 40 {
            sleep(Duration::from_millis(10)).await;
        }
    });

    // An event may be answered before it is in the ledger, while a run writes there.
    ear.stop();
    let known = book(&stage);
    assert_eq!(known.len(), 20);
    assert!(known.iter().all(|line| line.contains(",29:")), "{known:?}");
}

/// An activity about the first person, and claims that go with it.
fn sample(stage: &Stage) -> (Value, Value) {
    stage.world.install(stage.person(0).object_id);
    let event = stage
        .world
        .take_event(Duration::ZERO, &stage.base_url())
        .unwrap();
    let activity = event.activity().clone();
    let now = Timestamp::now().as_second();
    let claims = json!({
        "iss": "https://api.botframework.com",
        "aud": stage.world.facts().bot_id,
        "serviceurl": activity["serviceUrl"],
        "nbf": now,
        "exp": now + 3600,
    });
    (activity, claims)
}

fn key_pair(pem: &str) -> RsaKeyPair {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()
}

fn sign(pem: &str, id: &str, claims: &Value) -> String {
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": id });
    let encode = |part: &Value| BASE64.encode(part.to_string());
    let text = format!("{}.{}", encode(&head), encode(claims));
    let pair = key_pair(pem);
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    format!("{text}.{}", BASE64.encode(signature))
}

/// Keys as somebody publishes them on loopback.
struct Publisher {
    keys: Arc<Mutex<Value>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Publisher {
    /// Publishes keys, and lets the campaign look for them there.
    fn for_campaign(stage: &Stage) -> Self {
        let keys = Arc::new(Mutex::new(json!([])));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({ "jwks_uri": format!("{base_url}/keys") }).to_string();
        let shown = Arc::clone(&keys);
        let router = Router::new()
            .route("/metadata", get(async move || metadata))
            .route(
                "/keys",
                get(async move || json!({ "keys": *shown.lock().unwrap() }).to_string()),
            );
        let serving = stage.runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        let line = format!("bot_metadata = \"{base_url}/metadata\"\nca_file");
        stage.edit("ca_file", &line);
        Self { keys, serving }
    }

    fn publish<const N: usize>(&self, keys: [(&str, &str, Value); N]) {
        let entries = keys.map(|(pem, id, endorsements)| {
            let public = PublicKeyComponents::<Vec<u8>>::from(key_pair(pem).public());
            let (n, e) = (BASE64.encode(public.n), BASE64.encode(public.e));
            json!({ "kty": "RSA", "kid": id, "n": n, "e": e, "endorsements": endorsements })
        });
        *self.keys.lock().unwrap() = entries.to_vec().into();
    }
}

#[test]
fn nothing_that_is_not_from_teams_leaves_a_trace() {
    let stage = Stage::shaped(1, nobody_has_the_app());
    let publisher = Publisher::for_campaign(&stage);
    publisher.publish([
        (TEAMS, "one", json!(["msteams", "webchat"])),
        (TEAMS, "silent", json!([])),
    ]);
    let ear = Ear::on(&stage, &[]);
    let (activity, claims) = sample(&stage);
    let body = activity.to_string();
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        sign(TEAMS, "one", &claims)
    };
    let now = Timestamp::now().as_second();
    let right = sign(TEAMS, "one", &claims);
    let unsigned = {
        let head = BASE64.encode(json!({ "alg": "none", "kid": "one" }).to_string());
        format!("{head}.{}.", BASE64.encode(claims.to_string()))
    };
    let mut elsewhere = activity.clone();
    elsewhere["channelId"] = "webchat".into();
    let mut other_url = activity.clone();
    other_url["serviceUrl"] = "https://evil.example/".into();
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let long = " ".repeat(300 * 1024);

    let refused = [
        (None, body.as_str(), 401),
        (Some("nonsense".to_owned()), &body, 403),
        (Some(unsigned), &body, 403),
        (Some(sign(SOMEBODY, "one", &claims)), &body, 403),
        (Some(sign(SOMEBODY, "two", &claims)), &body, 403),
        (Some(sign(TEAMS, "silent", &claims)), &body, 403),
        (Some(with("exp", (now - 3600).into())), &body, 403),
        (Some(with("nbf", (now + 3600).into())), &body, 403),
        (Some(with("aud", "another".into())), &body, 403),
        (Some(with("iss", "https://evil.example".into())), &body, 403),
        (Some(with("serviceurl", Value::Null)), &body, 403),
        (Some(right.clone()), &elsewhere.to_string(), 403),
        (Some(right.clone()), &other_url.to_string(), 403),
        (Some(right.clone()), &deep, 400),
        (Some(right.clone()), "not json", 400),
        (Some(right.clone()), &long, 413),
    ];
    for (number, (token, body, status)) in refused.iter().enumerate() {
        assert_eq!(ear.post(token.as_deref(), body), *status, "{number}");
    }
    let unheard = ear.post(
        Some(&right),
        &json!({ "type": "message", "channelId": "msteams",
        "serviceUrl": activity["serviceUrl"] })
        .to_string(),
    );
    let elsewhere = ear.ask("GET /api/messages HTTP/1.1\r\nHost: bot\r\n\r\n");
    let health = ear.ask("GET /health HTTP/1.1\r\nHost: bot\r\n\r\n");

    assert_eq!((unheard, elsewhere, health), (200, 405, 200));
    assert_eq!(book(&stage), [""; 0]);
    assert_eq!(ear.post(Some(&right), &body), 200);
    assert_eq!(book(&stage).len(), 1);
    let said = ear.stop();
    assert!(
        said.contains(&format!("{} refused", refused.len())),
        "{said}"
    );
}

#[test]
fn keys_change_and_are_not_always_to_be_had() {
    let stage = Stage::shaped(1, nobody_has_the_app());
    let publisher = Publisher::for_campaign(&stage);
    publisher.publish([(TEAMS, "one", json!(["msteams"]))]);
    let ear = Ear::on(&stage, &[]);
    let (activity, claims) = sample(&stage);
    let post = |pem, id| ear.post(Some(&sign(pem, id, &claims)), &activity.to_string());

    let before = post(TEAMS, "one");
    publisher.publish([(SOMEBODY, "two", json!(["msteams"]))]);
    let changed = [post(SOMEBODY, "two"), post(TEAMS, "one")];
    publisher.serving.abort();
    let alone = [post(SOMEBODY, "two"), post(SOMEBODY, "three")];

    assert_eq!((before, changed, alone), (200, [200, 403], [200, 403]));
    ear.stop();
}

#[test]
fn it_is_served_over_tls_and_nowhere_else_in_the_clear() {
    let stage = Stage::shaped(1, nobody_has_the_app());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    stage.write("cert.pem", made.cert.pem());
    stage.write_private("key.pem", made.signing_key.serialize_pem());
    let everywhere = ["listen", "campaign.toml", "--listen", "0.0.0.0:0"];

    let ear = Ear::on(&stage, &["--certificate", "cert.pem", "--key", "key.pem"]);
    let url = format!("https://localhost:{}/health", ear.address.port());
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let answer = stage.runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
        client.build().unwrap().get(url).send().await.unwrap()
    });
    assert_eq!(answer.status(), 200);
    ear.stop();
    stage
        .start(&everywhere, &[])
        .code(2)
        .says(&["--certificate", "loopback"]);
    let missing = ["--certificate", "none.pem", "--key", "key.pem"];
    stage
        .start(&everywhere, &missing)
        .code(2)
        .says(&["none.pem"]);
    let open = ["--certificate", "cert.pem", "--key", "cert.pem"];
    stage.start(&everywhere, &open).code(2).says(&["cert.pem"]);
}

#[test]
fn what_it_cannot_do_without_is_said_at_once() {
    let stage = Stage::new(1);
    let listen = ["listen", "campaign.toml", "--listen", "127.0.0.1:0"];

    stage.write(
        "teamcast.db",
        "this is no database, and long enough to show",
    );
    stage.start(&listen, &[]).code(9).says(&["teamcast.db"]);
    let nowhere = format!("authority = \"{}", stage.base_url());
    stage.edit(&nowhere, "authority = \"https://127.0.0.1:9");
    stage
        .start(&listen, &[])
        .code(6)
        .says(&["openidconfiguration", "[tenant.endpoints]"]);
}

#[test]
fn a_tenant_may_be_named_by_its_domain() {
    let stage = Stage::registered(
        1,
        nobody_has_the_app(),
        Quotas::Off,
        Registration::default(),
    );
    let (id, domain) = {
        let facts = stage.world.facts();
        (facts.tenant_id.clone(), facts.domain.clone())
    };
    stage.edit(&format!("id = \"{id}\""), &format!("id = \"{domain}\""));
    let ear = Ear::on(&stage, &[]);

    stage.world.install(stage.person(0).object_id);
    tell(&stage, &ear);

    assert_eq!(book(&stage).len(), 1);
    ear.stop();
}
