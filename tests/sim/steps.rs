//! What is asked: everything once, right and wrong.

use serde_json::{Value, json};
use teamcast::simulator::World;

use crate::stage::Tokens;

/// One request of a conversation with the services.
pub(crate) struct Step {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) service: Service,
    pub(crate) body: Option<String>,
}

/// Which token a request carries.
#[derive(Clone, Copy)]
pub(crate) enum Service {
    Nobody,
    Graph,
    Connector,
}

/// Everything once, right and wrong.
pub(crate) fn steps(world: &World) -> Vec<Step> {
    let (nobody, graph, bot) = (Service::Nobody, Service::Graph, Service::Connector);
    let facts = world.facts();
    let tenant = &facts.tenant_id;
    let metadata = format!("/{tenant}/v2.0/.well-known/openid-configuration");
    let mut steps = vec![
        Step::get(nobody, &metadata),
        Step::get(nobody, "/common/discovery/instance"),
        Step::get(nobody, "/nowhere"),
        Step::get(nobody, "/v1.0/users"),
        Step::get(bot, "/v1.0/users"),
        Step::get(graph, "/v1.0/users?$top=7&$select=id,mail"),
        Step::get(graph, "/v1.0/users?$top=0"),
        Step::get(graph, "/v1.0/users?$filter=userType%20ne%20'Guest'"),
        Step::get(graph, "/v1.0/appCatalogs/teamsApps"),
        Step::post(bot, "/teams/v3/conversations", &json!("nonsense")),
        Step::get(bot, "/teams/v3/nowhere"),
    ];
    let app = json!({ "teamsApp@odata.bind":
        format!("https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{}", facts.catalog_id) });
    for person in world.people() {
        let id = person.object_id;
        let apps = format!("/v1.0/users/{id}/teamwork/installedApps");
        let chat = format!("19%3A{id}_{}%40unq.gbl.spaces", facts.bot_id);
        let member = json!({ "members": [{ "id": id.to_string() }], "tenantId": tenant });
        let message = json!({ "type": "message", "text": "Grüezi" });
        steps.extend([
            Step::get(graph, &format!("/v1.0/users/{id}")),
            Step::post(graph, &apps, &app),
            Step::get(graph, &format!("{apps}?$expand=teamsApp")),
            Step::get(graph, &format!("/v1.0/users/{id}/chats")),
            Step::post(bot, "/teams/v3/conversations", &member),
            Step::post(
                bot,
                &format!("/teams/v3/conversations/{chat}/activities"),
                &message,
            ),
        ]);
    }
    steps
}

impl Step {
    fn get(service: Service, path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            service,
            body: None,
        }
    }

    fn post(service: Service, path: &str, body: &Value) -> Self {
        let body = Some(body.to_string());
        Self {
            method: "POST",
            path: path.to_owned(),
            service,
            body,
        }
    }
}

pub(crate) fn bearer(step: &Step, tokens: &Tokens) -> Option<String> {
    match step.service {
        Service::Nobody => None,
        Service::Graph => Some(format!("Bearer {}", tokens.graph)),
        Service::Connector => Some(format!("Bearer {}", tokens.connector)),
    }
}
