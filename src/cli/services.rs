//! The services a campaign speaks to, put together.

use std::{fs, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    campaign::{AppName, BotType, Campaign, Credentials},
    connector::{Bot, Connector},
    graph::{Graph, GraphBudgets},
    identity::{ClientSecret, GivenToken, Secret, Token, Tokens},
    model::CatalogId,
    remote::{
        Budget, BudgetFigures, LiveTransport, Service, ServiceKind, TokenTransport, Transport,
        Trouble,
    },
};

use super::RunError;

/// Reads of team members a second (page "Microsoft Graph service-specific
/// throttling limits").
const TEAM_MEMBERS_READ: f64 = 60.0;

/// The services a campaign speaks to.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) graph: Graph,
    pub(super) connector: Connector,
    budgets: Vec<Arc<Budget>>,
}

impl Services {
    /// Services for `campaign` over the real network; `stop` ends every wait.
    pub(super) async fn new(
        campaign: &Campaign,
        stop: &CancellationToken,
    ) -> Result<Self, RunError> {
        let ca_pem = match &campaign.endpoints.ca_file {
            None => None,
            Some(path) => match fs::read(path) {
                Ok(pem) => Some(pem),
                Err(source) => {
                    return Err(RunError::CaFile {
                        path: path.clone(),
                        source,
                    });
                }
            },
        };
        let transport = LiveTransport::new(ca_pem.as_deref()).map_err(RunError::Client)?;
        Self::over(campaign, Arc::new(transport), stop).await
    }

    async fn over(
        campaign: &Campaign,
        transport: Arc<dyn Transport>,
        stop: &CancellationToken,
    ) -> Result<Self, RunError> {
        let endpoints = &campaign.endpoints;
        let limits = &campaign.limits;
        let budget = |name, rate| Arc::new(Budget::new(name, rate));
        let budgets = GraphBudgets {
            directory: budget("directory", limits.directory),
            installed_apps_read: budget("installed_apps_read", limits.installed_apps_read),
            installed_apps_write: budget("installed_apps_write", limits.installed_apps_write),
            graph_read: budget("graph_read", limits.graph_read),
            team_members_read: budget("team_members_read", TEAM_MEMBERS_READ),
        };
        let connector_budget = budget("connector", limits.connector);
        let all = vec![
            Arc::clone(&budgets.directory),
            Arc::clone(&budgets.installed_apps_read),
            Arc::clone(&budgets.installed_apps_write),
            Arc::clone(&budgets.graph_read),
            Arc::clone(&budgets.team_members_read),
            Arc::clone(&connector_budget),
        ];
        let tokens = both_tokens(campaign, &transport)?;
        let service = |kind, tokens| {
            Service::new(kind, Arc::clone(&transport), tokens, spread, Timestamp::now)
        };
        let graph_at = |catalog| {
            let service = service(ServiceKind::Graph, Arc::clone(&tokens.graph));
            Graph::new(
                endpoints.graph.clone(),
                service,
                budgets.clone(),
                catalog,
                stop.clone(),
            )
        };
        let graph = match &campaign.app.name {
            AppName::Catalog(id) => graph_at(id.clone()),
            AppName::Manifest(manifest_id) => look_up(graph_at, manifest_id).await?,
        };
        let bot = Bot {
            app_id: campaign.app.bot_id.clone(),
            tenant_id: campaign.tenant.id.clone(),
        };
        let connector = Connector::new(
            endpoints.connector.clone(),
            service(ServiceKind::Connector, tokens.connector),
            connector_budget,
            bot,
            stop.clone(),
        );
        Ok(Self {
            graph,
            connector,
            budgets: all,
        })
    }

    /// Reads all budgets, now and later.
    pub(super) fn figures(&self) -> impl Fn() -> Vec<BudgetFigures> + Send + Sync + use<> {
        let budgets = self.budgets.clone();
        move || budgets.iter().map(|budget| budget.figures()).collect()
    }
}

async fn look_up(
    graph_at: impl Fn(CatalogId) -> Graph,
    manifest_id: &str,
) -> Result<Graph, RunError> {
    let absent = || RunError::AppNotFound {
        manifest_id: manifest_id.to_owned(),
    };
    // Until it is known, the manifest's id stands in; no call uses it.
    let graph = graph_at(CatalogId::new(manifest_id).map_err(|_| absent())?);
    match graph.find_app(manifest_id).await {
        Ok(Some(catalog)) => Ok(graph.for_app(catalog)),
        Ok(None) => Err(absent()),
        Err(Trouble::Blocked(blocker)) => Err(RunError::Blocked(blocker)),
        Err(Trouble::Person { evidence, .. }) => Err(RunError::Catalogue {
            detail: evidence.detail.unwrap_or_default(),
        }),
        Err(Trouble::Stopped) => Err(RunError::Catalogue {
            detail: "stopped".to_owned(),
        }),
    }
}

struct BothTokens {
    graph: Arc<dyn Tokens>,
    connector: Arc<dyn Tokens>,
}

fn both_tokens(
    campaign: &Campaign,
    transport: &Arc<dyn Transport>,
) -> Result<BothTokens, RunError> {
    let endpoints = &campaign.endpoints;
    match &campaign.identity.kind {
        Credentials::Token { graph, connector } => {
            let given =
                |secret: &Secret| Arc::new(GivenToken(Token::new(secret.expose().to_owned())));
            Ok(BothTokens {
                graph: given(graph),
                connector: given(connector),
            })
        }
        Credentials::ClientSecret { client_id, secret } => {
            let tokens = |authority: &Url, tenant: &str, scope: &str| {
                let http = Arc::new(TokenTransport(Arc::clone(transport)));
                ClientSecret::new(
                    authority.clone(),
                    tenant,
                    client_id,
                    secret.clone(),
                    scope,
                    http,
                )
                .map_err(RunError::Credentials)
            };
            let tenant = campaign.tenant.id.as_str();
            let bot_tenant = match campaign.identity.bot_type {
                BotType::MultiTenant => endpoints.multi_tenant_login.as_str(),
                BotType::SingleTenant | BotType::ManagedIdentity => tenant,
            };
            let authority = &endpoints.authority;
            Ok(BothTokens {
                graph: Arc::new(tokens(authority, tenant, &endpoints.graph_scope)?),
                connector: Arc::new(tokens(authority, bot_tenant, &endpoints.bot_scope)?),
            })
        }
    }
}

/// Spreads delays by a fifth either way.
fn spread(delay: Duration) -> Duration {
    delay.mul_f64(rand::random_range(0.8..1.2))
}
