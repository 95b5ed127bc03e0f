//! From what proves who we are to a credential of the SDK.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use azure_core::{
    Error,
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    error::ErrorKind,
    http::{ClientMethodOptions, ClientOptions, HttpClient, Transport},
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzurePipelinesCredential,
    AzurePipelinesCredentialOptions, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use jiff::Timestamp;
use url::Url;

use super::{Certificate, Secret, SignInError, github::Workflow};

/// Gives the calendar's time.
pub type Clock = fn() -> Timestamp;

/// What proves who we are.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A client secret.
    Secret(Secret),
    /// A certificate.
    Certificate(Certificate),
    /// The token a Kubernetes cluster keeps in this file.
    Cluster(PathBuf),
    /// The machine, which Azure knows.
    Machine(Assigned),
    /// A workflow of GitHub Actions.
    GitHub {
        /// Where its token is, `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: Url,
        /// What opens it, `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        token: Secret,
    },
    /// A service connection of Azure Pipelines.
    AzurePipelines {
        /// The id of the connection.
        connection: String,
        /// The job's own token, `SYSTEM_ACCESSTOKEN`.
        access_token: Secret,
    },
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
}

/// Which identity of a machine is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    /// The machine's own, or the only one a person assigned.
    System,
    /// The one with this client id.
    Client(String),
    /// The one with this object id.
    Object(String),
    /// The one with this Azure resource id.
    Resource(String),
}

/// Who asks, whom, and through what.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// Where Entra is.
    pub authority: Url,
    /// The tenant that is asked.
    pub tenant: String,
    /// The app that asks; unused where the machine or the CLI knows better.
    pub client_id: String,
    /// What proves it.
    pub proof: Proof,
    /// The network; the machine's own services are asked without a proxy.
    pub http: Arc<dyn HttpClient>,
    /// The calendar, for assertions we sign.
    pub now: Clock,
}

impl Applicant {
    /// A credential that has cached nothing yet.
    pub(super) fn credential(&self) -> Result<Arc<dyn TokenCredential>, SignInError> {
        self.made().map_err(|fault| self.failed(&fault))
    }

    /// What is said of `fault`, without what proves who we are.
    pub(super) fn failed(&self, fault: &Error) -> SignInError {
        SignInError::of(fault, &[self.secret()])
    }

    /// What it proves itself by, where that is a text; else nothing.
    pub(super) fn secret(&self) -> &str {
        match &self.proof {
            Proof::Secret(secret) => secret.expose(),
            Proof::GitHub { token, .. } => token.expose(),
            Proof::AzurePipelines { access_token, .. } => access_token.expose(),
            Proof::Certificate(_) | Proof::Cluster(_) | Proof::Machine(_) | Proof::AzureCli => "",
        }
    }

    fn made(&self) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let (tenant, client) = (self.tenant.clone(), self.client_id.clone());
        let client_options = self.client_options();
        let credential_options = ClientAssertionCredentialOptions {
            client_options: client_options.clone(),
        };
        Ok(match &self.proof {
            Proof::Secret(secret) => ClientSecretCredential::new(
                &tenant,
                client,
                secret.expose().to_owned().into(),
                Some(ClientSecretCredentialOptions { client_options }),
            )?,
            Proof::Certificate(certificate) => ClientAssertionCredential::new(
                tenant,
                client,
                Signed {
                    certificate: certificate.clone(),
                    client_id: self.client_id.clone(),
                    audience: self.token_url(),
                    now: self.now,
                },
                Some(credential_options),
            )?,
            Proof::Cluster(path) => {
                WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    credential_options,
                    client_id: Some(client),
                    tenant_id: Some(tenant),
                    token_file_path: Some(path.clone()),
                }))?
            }
            Proof::Machine(assigned) => {
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id: assigned.by_a_person(),
                    client_options,
                }))?
            }
            Proof::GitHub { url, token } => ClientAssertionCredential::new(
                tenant,
                client,
                Workflow {
                    url: url.clone(),
                    token: token.clone(),
                    http: Arc::clone(&self.http),
                },
                Some(credential_options),
            )?,
            Proof::AzurePipelines {
                connection,
                access_token,
            } => AzurePipelinesCredential::new(
                tenant,
                client,
                connection,
                access_token.expose().to_owned(),
                Some(AzurePipelinesCredentialOptions { credential_options }),
            )?,
            Proof::AzureCli => AzureCliCredential::new(Some(AzureCliCredentialOptions {
                tenant_id: Some(tenant),
                ..AzureCliCredentialOptions::default()
            }))?,
        })
    }

    fn client_options(&self) -> ClientOptions {
        let mut cloud = CustomConfiguration::default();
        self.authority
            .as_str()
            .trim_end_matches('/')
            .clone_into(&mut cloud.authority_host);
        ClientOptions {
            transport: Some(Transport::new(Arc::clone(&self.http))),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..ClientOptions::default()
        }
    }

    /// Where Entra is asked, which is whom an assertion is for.
    fn token_url(&self) -> String {
        let authority = self.authority.as_str().trim_end_matches('/');
        format!("{authority}/{}/oauth2/v2.0/token", self.tenant)
    }
}

impl Assigned {
    fn by_a_person(&self) -> Option<UserAssignedId> {
        match self {
            Self::System => None,
            Self::Client(id) => Some(UserAssignedId::ClientId(id.clone())),
            Self::Object(id) => Some(UserAssignedId::ObjectId(id.clone())),
            Self::Resource(id) => Some(UserAssignedId::ResourceId(id.clone())),
        }
    }
}

/// Signs a new assertion each time one is asked for.
#[derive(Debug)]
struct Signed {
    certificate: Certificate,
    client_id: String,
    audience: String,
    now: Clock,
}

#[async_trait]
impl ClientAssertion for Signed {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let (id, now) = (rand::random(), (self.now)());
        self.certificate
            .assertion(&self.client_id, &self.audience, id, now)
            .map_err(|fault| Error::with_message(ErrorKind::Credential, fault.to_string()))
    }
}
