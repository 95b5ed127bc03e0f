//! Whom a campaign signs in as, at each of the services.

use std::{io, sync::Arc};

use azure_core::http::HttpClient;
use jiff::Timestamp;

use crate::{
    campaign::{BotType, Campaign, Credentials},
    identity::{Applicant, Certificate, GivenToken, Proof, SecretPlace, SignedIn, Token, Tokens},
    remote::{MachineTransport, TokenTransport, Transport},
};

use super::RunError;

/// The ways out of this machine.
#[derive(Debug)]
pub(super) struct Network {
    /// To the services, through a proxy where the environment names one.
    pub(super) services: Arc<dyn Transport>,
    /// To what vouches for this machine, never through a proxy.
    pub(super) machine: Arc<dyn Transport>,
}

/// Tokens for each service.
#[derive(Debug)]
pub(super) struct BothTokens {
    pub(super) graph: Arc<dyn Tokens>,
    pub(super) connector: Arc<dyn Tokens>,
}

/// Where and for what a token is asked.
struct Request<'a> {
    tenant: &'a str,
    scope: &'a str,
}

/// Reads the secrets and makes a source of tokens for each service.
pub(super) fn sign_in(campaign: &Campaign, network: &Network) -> Result<BothTokens, RunError> {
    let (endpoints, identity) = (&campaign.endpoints, &campaign.identity);
    let home = campaign.tenant.id.as_str();
    let of_bot = match identity.bot_type {
        BotType::MultiTenant => endpoints.multi_tenant_login.as_str(),
        BotType::SingleTenant | BotType::ManagedIdentity => home,
    };
    let graph = Request {
        tenant: home,
        scope: &endpoints.graph_scope,
    };
    let connector = Request {
        tenant: of_bot,
        scope: &endpoints.bot_scope,
    };
    // Standard input gives a secret once.
    let (to_graph, to_bot) = if identity.graph == identity.connector {
        let read = Known::of(&identity.graph)?;
        (read.clone(), read)
    } else {
        (Known::of(&identity.graph)?, Known::of(&identity.connector)?)
    };
    Ok(BothTokens {
        graph: to_graph.tokens(campaign, network, &graph)?,
        connector: to_bot.tokens(campaign, network, &connector)?,
    })
}

/// Credentials whose secrets are at hand.
#[derive(Clone)]
enum Known {
    Token(Token),
    App { client_id: String, proof: Proof },
}

impl Known {
    fn of(credentials: &Credentials) -> Result<Self, RunError> {
        let read = |place: &SecretPlace| {
            let secret = place.read(&mut io::stdin().lock());
            secret.map_err(RunError::Secret)
        };
        let app = |client_id: &str, proof| Self::App {
            client_id: client_id.to_owned(),
            proof,
        };
        Ok(match credentials {
            Credentials::Token(token) => Self::Token(Token::new(token.expose().to_owned())),
            Credentials::ClientSecret { client_id, secret } => {
                app(client_id, Proof::Secret(read(secret)?))
            }
            Credentials::ClientCertificate {
                client_id,
                path,
                password,
            } => {
                let password = password.as_ref().map(read).transpose()?;
                let certificate = Certificate::load(path, password.as_ref());
                let certificate = certificate.map_err(RunError::Certificate)?;
                app(client_id, Proof::Certificate(certificate))
            }
            Credentials::WorkloadIdentity {
                client_id,
                token_file,
            } => app(client_id, Proof::Cluster(token_file.clone())),
            Credentials::ManagedIdentity(assigned) => app("", Proof::Machine(assigned.clone())),
            Credentials::GithubOidc {
                client_id,
                url,
                token,
            } => {
                let (url, token) = (url.clone(), token.clone());
                app(client_id, Proof::GitHub { url, token })
            }
            Credentials::AzurePipelines {
                client_id,
                connection,
                access_token,
            } => {
                let proof = Proof::AzurePipelines {
                    connection: connection.clone(),
                    access_token: access_token.clone(),
                };
                app(client_id, proof)
            }
            Credentials::AzureCli => app("", Proof::AzureCli),
        })
    }

    fn tokens(
        self,
        campaign: &Campaign,
        network: &Network,
        request: &Request<'_>,
    ) -> Result<Arc<dyn Tokens>, RunError> {
        let (client_id, proof) = match self {
            Self::Token(token) => return Ok(Arc::new(GivenToken(token))),
            Self::App { client_id, proof } => (client_id, proof),
        };
        let http: Arc<dyn HttpClient> = if matches!(proof, Proof::Machine(_)) {
            Arc::new(MachineTransport(Arc::clone(&network.machine)))
        } else {
            Arc::new(TokenTransport(Arc::clone(&network.services)))
        };
        let applicant = Applicant {
            authority: campaign.endpoints.authority.clone(),
            tenant: request.tenant.to_owned(),
            client_id,
            proof,
            http,
            now: Timestamp::now,
        };
        let tokens = SignedIn::new(applicant, request.scope).map_err(RunError::Credentials)?;
        Ok(Arc::new(tokens))
    }
}
