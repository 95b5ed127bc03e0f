//! `[identity]`: as whom we sign in.

use serde::Deserialize;

use crate::identity::Secret;

use super::{
    problem::{Problem, from_env, not_blank},
    typed::{self, IdentityKind},
};

/// How the bot is registered, which decides who issues its token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BotType {
    /// The home tenant issues it.
    #[default]
    SingleTenant,
    /// The Bot Framework's tenant issues it.
    MultiTenant,
    /// Azure issues it to the machine.
    ManagedIdentity,
}

/// What proves who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// An app and its secret.
    ClientSecret {
        /// The Entra app id.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// Tokens somebody else got.
    Token {
        /// For Microsoft Graph.
        graph: Secret,
        /// For the Bot Connector.
        connector: Secret,
    },
}

/// As whom we sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What proves who we are.
    pub kind: Credentials,
    /// How the bot is registered.
    pub bot_type: BotType,
}

impl Identity {
    pub(super) fn from_typed(
        typed: typed::Identity,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Problem> {
        if typed.connector.is_some() {
            let feature = "an identity of its own for the connector";
            return Err(Problem::not_yet("identity.connector", feature));
        }
        let kind = match typed.kind {
            IdentityKind::ClientSecret => client_secret(typed.client_id, env)?,
            IdentityKind::Token => token(env)?,
            IdentityKind::ClientCertificate => return Err(kind_not_yet("client-certificate")),
            IdentityKind::WorkloadIdentity => return Err(kind_not_yet("workload-identity")),
            IdentityKind::ManagedIdentity => return Err(kind_not_yet("managed-identity")),
            IdentityKind::GithubOidc => return Err(kind_not_yet("github-oidc")),
            IdentityKind::AzurePipelines => return Err(kind_not_yet("azure-pipelines")),
            IdentityKind::AzureCli => return Err(kind_not_yet("azure-cli")),
        };
        match typed.bot_type {
            BotType::SingleTenant | BotType::MultiTenant => {}
            BotType::ManagedIdentity => {
                let feature = "the bot type `managed-identity`";
                return Err(Problem::not_yet("identity.bot_type", feature));
            }
        }
        Ok(Self {
            kind,
            bot_type: typed.bot_type,
        })
    }
}

fn kind_not_yet(kind: &str) -> Problem {
    let feature = format!("`{kind}` (client-secret and token are)");
    Problem::not_yet("identity.kind", feature)
}

fn client_secret(
    client_id: Option<String>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Credentials, Problem> {
    let client_id = if let Some(id) = client_id {
        not_blank("identity.client_id", &id)?
    } else {
        let advice = "set it to the Entra app id, or add identity.client_id";
        from_env(env, "AZURE_CLIENT_ID", advice)?
    };
    let advice = "set it to a client secret of the Entra app";
    let secret = Secret::new(from_env(env, "AZURE_CLIENT_SECRET", advice)?);
    Ok(Credentials::ClientSecret { client_id, secret })
}

fn token(env: &dyn Fn(&str) -> Option<String>) -> Result<Credentials, Problem> {
    let graph = "set it to an app-only access token for Microsoft Graph";
    let connector = "set it to an access token for the Bot Connector";
    Ok(Credentials::Token {
        graph: Secret::new(from_env(env, "TEAMCAST_GRAPH_TOKEN", graph)?),
        connector: Secret::new(from_env(env, "TEAMCAST_CONNECTOR_TOKEN", connector)?),
    })
}
