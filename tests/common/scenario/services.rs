//! The services of a scenario, put together as the program does it.

use std::sync::Arc;

use jiff::Timestamp;
use teamcast::{
    campaign::Limits,
    connector::{Bot, Connector},
    graph::{Graph, GraphBudgets},
    model::CatalogId,
    remote::{Budget, BudgetFigures, Service, ServiceKind},
    simulator::World,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::wire::{Wire, WorldTokens};

/// Graph and connector of one run, and what they spend.
pub(crate) struct Services {
    pub(crate) graph: Graph,
    pub(crate) connector: Connector,
    budgets: [Arc<Budget>; 6],
}

impl Services {
    pub(crate) fn new(
        world: &World,
        wire: &Arc<Wire>,
        limits: &Limits,
        stop: &CancellationToken,
    ) -> Self {
        let budgets = [
            ("directory", limits.directory),
            ("installed_apps_read", limits.installed_apps_read),
            ("installed_apps_write", limits.installed_apps_write),
            ("graph_read", limits.graph_read),
            ("team_members_read", 60.0),
            ("connector", limits.connector),
        ]
        .map(|(name, rate)| Arc::new(Budget::new(name, rate)));
        let [directory, reads, writes, chats, members, messages] = budgets.clone();
        let service = |kind, scope| {
            let tokens = WorldTokens::new(wire, scope);
            let wire = Arc::clone(wire);
            Service::new(kind, wire, tokens, |delay| delay, || Timestamp::UNIX_EPOCH)
        };
        let base = |url: &str| url.parse::<Url>().unwrap();
        let facts = world.facts();
        let graph = Graph::new(
            base("https://sim.example"),
            service(ServiceKind::Graph, "https://graph.microsoft.com"),
            GraphBudgets {
                directory,
                installed_apps_read: reads,
                installed_apps_write: writes,
                graph_read: chats,
                team_members_read: members,
            },
            CatalogId::new(&facts.catalog_id).unwrap(),
            stop.clone(),
        );
        let bot = Bot {
            app_id: facts.bot_id.clone(),
            tenant_id: facts.tenant_id.clone(),
        };
        let connector = Connector::new(
            base("https://sim.example/teams"),
            service(ServiceKind::Connector, "https://api.botframework.com"),
            messages,
            bot,
            stop.clone(),
        );
        Self {
            graph,
            connector,
            budgets,
        }
    }

    pub(crate) fn figures(&self) -> Vec<BudgetFigures> {
        self.budgets.iter().map(|budget| budget.figures()).collect()
    }
}
