//! How much a simulated tenant takes: requests a second, and memory.
//!
//! The goals are those of the simulator: it must never be what limits a run.

use serde_json::{Value, json};

use crate::{
    load::{self, Driven},
    report::{Figure, Goal},
    tenant::Tenant,
};

/// Attempts, of which the best counts.
const ATTEMPTS: usize = 5;
/// Connections of the client.
const CONNECTIONS: usize = 8;
/// How often each person is asked about in one attempt.
const ROUNDS: usize = 3;
/// People of the tenant that is asked.
const PEOPLE: usize = 10_000;

/// A client of a tenant.
struct Client<'a> {
    tenant: &'a Tenant,
    host: String,
    graph: String,
    connector: String,
    ids: Vec<String>,
}

/// Requests a second over plain HTTP, of each kind and mixed, while the client
/// takes its part of the same processors.
pub(crate) fn requests() -> Vec<Figure> {
    let tenant = Tenant::of(PEOPLE);
    let client = Client::of(&tenant);
    let kinds: [(&'static str, Vec<Vec<u8>>); 5] = [
        ("create a conversation", client.each(Client::create)),
        ("send", client.each(Client::send)),
        ("list installed apps", client.each(Client::installed)),
        ("find the chat", client.each(Client::chat)),
        ("all four mixed", client.mixed()),
    ];
    let measure = |(name, requests): (&'static str, Vec<Vec<u8>>)| {
        let goal = Goal::AtLeast(25_000.0);
        Figure {
            name,
            value: best(&tenant, &requests).per_second(),
            unit: "requests/s",
            goal,
        }
    };
    kinds.map(measure).into()
}

/// Memory of a tenant of a million people, at the start and once some have a message.
pub(crate) fn memory() -> Vec<Figure> {
    let tenant = Tenant::of(1_000_000);
    let Some((at_start, _)) = tenant.memory() else {
        return Vec::new();
    };
    let client = Client::of(&tenant);
    let sent = load::drive(tenant.address, CONNECTIONS, client.each(Client::send), 1);
    assert_eq!(0, sent.failures);
    let (after, most) = tenant.memory().unwrap();
    let goal = Goal::AtMost(1024.0);
    [
        ("a million people, at the start", at_start, goal),
        ("10,000 of them have a message", after, goal),
        ("the most it ever had", most, Goal::None),
    ]
    .map(|(name, bytes, goal)| Figure {
        name,
        value: bytes / 1024.0 / 1024.0,
        unit: "MiB",
        goal,
    })
    .into()
}

fn best(tenant: &Tenant, requests: &[Vec<u8>]) -> Driven {
    let attempt = |_| {
        let driven = load::drive(tenant.address, CONNECTIONS, requests.to_vec(), ROUNDS);
        assert_eq!(0, driven.failures, "a fast refusal would be no measurement");
        driven
    };
    let faster = |one: Driven, other: Driven| if one.took < other.took { one } else { other };
    (0..ATTEMPTS).map(attempt).reduce(faster).unwrap()
}

impl<'a> Client<'a> {
    /// Signs in and looks who is there.
    fn of(tenant: &'a Tenant) -> Self {
        let mut client = Self {
            tenant,
            host: tenant.address.to_string(),
            graph: String::new(),
            connector: String::new(),
            ids: Vec::new(),
        };
        client.graph = client.sign_in("https://graph.microsoft.com/.default");
        client.connector = client.sign_in("https://api.botframework.com/.default");
        client.ids = client.people();
        client
    }

    fn sign_in(&self, scope: &str) -> String {
        let (tenant, id, secret) = (
            self.tenant.variable("AZURE_TENANT_ID"),
            self.tenant.variable("AZURE_CLIENT_ID"),
            self.tenant.variable("AZURE_CLIENT_SECRET"),
        );
        let form = format!(
            "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}"
        );
        let request = format!(
            "POST /{tenant}/oauth2/v2.0/token HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            self.host,
            form.len()
        );
        let body: Value =
            serde_json::from_slice(&load::ask(self.tenant.address, request.as_bytes())).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Returns the ids of the first people, as many as are asked about.
    fn people(&self) -> Vec<String> {
        let mut ids = Vec::new();
        let mut path = "/v1.0/users?$select=id&$top=999".to_owned();
        while ids.len() < PEOPLE {
            let page = load::ask(
                self.tenant.address,
                &self.request("GET", &path, &self.graph, ""),
            );
            let page: Value = serde_json::from_slice(&page).unwrap();
            let rows = page["value"].as_array().unwrap();
            ids.extend(
                rows.iter()
                    .map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            match page["@odata.nextLink"].as_str() {
                Some(link) => link.split_once(&self.host).unwrap().1.clone_into(&mut path),
                None => break,
            }
        }
        ids.truncate(PEOPLE);
        ids
    }

    fn each(&self, request: impl Fn(&Self, &str) -> Vec<u8>) -> Vec<Vec<u8>> {
        self.ids.iter().map(|id| request(self, id)).collect()
    }

    /// What a run asks for each person, one after the other.
    fn mixed(&self) -> Vec<Vec<u8>> {
        let kinds = [Self::installed, Self::chat, Self::create, Self::send];
        let of_person = |id| kinds.map(|kind: fn(&Self, &str) -> Vec<u8>| kind(self, id));
        self.ids
            .iter()
            .flat_map(|id| of_person(id.as_str()))
            .collect()
    }

    fn installed(&self, id: &str) -> Vec<u8> {
        let catalog_id = self.tenant.setting("catalog_id");
        let path = format!(
            "/v1.0/users/{id}/teamwork/installedApps?$expand=teamsApp&$filter=teamsApp/id%20eq%20'{catalog_id}'"
        );
        self.request("GET", &path, &self.graph, "")
    }

    fn chat(&self, id: &str) -> Vec<u8> {
        let filter = format!(
            "installedApps/any(a:a/teamsApp/id%20eq%20'{}')",
            self.tenant.setting("catalog_id")
        );
        self.request(
            "GET",
            &format!("/v1.0/users/{id}/chats?$filter={filter}"),
            &self.graph,
            "",
        )
    }

    fn create(&self, id: &str) -> Vec<u8> {
        let (tenant, bot) = (
            self.tenant.variable("AZURE_TENANT_ID"),
            self.tenant.setting("bot_id"),
        );
        let body = json!({
            "bot": { "id": format!("28:{bot}") },
            "members": [{ "id": id }],
            "isGroup": false,
            "tenantId": tenant,
            "channelData": { "tenant": { "id": tenant } },
        });
        self.request(
            "POST",
            "/teams/v3/conversations",
            &self.connector,
            &body.to_string(),
        )
    }

    fn send(&self, id: &str) -> Vec<u8> {
        let bot = self.tenant.setting("bot_id");
        // The ids of Graph have person and bot in an order that depends on the person's.
        let last = id
            .chars()
            .last()
            .and_then(|digit| digit.to_digit(16))
            .unwrap();
        let (first, second) = if last.is_multiple_of(2) {
            (id, &*bot)
        } else {
            (&*bot, id)
        };
        let path =
            format!("/teams/v3/conversations/19%3A{first}_{second}%40unq.gbl.spaces/activities");
        let body = json!({
            "type": "message",
            "from": { "id": format!("28:{bot}") },
            "text": "This week's town hall starts at 3 pm instead of 2 pm.",
        });
        self.request("POST", &path, &self.connector, &body.to_string())
    }

    fn request(&self, method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
        let about_body = if body.is_empty() {
            String::new()
        } else {
            format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            )
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n{about_body}\r\n{body}",
            self.host
        )
        .into_bytes()
    }
}
