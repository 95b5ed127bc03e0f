//! Every way to sign in, from the environment to the message in the chat.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, process::Stdio, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain,
};
use serde_json::{Value, json};
use teamcast::simulator::{
    Answer, AppRegistration, Assigned, ClientCertificate, Credentials, FederatedCredential, Quotas,
    Registration, Shape,
};

use crate::stage::{Ended, Stage, counts};

const PASSWORD: &str = "sesame-and-confidential";

/// Two people and an app with these credentials; the campaign names that kind.
fn stage(kind: &str, credentials: Credentials) -> Stage {
    registered(
        kind,
        Registration {
            credentials,
            ..Registration::default()
        },
    )
}

fn registered(kind: &str, registration: Registration) -> Stage {
    let stage = Stage::registered(2, Shape::uniform(), Quotas::Off, registration);
    stage.edit("\"client-secret\"", &format!("\"{kind}\""));
    stage
}

fn trusting(federated: FederatedCredential) -> Credentials {
    Credentials {
        federated: vec![federated],
        ..Credentials::default()
    }
}

fn assigned(assigned: Assigned) -> Credentials {
    Credentials {
        assigned,
        ..Credentials::default()
    }
}

fn certified() -> (ClientCertificate, Credentials) {
    let certificate = ClientCertificate::sample("campaigns");
    let credentials = Credentials {
        certificates: vec![certificate.clone()],
        ..Credentials::default()
    };
    (certificate, credentials)
}

/// Removes the client id, which the machine knows.
fn without_client_id(stage: &Stage) {
    let line = format!("client_id = \"{}\"", stage.world.facts().client_id);
    stage.edit(&line, "");
}

#[track_caller]
fn delivers(stage: &Stage, ended: Ended) {
    ended.code(0);
    assert_eq!(stage.account(), counts([("delivered", 2)]));
}

/// The sample's key and certificate, as a PFX.
fn pfx(certificate: &ClientCertificate, algorithm: EncryptionAlgorithm) -> Vec<u8> {
    let pem = certificate.pem();
    let der = |label: &str| {
        let begin = format!("-----BEGIN {label}-----");
        let end = format!("-----END {label}-----");
        let (_, rest) = pem.split_once(&begin).unwrap();
        let (body, _) = rest.split_once(&end).unwrap();
        STANDARD.decode(body.replace(['\n', '\r'], "")).unwrap()
    };
    let key = PrivateKey::from_der(&der("PRIVATE KEY")).unwrap();
    let certificate = Certificate::from_der(&der("CERTIFICATE")).unwrap();
    let mut store = KeyStore::new();
    let chain = PrivateKeyChain::new(vec![1, 2, 3], key, [certificate]);
    store.add_entry("campaigns", KeyStoreEntry::PrivateKeyChain(chain));
    let writer = store.writer(PASSWORD).encryption_algorithm(algorithm);
    writer.write().unwrap()
}

#[test]
fn a_secret_in_a_file_of_ones_own_signs_in() {
    let stage = Stage::new(2);
    stage.write_private("secret", &stage.world.facts().client_secret);
    stage.edit(
        "client_id = ",
        "client_secret_file = \"secret\"\nclient_id = ",
    );

    delivers(&stage, stage.run_as([]));
}

#[test]
fn a_secret_in_a_file_that_others_can_read_is_refused() {
    let stage = Stage::new(2);
    stage.write_private("secret", &stage.world.facts().client_secret);
    fs::set_permissions(stage.path("secret"), fs::Permissions::from_mode(0o640)).unwrap();
    stage.edit(
        "client_id = ",
        "client_secret_file = \"secret\"\nclient_id = ",
    );

    stage.run_as([]).code(6).says(&["chmod 600", "mode 640"]);

    stage.nobody_was_touched();
}

#[test]
fn a_secret_on_standard_input_signs_in() {
    let stage = Stage::new(2);
    stage.edit("client_id = ", "client_secret_file = \"-\"\nclient_id = ");
    let mut program = stage.program(["run", "campaign.toml", "--yes"]);
    program
        .env_remove("AZURE_CLIENT_SECRET")
        .stdin(Stdio::piped());

    let mut child = program.spawn().unwrap();
    let secret = format!("{}\n", stage.world.facts().client_secret);
    let mut input = child.stdin.take().unwrap();
    input.write_all(secret.as_bytes()).unwrap();
    drop(input);

    delivers(&stage, Ended::when_done(child));
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let stage = Stage::new(2);
    let secret = &stage.world.facts().client_secret;

    let ended = stage
        .run_with(&[&format!("--client-secret={secret}")])
        .code(2);

    assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
}

#[test]
fn a_certificate_as_pem_signs_in() {
    let (certificate, credentials) = certified();
    let stage = stage("client-certificate", credentials);
    stage.write_private("client.pem", certificate.pem());
    let path = stage.path("client.pem");
    let path = path.to_str().unwrap();

    delivers(
        &stage,
        stage.run_as([("AZURE_CLIENT_CERTIFICATE_PATH", path)]),
    );
}

#[test]
fn a_certificate_as_pfx_signs_in_with_new_and_old_encryption() {
    for algorithm in [
        EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
        EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
    ] {
        let (certificate, credentials) = certified();
        let stage = stage("client-certificate", credentials);
        stage.write_private("client.pfx", pfx(&certificate, algorithm));
        stage.edit(
            "client_id = ",
            "client_certificate_path = \"client.pfx\"\nclient_id = ",
        );

        let password = [("AZURE_CLIENT_CERTIFICATE_PASSWORD", PASSWORD)];
        delivers(&stage, stage.run_as(password));
    }
}

#[test]
fn a_certificate_that_does_not_open_is_refused_without_its_password() {
    let (certificate, credentials) = certified();
    let stage = stage("client-certificate", credentials);
    let algorithm = EncryptionAlgorithm::PbeWithHmacSha256AndAes256;
    stage.write_private("client.pfx", pfx(&certificate, algorithm));
    stage.edit(
        "client_id = ",
        "client_certificate_path = \"client.pfx\"\nclient_id = ",
    );

    let password = [("AZURE_CLIENT_CERTIFICATE_PASSWORD", "open-confidential")];
    let ended = stage.run_as(password).code(6).says(&["the password"]);

    assert!(!ended.stderr.contains("open-confidential"));
    stage.nobody_was_touched();
}

#[test]
fn a_certificate_that_the_app_does_not_know_is_refused_with_what_to_do() {
    let (_, credentials) = certified();
    let stage = stage("client-certificate", credentials);
    stage.write_private("client.pem", ClientCertificate::sample("another").pem());
    stage.edit(
        "client_id = ",
        "client_certificate_path = \"client.pem\"\nclient_id = ",
    );

    stage.run_as([]).code(6).says(&["AADSTS700027"]);
}

#[test]
fn the_token_of_a_cluster_signs_in() {
    let cluster = FederatedCredential::kubernetes();
    let stage = stage("workload-identity", trusting(cluster.clone()));
    stage.write(
        "token",
        stage.world.federated_token(&cluster, Duration::ZERO),
    );
    let path = stage.path("token");
    let path = path.to_str().unwrap();

    delivers(&stage, stage.run_as([("AZURE_FEDERATED_TOKEN_FILE", path)]));
}

#[test]
fn a_machines_identity_signs_in_its_own_and_an_assigned_one() {
    for kind in [Assigned::System, Assigned::User] {
        let stage = stage("managed-identity", assigned(kind));
        if kind == Assigned::System {
            without_client_id(&stage);
        }
        delivers(&stage, stage.run_as(of_app_service(&stage).each()));
    }
}

#[test]
fn a_managed_identity_is_the_bots_own_while_a_secret_serves_graph() {
    let stage = stage("client-secret", assigned(Assigned::User));
    stage.edit(
        "client_id = ",
        "bot_type = \"managed-identity\"\nclient_id = ",
    );
    let around = of_app_service(&stage);
    let secret = stage.world.facts().client_secret.as_str();

    let variables = around
        .each()
        .into_iter()
        .chain([("AZURE_CLIENT_SECRET", secret)]);
    delivers(&stage, stage.run_as(variables));
}

#[test]
fn a_machine_without_that_identity_is_refused_with_what_to_do() {
    let stage = stage("managed-identity", Credentials::default());

    let ended = stage.run_as(of_app_service(&stage).each());

    ended.code(6).says(&["not been assigned"]);
    stage.nobody_was_touched();
}

#[test]
fn a_workflow_of_github_signs_in() {
    let stage = stage("github-oidc", trusting(FederatedCredential::github()));
    let url = format!("{}/github/idtoken?api-version=2.0", stage.base_url());
    let token = &stage.world.facts().surroundings.github_request_token;

    let ended = stage.run_as([
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token),
    ]);

    delivers(&stage, ended);
}

#[test]
fn a_workflow_without_permission_to_ask_is_told_which() {
    let stage = stage("github-oidc", trusting(FederatedCredential::github()));

    stage.run_as([]).code(6).says(&["id-token: write"]);
}

#[test]
fn the_secret_of_a_workflow_does_not_leave_the_machine_in_the_clear() {
    let stage = stage("github-oidc", trusting(FederatedCredential::github()));

    let ended = stage.run_as([
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://192.0.2.1/idtoken"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret"),
    ]);

    ended
        .code(6)
        .says(&["ACTIONS_ID_TOKEN_REQUEST_URL", "no https address"]);
}

#[test]
fn a_service_connection_of_azure_pipelines_signs_in() {
    let stage = stage(
        "azure-pipelines",
        trusting(FederatedCredential::azure_pipelines()),
    );
    let url = format!("{}/azure-pipelines/oidctoken", stage.base_url());
    let around = &stage.world.facts().surroundings;

    let ended = stage.run_as([
        ("SYSTEM_OIDCREQUESTURI", url.as_str()),
        ("SYSTEM_ACCESSTOKEN", &around.pipelines_access_token),
        (
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
            &around.service_connection_id,
        ),
    ]);

    delivers(&stage, ended);
}

#[test]
fn who_is_signed_in_to_the_azure_cli_signs_in() {
    let stage = registered("azure-cli", Registration::default());
    without_client_id(&stage);
    let ends = jiff::Timestamp::now().as_second() + 3000;
    for (name, scope) in [
        ("graph", "https://graph.microsoft.com/.default"),
        ("bot", "https://api.botframework.com/.default"),
    ] {
        let told =
            json!({"accessToken": token(&stage, scope), "expires_on": ends, "tokenType": "Bearer"});
        stage.write(&format!("{name}.json"), told.to_string());
    }
    let (graph, bot) = (stage.path("graph.json"), stage.path("bot.json"));
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *graph*) cat {} ;; *) cat {} ;; esac\n",
        graph.display(),
        bot.display()
    );
    stage.write("az", script);
    fs::set_permissions(stage.path("az"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        stage.dir().display(),
        std::env::var("PATH").unwrap()
    );

    delivers(&stage, stage.run_as([("PATH", path.as_str())]));
}

#[test]
fn tokens_made_elsewhere_are_used_as_they_are() {
    let stage = registered("token", Registration::default());
    without_client_id(&stage);
    let graph = token(&stage, "https://graph.microsoft.com/.default");
    let bot = token(&stage, "https://api.botframework.com/.default");

    let ended = stage.run_as([
        ("TEAMCAST_GRAPH_TOKEN", graph.as_str()),
        ("TEAMCAST_CONNECTOR_TOKEN", &bot),
    ]);

    delivers(&stage, ended);
}

#[test]
fn an_app_for_graph_and_another_for_the_bot_each_have_their_secret() {
    let reader = AppRegistration {
        name: "reader".to_owned(),
        permissions: vec![
            "TeamsAppInstallation.ReadWriteForUser.All".to_owned(),
            "User.Read.All".to_owned(),
        ],
        credentials: Credentials::default(),
    };
    let stage = registered(
        "client-secret",
        Registration {
            apps: vec![reader],
            permissions: Vec::new(),
            ..Registration::default()
        },
    );
    let (facts, other) = (stage.world.facts(), &stage.world.facts().apps[0]);
    without_client_id(&stage);
    stage.edit(
        "[app]",
        &format!(
            "[identity.connector]\nclient_id = \"{}\"\n\n[app]",
            facts.client_id
        ),
    );

    let ended = stage.run_as([
        ("AZURE_CLIENT_ID", other.client_id.as_str()),
        ("AZURE_CLIENT_SECRET", &other.client_secret),
        ("TEAMCAST_CONNECTOR_CLIENT_SECRET", &facts.client_secret),
    ]);

    delivers(&stage, ended);
}

#[test]
fn a_bot_of_many_tenants_asks_the_tenant_of_bots() {
    let stage = stage("client-secret", Credentials::default());
    stage.edit("client_id = ", "bot_type = \"multi-tenant\"\nclient_id = ");

    delivers(&stage, stage.run());
}

#[test]
fn an_authority_without_tls_is_refused_by_name() {
    let stage = Stage::new(2);
    let https = format!("authority = \"{}\"", stage.base_url());
    stage.edit(&https, &https.replace("https:", "http:"));

    stage
        .run()
        .code(2)
        .says(&["tenant.endpoints.authority", "https"]);
}

#[test]
fn a_key_of_another_kind_of_identity_is_refused_by_name() {
    let stage = Stage::new(2);
    stage.edit("client_id = ", "federated_token_file = \"x\"\nclient_id = ");

    stage
        .run()
        .code(2)
        .says(&["identity.federated_token_file", "another kind"]);
}

/// What App Service tells its programs.
struct Told {
    endpoint: String,
    header: String,
}

fn of_app_service(stage: &Stage) -> Told {
    Told {
        endpoint: format!("{}/msi/token", stage.base_url()),
        header: stage.world.facts().surroundings.identity_header.clone(),
    }
}

impl Told {
    fn each(&self) -> [(&str, &str); 2] {
        [
            ("IDENTITY_ENDPOINT", &self.endpoint),
            ("IDENTITY_HEADER", &self.header),
        ]
    }
}

/// A token for the bot's app, as another program got it.
fn token(stage: &Stage, scope: &str) -> String {
    let facts = stage.world.facts();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
        facts.client_id, facts.client_secret
    );
    let request = Request::post(format!("https://sim/{}/oauth2/v2.0/token", facts.tenant_id))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
    let answered = match stage.world.answer(Duration::ZERO, request) {
        Answer::Respond { response, .. } => Some(response),
        Answer::Drop | Answer::Cut { .. } => None,
    };
    let body: Value = serde_json::from_slice(answered.unwrap().body()).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}
