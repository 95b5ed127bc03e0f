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
    /// Whether it has the header of an advanced query.
    pub(crate) eventual: bool,
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
            Step::get(bot, &format!("/teams/v3/conversations/{chat}/pagedmembers")),
        ]);
    }
    steps.extend(directory(world));
    steps.extend(teams(world, &app));
    steps.extend(batches(world, &app));
    steps
}

/// Groups with a team, delta queries and licences.
fn directory(world: &World) -> Vec<Step> {
    let graph = Service::Graph;
    let person = world.people().first().unwrap().object_id;
    let list = "$select=id&$count=true&$top=3";
    let mut steps = vec![
        Step::get(graph, "/v1.0/groups?$top=2"),
        Step::get(graph, "/v1.0/users/delta?$select=id,mail&$top=9"),
        Step::get(graph, "/v1.0/users/delta?$filter=userType%20eq%20'Guest'"),
        Step::get(graph, &format!("/v1.0/users/{person}/licenseDetails")),
        Step::get(graph, "/v1.0/groups/nobody/transitiveMembers"),
    ];
    for team in world.truth().teams {
        let group = format!("/v1.0/groups/{}", team.id);
        for depth in ["members", "transitiveMembers"] {
            let cast = format!("{group}/{depth}/microsoft.graph.user");
            steps.extend([
                Step::get(graph, &format!("{group}/{depth}")),
                Step::get(graph, &format!("{cast}?$select=mail")),
                Step::eventual(&format!("{cast}?{list}")),
                Step::eventual(&format!("{cast}/$count")),
            ]);
        }
    }
    steps
}

/// The apps and members of teams.
fn teams(world: &World, app: &Value) -> Vec<Step> {
    let graph = Service::Graph;
    let mut steps = Vec::new();
    for truth in world.truth().teams {
        let team = format!("/v1.0/teams/{}", truth.id);
        let apps = format!("{team}/installedApps");
        steps.extend([
            Step::get(graph, &team),
            Step::get(graph, &format!("{team}/members?$top=2")),
            Step::post(graph, &apps, app),
            Step::post(graph, &apps, &json!({})),
            Step::get(graph, &format!("{apps}?$expand=teamsApp")),
        ]);
    }
    steps
}

/// Batches, right and wrong.
fn batches(world: &World, app: &Value) -> Vec<Step> {
    let person = world.people().first().unwrap().object_id;
    let install = format!("/users/{person}/teamwork/installedApps");
    let right = json!({ "requests": [
        { "id": "1", "method": "GET", "url": "/users?$select=id&$top=2" },
        { "id": "2", "method": "GET", "url": "/users/nobody" },
        { "id": "3", "method": "GET", "url": "/users/$count", "headers": { "ConsistencyLevel": "eventual" } },
        { "id": "4", "method": "POST", "url": install, "body": app,
          "headers": { "Content-Type": "application/json" } },
    ] });
    let path = "/v1.0/$batch";
    vec![
        Step::post(Service::Graph, path, &right),
        Step::post(Service::Graph, path, &json!({ "requests": [] })),
        Step::post(Service::Nobody, path, &right),
    ]
}

impl Step {
    fn get(service: Service, path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            service,
            body: None,
            eventual: false,
        }
    }

    fn post(service: Service, path: &str, body: &Value) -> Self {
        let body = Some(body.to_string());
        Self {
            method: "POST",
            path: path.to_owned(),
            service,
            body,
            eventual: false,
        }
    }

    fn eventual(path: &str) -> Self {
        Self {
            eventual: true,
            ..Self::get(Service::Graph, path)
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
