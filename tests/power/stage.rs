//! A simulated tenant that is spoken to in clear, so that what is said can be
//! read in the trace, and a campaign for it.

use std::{fs, path::PathBuf, process::Command, sync::Arc};

use axum::{Router, body::Body, extract::Request, response::IntoResponse};
use bytes::Bytes;
use http::{StatusCode, header};
use teamcast::simulator::{Answer, Options, Quotas, Shape, World};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime, time::Instant};

const CAMPAIGN: &str = r#"name = "townhall"
tenant = { id = "TENANT", endpoints = { graph = "BASE", connector = "BASE/teams" } }
identity = { kind = "token" }
app = { catalog_id = "CATALOG", bot_id = "BOT" }
audience = { include = [ { csv = "users.csv" } ] }
message = { text = "Hello {{ display_name }}" }
limits = { connector = 100 }
"#;

/// A tenant, a campaign and the program.
pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) runtime: Runtime,
    dir: TempDir,
}

impl Stage {
    /// So many people, who all have the app.
    pub(crate) fn new(people: usize) -> Self {
        let world = Arc::new(World::new(&Options {
            people,
            seed: 7,
            quotas: Quotas::Off,
            shape: Shape::uniform(),
        }));
        let runtime = Runtime::new().unwrap();
        let base = runtime.block_on(serve(Arc::clone(&world)));
        let dir = tempfile::tempdir().unwrap();
        let facts = world.facts();
        let campaign = CAMPAIGN
            .replace("BASE", &base)
            .replace("TENANT", &facts.tenant_id)
            .replace("CATALOG", &facts.catalog_id)
            .replace("BOT", &facts.bot_id);
        let names: Vec<&str> = world.people().iter().map(|person| &*person.upn).collect();
        let list = format!("user_principal_name\n{}\n", names.join("\n"));
        fs::write(dir.path().join("campaign.toml"), campaign).unwrap();
        fs::write(dir.path().join("users.csv"), list).unwrap();
        Self {
            world,
            runtime,
            dir,
        }
    }

    /// Where the campaign is, as the system calls it.
    pub(crate) fn dir(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// `teamcast run campaign.toml --yes` with more arguments.
    pub(crate) fn run(&self, more: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_teamcast"));
        program
            .current_dir(self.dir())
            .env_remove("TEAMCAST_LEDGER")
            .env("NO_PROXY", "*")
            .env(
                "TEAMCAST_GRAPH_TOKEN",
                self.token("https://graph.microsoft.com"),
            )
            .env(
                "TEAMCAST_CONNECTOR_TOKEN",
                self.token("https://api.botframework.com"),
            )
            .args([
                "run",
                "campaign.toml",
                "--yes",
                "--quiet",
                "--progress",
                "none",
            ])
            .args(more);
        program
    }

    fn token(&self, scope: &str) -> String {
        let facts = self.world.facts();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}/.default",
            facts.client_id, facts.client_secret
        );
        let path = format!("https://sim.example/{}/oauth2/v2.0/token", facts.tenant_id);
        let request = http::Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .unwrap();
        match self.world.answer(std::time::Duration::ZERO, request) {
            Answer::Respond { response, .. } => {
                let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
                body["access_token"].as_str().unwrap().to_owned()
            }
            Answer::Cut { .. } | Answer::Drop => panic!("no token"),
        }
    }
}

/// Serves the world on loopback, and gives its address.
async fn serve(world: Arc<World>) -> String {
    let opened = Instant::now();
    let answer = async move |request: Request| {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let request = http::Request::from_parts(parts, body);
        match world.answer(opened.elapsed(), request) {
            Answer::Respond { response, .. } => response.map(Body::from),
            Answer::Cut { .. } | Answer::Drop => StatusCode::BAD_GATEWAY.into_response(),
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
