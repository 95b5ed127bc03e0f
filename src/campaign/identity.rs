//! `[identity]`: as whom we sign in.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use crate::identity::{Assigned, Secret, SecretPlace};

use super::{
    identity_table::{Table, token},
    problem::Problem,
    typed,
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
    /// Azure issues it to the machine, or the home tenant to whom the managed
    /// identity trusts.
    ManagedIdentity,
}

/// What proves who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// An app and its secret.
    ClientSecret {
        /// The Entra app id.
        client_id: String,
        /// Where its secret is.
        secret: SecretPlace,
    },
    /// An app and its certificate.
    ClientCertificate {
        /// The Entra app id.
        client_id: String,
        /// The certificate with its key, as PEM or PFX.
        path: PathBuf,
        /// What opens a PFX.
        password: Option<SecretPlace>,
    },
    /// An app that trusts a Kubernetes cluster.
    WorkloadIdentity {
        /// The Entra app id.
        client_id: String,
        /// Where the cluster keeps its token.
        token_file: PathBuf,
    },
    /// The machine.
    ManagedIdentity(Assigned),
    /// An app that trusts a workflow of GitHub.
    GithubOidc {
        /// The Entra app id.
        client_id: String,
        /// Where GitHub gives a token.
        url: Url,
        /// What opens it.
        token: Secret,
    },
    /// An app that trusts a service connection of Azure Pipelines.
    AzurePipelines {
        /// The Entra app id.
        client_id: String,
        /// The service connection.
        connection: String,
        /// The job's own token.
        access_token: Secret,
    },
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
    /// A token somebody else got.
    Token(Secret),
}

/// As whom we sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What proves who we are to Microsoft Graph.
    pub graph: Credentials,
    /// What proves who we are to the Bot Connector.
    pub connector: Credentials,
    /// How the bot is registered.
    pub bot_type: BotType,
}

/// What identities are read from, beside the file.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The environment.
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the campaign file.
    pub(super) dir: &'a Path,
    /// The Entra app id of the bot.
    pub(super) bot_id: &'a str,
}

impl Identity {
    pub(super) fn from_typed(
        typed: &typed::Identity,
        around: Surroundings<'_>,
    ) -> Result<Self, Problem> {
        let Surroundings { env, dir, bot_id } = around;
        let bot_type = typed.bot_type.unwrap_or_default();
        let main = Table {
            key: "identity",
            typed,
            env,
            dir,
            token: "TEAMCAST_GRAPH_TOKEN",
        };
        let graph = main.credentials()?;
        let connector = match &typed.connector {
            Some(own) => {
                // Its own variables first, so that two apps can have a secret each.
                let env = |name: &str| env(&own_variable(name)).or_else(|| env(name));
                Table {
                    key: "identity.connector",
                    typed: own,
                    env: &env,
                    token: "TEAMCAST_CONNECTOR_TOKEN",
                    ..main
                }
                .credentials()?
            }
            None => match (&graph, bot_type) {
                (Credentials::Token(_), _) => token(env, "TEAMCAST_CONNECTOR_TOKEN")?,
                // Such a bot has neither secret nor certificate.
                (
                    Credentials::ClientSecret { .. }
                    | Credentials::ClientCertificate { .. }
                    | Credentials::ManagedIdentity(_),
                    BotType::ManagedIdentity,
                ) => Credentials::ManagedIdentity(Assigned::Client(bot_id.to_owned())),
                _ => graph.clone(),
            },
        };
        Ok(Self {
            graph,
            connector,
            bot_type,
        })
    }

    /// Refuses what makes no sense whatever the environment holds.
    pub(super) fn check(typed: &typed::Identity, authority: &Url) -> Result<(), Problem> {
        if let Some(inner) = &typed.connector {
            let nested = [
                ("bot_type", inner.bot_type.is_some()),
                ("connector", inner.connector.is_some()),
            ];
            if let Some((key, _)) = nested.into_iter().find(|(_, given)| *given) {
                let key = format!("identity.connector.{key}");
                return Err(Problem::invalid(key, "it belongs under [identity]"));
            }
        }
        let inner = typed.connector.as_deref();
        let signs_in =
            typed.kind.asks_authority() || inner.is_some_and(|own| own.kind.asks_authority());
        if signs_in && authority.scheme() != "https" {
            let problem = "signing in needs https, on loopback too; give an https address, and \
                           its certificate as tenant.endpoints.ca_file";
            return Err(Problem::invalid("tenant.endpoints.authority", problem));
        }
        Ok(())
    }
}

/// The connector's own `AZURE_CLIENT_SECRET` is `TEAMCAST_CONNECTOR_CLIENT_SECRET`.
fn own_variable(name: &str) -> String {
    let name = name.strip_prefix("AZURE_").unwrap_or(name);
    format!("TEAMCAST_CONNECTOR_{name}")
}
