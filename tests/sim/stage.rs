//! A world, served or not, and who calls it.

use std::sync::Arc;

use reqwest::{Certificate, Client, ClientBuilder};
use serde_json::Value;
use teamcast::simulator::{Options, Quotas, Registration, Server, Shape, World};

pub(crate) const GRAPH: &str = "https://graph.microsoft.com/.default";
pub(crate) const BOT: &str = "https://api.botframework.com/.default";

/// What the bot may do with teams, beside what it may with people.
const TEAM_PERMISSIONS: [&str; 3] = [
    "TeamsAppInstallation.ReadWriteSelfForTeam.All",
    "TeamMember.Read.All",
    "Team.ReadBasic.All",
];

/// The tokens of one world.
pub(crate) struct Tokens {
    pub(crate) graph: String,
    pub(crate) connector: String,
}

pub(crate) fn world() -> World {
    let shape = Shape {
        installed: 0.5,
        ..Shape::default()
    };
    let options = Options {
        people: 40,
        seed: 11,
        quotas: Quotas::Off,
        shape,
    };
    let mut registration = Registration::default();
    registration
        .permissions
        .extend(TEAM_PERMISSIONS.map(str::to_owned));
    World::registered(&options, registration)
}

pub(crate) async fn serve(world: &Arc<World>) -> Server {
    Server::start(Arc::clone(world), "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
}

pub(crate) async fn serve_plain(world: &Arc<World>) -> (Server, Server) {
    let server = serve(world).await;
    let plain = server.start_plain("127.0.0.1:0".parse().unwrap()).await;
    (server, plain.unwrap())
}

pub(crate) fn client(server: &Server) -> ClientBuilder {
    // Another test of this process may have been first.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let authority = Certificate::from_pem(server.ca_pem().as_bytes()).unwrap();
    Client::builder().tls_certs_only([authority]).no_proxy()
}

pub(crate) async fn sign_in(server: &Server, world: &World, client: &Client) -> Tokens {
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

pub(crate) fn token_request(world: &World, scope: &str) -> (String, String) {
    let facts = world.facts();
    let path = format!("/{}/oauth2/v2.0/token", facts.tenant_id);
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
        facts.client_id, facts.client_secret
    );
    (path, form)
}

pub(crate) fn access_token(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap();
    body.get("access_token")
        .and_then(Value::as_str)
        .unwrap()
        .to_owned()
}
