//! App registrations: who an app is, what it may do and how it proves itself.

use std::sync::Arc;

use super::dice::Dice;
use crate::simulator::{
    crypto::{ClientCertificate, Validity},
    guid::Guid,
};

/// What a token for signing in elsewhere is for, wherever it comes from.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";
/// Who issues the tokens of GitHub Actions.
pub(crate) const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// Who issues the tokens of Azure Pipelines, by organisation.
pub(crate) const AZURE_PIPELINES: &str =
    "https://vstoken.dev.azure.com/5a1f0c6e-6f6a-4a5e-9d0f-2b8a4f6c1d3e";
/// Who issues the tokens of a Kubernetes cluster.
pub(crate) const KUBERNETES: &str = "https://oidc.cluster.contoso.example/simulator/";

/// An app registered beside the bot's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRegistration {
    /// What people call it; ids are drawn from it and the seed.
    pub name: String,
    /// The application permissions that were consented to.
    pub permissions: Vec<String>,
    /// How it proves who it is.
    pub credentials: Credentials,
}

/// How an app can prove who it is; each has a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// Whether the secret can still be used.
    pub secret: Validity,
    /// Its certificates.
    pub certificates: Vec<ClientCertificate>,
    /// Whom else it trusts to vouch for it.
    pub federated: Vec<FederatedCredential>,
    /// Whether it is the managed identity of the machine that the program runs on.
    pub assigned: Assigned,
}

/// Whether an identity is assigned to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Assigned {
    /// It is not.
    #[default]
    No,
    /// It is the machine's own.
    System,
    /// It is one of those that a person assigned.
    User,
}

/// Tokens that an app accepts in place of a credential of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FederatedCredential {
    /// Those of an issuer outside the directory.
    External {
        /// The issuer, to the letter.
        issuer: String,
        /// The subject, to the letter.
        subject: String,
        /// The audience, to the letter.
        audience: String,
    },
    /// Those of the identity that is assigned to the machine.
    ManagedIdentity,
}

impl FederatedCredential {
    /// Trusts the simulated GitHub Actions workflow.
    pub fn github() -> Self {
        Self::external(GITHUB, "repo:contoso/campaigns:ref:refs/heads/main")
    }

    /// Trusts the simulated service connection of Azure Pipelines.
    pub fn azure_pipelines() -> Self {
        Self::external(AZURE_PIPELINES, "sc://contoso/campaigns/teams")
    }

    /// Trusts the service account of the simulated Kubernetes cluster.
    pub fn kubernetes() -> Self {
        Self::external(KUBERNETES, "system:serviceaccount:campaigns:sender")
    }

    fn external(issuer: &str, subject: &str) -> Self {
        Self::External {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            audience: EXCHANGE_AUDIENCE.to_owned(),
        }
    }
}

/// What somebody who signs in as an app has to know about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AppFacts {
    /// What people call it.
    pub name: String,
    /// Its client id.
    pub client_id: String,
    /// Its object id in the tenant.
    pub object_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// An app, as the directory knows it.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) client: Guid,
    pub(crate) object: Guid,
    pub(crate) secret: String,
    pub(crate) permissions: Arc<[String]>,
    pub(crate) credentials: Credentials,
}

impl Principal {
    /// Returns the app that the bot belongs to, whose client id and secret were drawn already.
    pub(crate) fn bots(
        seed: u64,
        client: Guid,
        secret: String,
        permissions: &[String],
        credentials: &Credentials,
    ) -> Self {
        Self {
            client,
            object: Dice::new(seed, 20).guid(),
            secret,
            permissions: permissions.into(),
            credentials: credentials.clone(),
        }
    }

    /// Returns another app.
    pub(crate) fn new(seed: u64, app: &AppRegistration) -> Self {
        let purpose = app.name.bytes().fold(21_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut dice = Dice::new(seed, purpose);
        Self {
            client: dice.guid(),
            object: dice.guid(),
            secret: secret(dice.guid()),
            permissions: app.permissions.as_slice().into(),
            credentials: app.credentials.clone(),
        }
    }

    /// Returns what somebody who signs in as it has to know.
    pub(crate) fn facts(&self, name: &str) -> AppFacts {
        AppFacts {
            name: name.to_owned(),
            client_id: self.client.to_string(),
            object_id: self.object.to_string(),
            client_secret: self.secret.clone(),
        }
    }
}

/// Writes a secret as one that nobody takes for a real one.
pub(crate) fn secret(drawn: Guid) -> String {
    format!("sim~{}", drawn.to_string().replace('-', ""))
}
