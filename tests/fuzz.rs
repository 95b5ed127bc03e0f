//! Pins that nothing that comes from outside makes the program panic: lists,
//! messages, cards, tokens, dates, and answers of the services to every call.
//!
//! Every property takes 2,000 inputs, or as many as `PROPTEST_CASES` says.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{collections::BTreeMap, env, fs, sync::Arc};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use jiff::Timestamp;
use proptest::{
    collection::vec,
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest},
    sample::select,
};
use teamcast::{
    audience::CsvRows,
    campaign::Campaign,
    connector::{Bot, Connector},
    graph::{AppKey, Graph, GraphBudgets, List},
    identity::{Certificate, Claims, GivenToken, Secret, Token, Tokens, redact},
    message::{Draft, Message, TextFormat},
    model::{CatalogId, InstallationId, ObjectId, UserKey},
    remote::{
        Budget, NoRoundTrip, Rank, Service, ServiceKind, Transport, retry_after, same_origin,
    },
};
use tokio::runtime;
use tokio_util::sync::CancellationToken;

fn cases() -> ProptestConfig {
    let cases = env::var("PROPTEST_CASES").ok();
    let cases = cases.and_then(|text| text.parse().ok()).unwrap_or(2000);
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// Text that is nearly what is expected, and text that is not at all.
fn text(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => select(words).prop_map(ToOwned::to_owned),
        1 => any::<String>(),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn bytes(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => text(words).prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..200),
    ]
}

const CSV: &[&str] = &[
    "upn",
    "object_id",
    "user",
    "mail",
    "language",
    ",",
    ";",
    "\t",
    "\"",
    "\r\n",
    "\n",
    "=",
    "@",
    "\u{feff}",
    "a@b.c",
    "é",
    "\0",
];
const TEMPLATE: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "display_name",
    " ",
    "|",
    "default(",
    "'x'",
    ")",
    "if ",
    "for ",
    "in ",
    "range(9999999)",
    "endif",
    "endfor",
    "*",
    "~",
    "[",
    "]",
    ".",
    "\"",
    "upper",
    "1e999",
];
const CAMPAIGN: &[&str] = &[
    "name = \"a\"\n",
    "[tenant]\n",
    "id = \"t\"\n",
    "cloud = \"china\"\n",
    "[identity]\n",
    "kind = \"managed-identity\"\n",
    "[identity.connector]\n",
    "kind = \"token\"\n",
    "client_secret_file = \"-\"\n",
    "bot_type = \"multi-tenant\"\n",
    "[app]\n",
    "catalog_id = \"c\"\n",
    "bot_id = \"b\"\n",
    "[audience]\n",
    "include = [{ csv = \"u\" }]\n",
    "[message]\n",
    "text = \"x\"\n",
    "[limits]\n",
    "connector = nan\n",
    "client_secret = \"x\"\n",
    "[tenant.endpoints]\n",
    "graph = \"http://[::1]:x\"\n",
    "=",
    "\"",
    "[",
    "]",
    "{",
    "}",
    "\n",
];
const CARD: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"type\"",
    "\"AdaptiveCard\"",
    "\"body\"",
    "\"version\"",
    "\"1.5\"",
    "\"TextBlock\"",
    "\"text\"",
    "\"{{ display_name }}\"",
    "null",
    "1e400",
    "true",
];
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "\"error\"",
    "\"code\"",
    "\"message\"",
    "\"innerError\"",
    "\"innererror\"",
    "\"value\"",
    "\"id\"",
    "\"19:x@unq.gbl.spaces\"",
    "\"@odata.nextLink\"",
    "\"https://h.example/v1.0/users?x\"",
    "\"errorCode\"",
    "209",
    "\"subCode\"",
    "\"serviceUrl\"",
    "\"appDefinitions\"",
    "\"authorization\"",
    "\"Bad format of conversation ID\"",
    "-1",
    "1e999",
];
const DATES: &[&str] = &[
    "Mon, ",
    "23 Nov ",
    "2026 ",
    "10:00:12 ",
    "GMT",
    "-",
    "1",
    "9",
    ".",
    "e",
    "NaN",
    "inf",
    " ",
];

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_list_panics(bytes in bytes(CSV)) {
        if let Ok(rows) = CsvRows::read("list.csv", std::io::Cursor::new(bytes)) {
            rows.for_each(drop);
        }
    }

    #[test]
    fn no_template_panics(text in text(TEMPLATE), name in any::<String>()) {
        let draft = Draft::Text { text, format: TextFormat::Markdown };
        if let Ok(message) = Message::load(&draft) {
            let fields = BTreeMap::from([("display_name".to_owned(), name)]);
            message.render(&fields).ok();
        }
    }

    #[test]
    fn no_campaign_file_panics(text in text(CAMPAIGN), known in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("campaign.toml");
        fs::write(&path, text).unwrap();
        let env = |name: &str| known.then(|| name.to_owned());
        Campaign::load(&path, &env).ok();
    }

    #[test]
    fn no_card_panics(bytes in bytes(CARD)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("card.json");
        fs::write(&path, bytes).unwrap();
        let draft = Draft::Card { path, notification: "News".to_owned() };
        if let Ok(message) = Message::load(&draft) {
            message.render(&BTreeMap::new()).ok();
        }
    }

    #[test]
    fn no_date_to_come_back_panics(text in text(DATES), date in text(DATES)) {
        let mut headers = HeaderMap::new();
        for (name, text) in [(header::RETRY_AFTER, text), (header::DATE, date)] {
            if let Ok(value) = text.parse() {
                headers.insert(name, value);
            }
        }
        retry_after(&headers, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn no_token_panics(payload in bytes(JSON), token in any::<String>()) {
        Claims::of(&Token::new(token.clone()));
        let made = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(payload));
        Claims::of(&Token::new(made.clone()));
        assert!(!redact(&format!("{token} {made}eyJ"), &[&token, "x"]).contains(&made) || made.len() < 24);
    }

    #[test]
    fn no_certificate_panics(bytes in vec(any::<u8>(), 0..400), password in any::<String>()) {
        Certificate::read(&bytes, Some(&Secret::new(password.clone()))).ok();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{password}\n-----END PRIVATE KEY-----");
        assert!(Certificate::read(pem.as_bytes(), None).is_err());
    }

    #[test]
    fn no_link_leads_away(link in text(&["https://", "h.example", "@", ":", "443", "/", "\\", "evil.example", "?", "#", "%2e"])) {
        let base = "https://h.example/v1.0".parse().unwrap();
        if let Ok(url) = same_origin(&base, &link) {
            assert_eq!(url.host_str(), Some("h.example"));
            assert_eq!(url.scheme(), "https");
        }
    }

    #[test]
    fn no_answer_panics(
        status in prop_oneof![Just(200_u16), Just(201), Just(400), Just(403), Just(404), Just(412), Just(429), 200_u16..600],
        body in bytes(JSON),
        wait in text(DATES),
    ) {
        every_call(Always { status, body, wait });
    }
}

/// Answers everything with the same.
#[derive(Debug)]
struct Always {
    status: u16,
    body: Vec<u8>,
    wait: String,
}

#[async_trait]
impl Transport for Always {
    async fn round_trip(&self, _: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let mut response = Response::new(Bytes::from(self.body.clone()));
        *response.status_mut() = self.status.try_into().unwrap();
        if let Ok(wait) = self.wait.parse() {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        Ok(response)
    }
}

/// Asks everything there is to ask, in no time.
fn every_call(answer: Always) {
    let clock = runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let transport: Arc<dyn Transport> = Arc::new(answer);
    let tokens: Arc<dyn Tokens> = Arc::new(GivenToken(Token::new("token".to_owned())));
    let service = |kind| {
        let (transport, tokens) = (Arc::clone(&transport), Arc::clone(&tokens));
        Service::new(
            kind,
            transport,
            tokens,
            |delay| delay,
            || Timestamp::UNIX_EPOCH,
        )
    };
    let stop = CancellationToken::new();
    let base = "https://h.example".parse::<url::Url>().unwrap();
    clock.block_on(async {
        let budget = || Arc::new(Budget::new("any", 1000.0));
        let budgets = GraphBudgets {
            directory: budget(),
            installed_apps_read: budget(),
            installed_apps_write: budget(),
            graph_read: budget(),
            team_members_read: budget(),
        };
        let catalog = CatalogId::new("c").unwrap();
        let graph = Graph::new(
            base.clone(),
            service(ServiceKind::Graph),
            budgets.clone(),
            catalog.clone(),
            stop.clone(),
        );
        let bot = Bot {
            app_id: "b".to_owned(),
            tenant_id: "t".to_owned(),
        };
        let connector = Connector::new(
            base,
            service(ServiceKind::Connector),
            budget(),
            bot,
            stop.clone(),
        );
        let person = ObjectId::new("p").unwrap();
        let pass = async || {
            budgets
                .graph_read
                .pass(std::num::NonZeroU32::MIN, Rank::Due, &stop)
                .await
                .unwrap()
        };
        for key in [
            UserKey::ObjectId(person.clone()),
            UserKey::Either("a@b.c".to_owned()),
        ] {
            graph.user(&key).await.ok();
        }
        let key = |name: &str| UserKey::Either(name.to_owned());
        graph.users(&[key("a@b.c"), key("19:x")]).await.ok();
        for list in [
            List::Users { filter: Some("x") },
            List::Changes,
            List::Group("g"),
            List::Team("t"),
        ] {
            graph.count(list).await.ok();
            graph.first_page(list).await.ok();
        }
        graph.changes_since("https://h.example/delta").await.ok();
        graph.team_conversation("t").await.ok();
        graph.is_in_team("t").await.ok();
        graph.install_in_team("t").await.ok();
        graph.catalog_entry(AppKey::Catalog(&catalog)).await.ok();
        graph.installation(pass().await, &person).await.ok();
        graph.install(pass().await, &person).await.ok();
        graph
            .chat(pass().await, &person, &InstallationId::new("i").unwrap())
            .await
            .ok();
        let chat = teamcast::model::ChatId::new("19:x").unwrap();
        graph.messages(&chat).await.ok();
        connector.probe().await.ok();
        connector.roster(&chat, Some("next")).await.ok();
        connector
            .create_conversation(pass().await, &person)
            .await
            .ok();
        let mut tries = connector.tries();
        let activity = serde_json::json!({"type": "message"});
        connector
            .send(pass().await, (&chat, None), &activity, &mut tries)
            .await
            .ok();
    });
}
