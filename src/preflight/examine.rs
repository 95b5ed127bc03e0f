//! All questions, in an order in which later ones can use earlier answers.

use std::sync::Arc;

use futures::future;

use crate::{
    campaign::Campaign,
    connector::Connector,
    graph::Graph,
    identity::Tokens,
    model::CatalogId,
    remote::{Trouble, Witness},
};

use super::{Check, Finding, app, permissions, sources, tokens};

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What costs a second: before a run.
    BeforeRun,
    /// All of it.
    Everything,
}

/// What a preflight asks, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Preflight<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Microsoft Graph.
    pub graph: &'a Graph,
    /// The Bot Connector.
    pub connector: &'a Connector,
    /// Tokens for Graph.
    pub graph_tokens: &'a Arc<dyn Tokens>,
    /// Tokens for the connector.
    pub connector_tokens: &'a Arc<dyn Tokens>,
    /// Who saw how the services answered.
    pub witness: &'a Witness,
    /// How much is asked.
    pub depth: Depth,
}

/// What came of it.
#[derive(Debug)]
pub struct Examined {
    /// The answers, in the order of the questions.
    pub findings: Vec<Finding>,
    /// The app's id in the catalogue, where that was asked and told.
    pub catalog: Option<CatalogId>,
}

/// Asks what can be asked without touching anybody.
pub async fn examine(cx: Preflight<'_>) -> Examined {
    let Preflight {
        campaign,
        graph,
        connector,
        witness,
        ..
    } = cx;
    let now = witness.now();
    let (to_graph, to_bot) = future::join(
        tokens::token(Check::GraphToken, cx.graph_tokens.as_ref(), campaign, now),
        tokens::token(
            Check::ConnectorToken,
            cx.connector_tokens.as_ref(),
            campaign,
            now,
        ),
    )
    .await;
    let mut findings = vec![to_graph.finding.clone(), to_bot.finding.clone()];
    let claims = to_graph.claims.as_ref();
    let (found, probed) = future::join(
        catalogue(campaign, graph, &to_graph),
        probe(connector, to_bot.given),
    )
    .await;
    match (claims, to_graph.given) {
        (Some(claims), _) => {
            let declares = found.declares();
            let needs = permissions::needs(campaign, declares);
            findings.extend(needs.iter().map(|need| need.judge(claims)));
        }
        (None, true) => findings.push(Finding::not_checked(
            Check::Permission,
            "the token does not say what it allows",
        )),
        (None, false) => {
            findings.push(Finding::not_checked(Check::Permission, "there is no token"));
        }
    }
    findings.extend(found.findings);
    findings.push(probed);
    if cx.depth == Depth::Everything {
        findings.push(Finding::not_checked(
            Check::Sessions,
            "whether the manifest sets supportsSessions is told by nobody but --canary",
        ));
        findings.extend(sources::sources(campaign, graph, to_graph.given).await);
        findings.extend(tokens::endpoints(campaign, witness));
    }
    findings.push(tokens::clock(campaign, witness));
    Examined {
        findings,
        catalog: found.app.map(|app| app.id),
    }
}

async fn catalogue(campaign: &Campaign, graph: &Graph, token: &tokens::Seen) -> app::Found {
    if !campaign.tenant.cloud.facts().has_app_installation {
        let reason = "in this cloud the catalogue is not asked: nothing is installed";
        return app::Found::nothing(reason);
    }
    if !token.given {
        return app::Found::nothing("there is no token");
    }
    app::look_up(campaign, graph, token.claims.as_ref()).await
}

async fn probe(connector: &Connector, signed_in: bool) -> Finding {
    let check = Check::Connector;
    if !signed_in {
        return Finding::not_checked(check, "there is no token");
    }
    match connector.probe().await {
        Ok(_) => Finding::ok(check, "the Bot Connector takes our token for this bot"),
        Err(trouble @ Trouble::Blocked(_)) => Finding::failed(
            check,
            trouble.words(),
            "in Azure, the Bot resource of this app id needs the Microsoft Teams channel",
        ),
        Err(trouble @ (Trouble::Person { .. } | Trouble::Stopped)) => {
            let detail = format!("the Bot Connector does not answer: {}", trouble.words());
            Finding::warning(check, detail, "check the network, then run again")
        }
    }
}
