//! Pins that the Azure SDK's credentials sign in to the simulated directory.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{fs, sync::Arc, time::Duration};

use async_trait::async_trait;
use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    http::{ClientOptions, Transport as AzureTransport},
};
use azure_identity::{
    ClientAssertionCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use bytes::Bytes;
use http::{Request, Response};
use teamcast::{
    remote::{NoRoundTrip, TokenTransport, Transport},
    simulator::{
        Answer, Credentials, FederatedCredential, Options, Quotas, Registration, Shape, World,
    },
};
use tempfile::TempDir;

const GRAPH: &str = "https://graph.microsoft.com/.default";

/// A network that leads to the world, whose clock stands still.
#[derive(Debug)]
struct Wire(Arc<World>);

#[async_trait]
impl Transport for Wire {
    async fn round_trip(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
        let Answer::Respond { response, .. } = self.0.answer(Duration::ZERO, request) else {
            let detail = "lost".to_owned();
            return Err(NoRoundTrip::NoAnswer { detail });
        };
        Ok(response)
    }
}

/// A world whose bot's app trusts these issuers.
fn world(federated: Vec<FederatedCredential>) -> Arc<World> {
    let options = Options {
        people: 1,
        seed: 7,
        quotas: Quotas::Off,
        shape: Shape::uniform(),
    };
    let registration = Registration {
        credentials: Credentials {
            federated,
            ..Credentials::default()
        },
        ..Registration::default()
    };
    Arc::new(World::registered(&options, registration))
}

/// A credential that signs in with what is in the file of a cluster.
fn of_cluster(world: &Arc<World>, dir: &TempDir, token: &str) -> Arc<WorkloadIdentityCredential> {
    let path = dir.path().join("token");
    fs::write(&path, token).unwrap();
    let mut cloud = CustomConfiguration::default();
    "https://sim".clone_into(&mut cloud.authority_host);
    let wire = Arc::new(TokenTransport(Arc::new(Wire(Arc::clone(world)))));
    let facts = world.facts();
    WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions {
            client_options: ClientOptions {
                transport: Some(AzureTransport::new(wire)),
                cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
                ..ClientOptions::default()
            },
        },
        client_id: Some(facts.client_id.clone()),
        tenant_id: Some(facts.tenant_id.clone()),
        token_file_path: Some(path),
    }))
    .unwrap()
}

#[tokio::test]
async fn the_token_file_of_a_cluster_signs_in() {
    let trusted = FederatedCredential::kubernetes();
    let world = world(vec![trusted.clone()]);
    let dir = TempDir::new().unwrap();
    let token = world.federated_token(&trusted, Duration::ZERO);

    let given = of_cluster(&world, &dir, &token)
        .get_token(&[GRAPH], None)
        .await
        .unwrap();

    let request = Request::get("https://sim/v1.0/users")
        .header("authorization", format!("Bearer {}", given.token.secret()))
        .body(Bytes::new())
        .unwrap();
    let answer = Wire(world).round_trip(request).await.unwrap();
    assert_eq!(200, answer.status());
}

#[tokio::test]
async fn a_token_file_that_the_app_does_not_trust_is_refused_with_the_directorys_code() {
    let world = world(vec![FederatedCredential::github()]);
    let dir = TempDir::new().unwrap();
    let token = world.federated_token(&FederatedCredential::kubernetes(), Duration::ZERO);

    let refused = of_cluster(&world, &dir, &token)
        .get_token(&[GRAPH], None)
        .await
        .unwrap_err();

    assert!(refused.to_string().contains("AADSTS700211"), "{refused}");
}
