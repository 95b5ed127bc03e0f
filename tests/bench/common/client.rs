//! What a run asks of a tenant, prepared.

use serde_json::{Value, json};

use super::{
    campaign::{LISTED, Settings},
    load::{Line, PIPELINED},
    tenant::Tenant,
};

/// A client of a tenant.
pub(crate) struct Client<'a> {
    tenant: &'a Tenant,
    host: String,
    catalog_id: String,
    bot_id: String,
    graph: String,
    connector: String,
    /// The people it asks about.
    pub(crate) ids: Vec<String>,
}

impl<'a> Client<'a> {
    /// Signs in and looks who is there, up to so many.
    pub(crate) fn of(tenant: &'a Tenant, most: usize) -> Self {
        let mut client = Self {
            tenant,
            host: tenant.address.to_string(),
            catalog_id: tenant.setting("catalog_id"),
            bot_id: tenant.setting("bot_id"),
            graph: String::new(),
            connector: String::new(),
            ids: Vec::new(),
        };
        client.graph = client.sign_in("https://graph.microsoft.com/.default");
        client.connector = client.sign_in("https://api.botframework.com/.default");
        client.ids = client.people(most);
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
        let body = Line::to(self.tenant.address).ask(request.as_bytes());
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Returns the ids of the first people.
    fn people(&self, most: usize) -> Vec<String> {
        let mut line = Line::to(self.tenant.address);
        let mut ids = Vec::new();
        let mut path = "/v1.0/users?$select=id&$top=999".to_owned();
        while ids.len() < most {
            let page = line.ask(&self.request("GET", &path, &self.graph, ""));
            let page: Value = serde_json::from_slice(&page).unwrap();
            let rows = page["value"].as_array().unwrap();
            ids.extend(
                rows.iter()
                    .map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            match page["@odata.nextLink"].as_str() {
                Some(next) => next.split_once(&self.host).unwrap().1.clone_into(&mut path),
                None => break,
            }
        }
        ids.truncate(most);
        ids
    }

    /// The tokens, as a campaign with given tokens takes them.
    pub(crate) fn tokens(&self) -> [(&'static str, String); 2] {
        [
            ("TEAMCAST_GRAPH_TOKEN", self.graph.clone()),
            ("TEAMCAST_CONNECTOR_TOKEN", self.connector.clone()),
        ]
    }

    /// What a campaign for the tenant says, at the documented pace.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            name: "townhall",
            address: self.tenant.address,
            tenant: self.tenant.variable("AZURE_TENANT_ID").to_owned(),
            catalog_id: self.catalog_id.clone(),
            bot_id: self.bot_id.clone(),
            audience: LISTED,
            pace: 1.0,
            resolve: "auto",
        }
    }

    /// What really happened in the tenant.
    pub(crate) fn truth(&self) -> Value {
        let request = self.request("GET", "/_simulator/truth", "", "");
        serde_json::from_slice(&Line::to(self.tenant.address).ask(&request)).unwrap()
    }

    /// Makes a request for each of the people.
    pub(crate) fn each(&self, request: impl Fn(&Self, &str) -> Vec<u8>) -> Vec<Vec<u8>> {
        self.ids.iter().map(|id| request(self, id)).collect()
    }

    /// Asks for the chat of everybody's installation, which takes its id.
    pub(crate) fn chats_of_installations(&self) -> Vec<Vec<u8>> {
        let calls = self.chats().into_iter();
        calls.map(|call| call.written(&self.host)).collect()
    }

    /// The same for an HTTP client.
    pub(crate) fn chats(&self) -> Vec<Call> {
        let mut line = Line::to(self.tenant.address);
        let mut requests = Vec::new();
        for people in self.ids.chunks(PIPELINED) {
            let asked: Vec<Vec<u8>> = people.iter().map(|id| self.installed(id)).collect();
            for (id, body) in people.iter().zip(line.ask_all(&asked)) {
                let body: Value = serde_json::from_slice(&body).unwrap();
                let installation = body["value"][0]["id"].as_str().unwrap();
                let installation = installation.replace('=', "%3D");
                let path = format!("/v1.0/users/{id}/teamwork/installedApps/{installation}/chat");
                requests.push(self.call("GET", &path, &self.graph, ""));
            }
        }
        requests
    }

    /// Looks whether somebody has the app.
    pub(crate) fn installed(&self, id: &str) -> Vec<u8> {
        self.installed_call(id).written(&self.host)
    }

    /// The same for an HTTP client.
    pub(crate) fn installed_call(&self, id: &str) -> Call {
        let catalog_id = &self.catalog_id;
        let path = format!(
            "/v1.0/users/{id}/teamwork/installedApps?$expand=teamsApp&$filter=teamsApp/id%20eq%20'{catalog_id}'"
        );
        self.call("GET", &path, &self.graph, "")
    }

    /// Finds the chat by the app in it.
    pub(crate) fn chat(&self, id: &str) -> Vec<u8> {
        let filter = format!(
            "installedApps/any(a:a/teamsApp/id%20eq%20'{}')",
            self.catalog_id
        );
        self.request(
            "GET",
            &format!("/v1.0/users/{id}/chats?$filter={filter}"),
            &self.graph,
            "",
        )
    }

    /// Creates the conversation.
    pub(crate) fn create(&self, id: &str) -> Vec<u8> {
        let (tenant, bot) = (self.tenant.variable("AZURE_TENANT_ID"), &self.bot_id);
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

    /// Sends a text.
    pub(crate) fn send(&self, id: &str) -> Vec<u8> {
        self.send_call(id).written(&self.host)
    }

    /// The same for an HTTP client.
    pub(crate) fn send_call(&self, id: &str) -> Call {
        let bot = &*self.bot_id;
        // The ids of Graph have person and bot in an order that depends on the person's.
        let last = id
            .chars()
            .last()
            .and_then(|digit| digit.to_digit(16))
            .unwrap();
        let (first, second) = if last.is_multiple_of(2) {
            (id, bot)
        } else {
            (bot, id)
        };
        let path =
            format!("/teams/v3/conversations/19%3A{first}_{second}%40unq.gbl.spaces/activities");
        let body = json!({
            "type": "message",
            "from": { "id": format!("28:{bot}") },
            "text": "This week's town hall starts at 3 pm instead of 2 pm.",
        });
        self.call("POST", &path, &self.connector, &body.to_string())
    }

    fn request(&self, method: &'static str, path: &str, token: &str, body: &str) -> Vec<u8> {
        self.call(method, path, token, body).written(&self.host)
    }

    fn call(&self, method: &'static str, path: &str, token: &str, body: &str) -> Call {
        Call {
            method,
            url: format!("http://{}{path}", self.host),
            authorization: format!("Bearer {token}"),
            body: body.to_owned(),
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) authorization: String,
    /// JSON, or nothing.
    pub(crate) body: String,
}

impl Call {
    /// As it is written to `host`.
    fn written(&self, host: &str) -> Vec<u8> {
        let Self {
            method,
            url,
            authorization,
            body,
        } = self;
        let (_, path) = url.split_once(host).unwrap();
        let about_body = if body.is_empty() {
            String::new()
        } else {
            let length = body.len();
            format!("Content-Type: application/json\r\nContent-Length: {length}\r\n")
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n{about_body}\r\n{body}"
        )
        .into_bytes()
    }
}
