//! The services a campaign speaks to, put together.

use std::{fs, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    campaign::{AppName, Campaign, Limits},
    connector::{Bot, Connector},
    graph::{Graph, GraphBudgets},
    model::CatalogId,
    preflight::{self, Depth, Finding, Preflight},
    remote::{
        Budget, BudgetFigures, Jitter, LiveTransport, Service, ServiceKind, Transport, Witness,
    },
};

use super::{
    RunError,
    sign_in::{BothTokens, Network, sign_in},
};

/// Reads of team members a second (page "Microsoft Graph service-specific
/// throttling limits").
const TEAM_MEMBERS_READ: f64 = 60.0;

/// The services a campaign speaks to.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) graph: Graph,
    pub(super) connector: Connector,
    tokens: BothTokens,
    witness: Arc<Witness>,
    budgets: Vec<Arc<Budget>>,
}

impl Services {
    /// Services for `campaign` over the real network; `stop` ends every wait.
    pub(super) fn new(campaign: &Campaign, stop: &CancellationToken) -> Result<Self, RunError> {
        let ca_pem = ca_pem(campaign)?;
        let live = |made: Result<LiveTransport, _>| made.map_err(RunError::Client);
        let network = Arc::new(live(LiveTransport::new(ca_pem.as_deref()))?);
        let witness = Arc::new(Witness::new(network, Timestamp::now));
        let network = Network {
            services: Arc::clone(&witness) as Arc<dyn Transport>,
            machine: Arc::new(live(LiveTransport::to_machine(ca_pem.as_deref()))?),
        };
        Self::over(campaign, network, witness, stop)
    }

    fn over(
        campaign: &Campaign,
        network: Network,
        witness: Arc<Witness>,
        stop: &CancellationToken,
    ) -> Result<Self, RunError> {
        // Until the catalogue is asked, the manifest's id stands in.
        let catalog = match &campaign.app.name {
            AppName::Catalog(id) => id.clone(),
            AppName::Manifest(id) => {
                CatalogId::new(id).map_err(|_| RunError::NotReady { faults: Vec::new() })?
            }
        };
        let tokens = sign_in(campaign, &network)?;
        let Wired {
            graph,
            connector,
            budgets,
        } = Wires {
            graph: campaign.endpoints.graph.clone(),
            connector: campaign.endpoints.connector.clone(),
            transport: network.services,
            tokens: &tokens,
            catalog,
            bot: Bot {
                app_id: campaign.app.bot_id.clone(),
                tenant_id: campaign.tenant.id.clone(),
            },
            jitter: spread,
            now: Timestamp::now,
        }
        .together(&campaign.limits, stop);
        Ok(Self {
            graph,
            connector: connector.also_at(campaign.endpoints.connector_hosts),
            tokens,
            witness,
            budgets,
        })
    }

    /// Asks what must hold before anybody is touched, and takes the app's id
    /// from the catalogue.
    pub(super) async fn examine(&mut self, campaign: &Campaign, depth: Depth) -> Vec<Finding> {
        let examined = preflight::examine(Preflight {
            campaign,
            graph: &self.graph,
            connector: &self.connector,
            graph_tokens: &self.tokens.graph,
            connector_tokens: &self.tokens.connector,
            witness: &self.witness,
            depth,
        })
        .await;
        if let Some(catalog) = examined.catalog {
            self.graph = self.graph.clone().for_app(catalog);
        }
        examined.findings
    }

    /// Refuses to begin what would befall everyone.
    pub(super) async fn must_be_ready(&mut self, campaign: &Campaign) -> Result<(), RunError> {
        let mut faults = self.examine(campaign, Depth::BeforeRun).await;
        faults.retain(Finding::is_failed);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(RunError::NotReady { faults })
        }
    }

    /// Reads all budgets, now and later.
    pub(super) fn figures(&self) -> impl Fn() -> Vec<BudgetFigures> + Send + Sync + use<> {
        let budgets = self.budgets.clone();
        move || budgets.iter().map(|budget| budget.figures()).collect()
    }
}

/// Where services are and by what they are reached.
pub(super) struct Wires<'a> {
    pub(super) graph: Url,
    pub(super) connector: Url,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) tokens: &'a BothTokens,
    pub(super) catalog: CatalogId,
    pub(super) bot: Bot,
    pub(super) jitter: Jitter,
    pub(super) now: fn() -> Timestamp,
}

/// The two services, and all that they spend.
pub(super) struct Wired {
    pub(super) graph: Graph,
    pub(super) connector: Connector,
    pub(super) budgets: Vec<Arc<Budget>>,
}

impl Wires<'_> {
    /// Puts both services together, with a budget for each of `limits`.
    pub(super) fn together(self, limits: &Limits, stop: &CancellationToken) -> Wired {
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
        let service = |kind, tokens| {
            let transport = Arc::clone(&self.transport);
            Service::new(kind, transport, tokens, self.jitter, self.now)
        };
        let to_graph = service(ServiceKind::Graph, Arc::clone(&self.tokens.graph));
        let to_bot = service(ServiceKind::Connector, Arc::clone(&self.tokens.connector));
        Wired {
            graph: Graph::new(self.graph, to_graph, budgets, self.catalog, stop.clone()),
            connector: Connector::new(
                self.connector,
                to_bot,
                connector_budget,
                self.bot,
                stop.clone(),
            ),
            budgets: all,
        }
    }
}

/// The extra trusted root of the campaign, if it has one.
pub(super) fn ca_pem(campaign: &Campaign) -> Result<Option<Vec<u8>>, RunError> {
    let Some(path) = &campaign.endpoints.ca_file else {
        return Ok(None);
    };
    match fs::read(path) {
        Ok(pem) => Ok(Some(pem)),
        Err(source) => Err(RunError::CaFile {
            path: path.clone(),
            source,
        }),
    }
}

/// Spreads delays by a fifth either way.
fn spread(delay: Duration) -> Duration {
    delay.mul_f64(rand::random_range(0.8..1.2))
}
