//! Somebody who calls the services in tests.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::Value;

use super::{Answer, Options, Person, Quotas, Registration, Shape, World};

pub(crate) const GRAPH: &str = "https://graph.microsoft.com/.default";
pub(crate) const BOT: &str = "https://api.botframework.com/.default";

/// A client of a world that keeps its own clock.
pub(crate) struct Visitor {
    pub(crate) world: World,
    pub(crate) now: Duration,
    graph: String,
    bot: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) response: Response<Bytes>,
}

impl Visitor {
    /// Visits a world without quotas.
    pub(crate) fn new(people: usize, shape: Shape) -> Self {
        Self::of(people, shape, Quotas::Off, Registration::default())
    }

    pub(crate) fn of(
        people: usize,
        shape: Shape,
        quotas: Quotas,
        registration: Registration,
    ) -> Self {
        let mut visitor = Self::stranger(people, shape, quotas, registration);
        visitor.sign_in();
        visitor
    }

    /// Visits the world without a token.
    pub(crate) fn unknown(registration: Registration) -> Self {
        Self::stranger(1, Shape::uniform(), Quotas::Off, registration)
    }

    /// Visits a world that is there already.
    pub(crate) fn to(world: World) -> Self {
        let mut visitor = Self {
            world,
            now: Duration::ZERO,
            graph: String::new(),
            bot: String::new(),
        };
        visitor.sign_in();
        visitor
    }

    fn stranger(people: usize, shape: Shape, quotas: Quotas, registration: Registration) -> Self {
        let options = Options {
            people,
            seed: 7,
            quotas,
            shape,
        };
        Self {
            world: World::registered(&options, registration),
            now: Duration::ZERO,
            graph: String::new(),
            bot: String::new(),
        }
    }

    pub(crate) fn set_graph_token(&mut self, token: String) {
        self.graph = token;
    }

    pub(crate) fn set_bot_token(&mut self, token: String) {
        self.bot = token;
    }

    pub(crate) fn sign_in(&mut self) {
        self.graph = self.token(GRAPH);
        self.bot = self.token(BOT);
    }

    /// Returns the tokens for Graph and the connector.
    pub(crate) fn tokens(&self) -> [&str; 2] {
        [&self.graph, &self.bot]
    }

    /// Asks Graph as another app from now on.
    pub(crate) fn sign_in_to_graph_as(&mut self, client_id: &str, secret: &str) {
        self.graph = self.token_of(client_id, secret, GRAPH);
    }

    fn token(&self, scope: &str) -> String {
        let facts = self.world.facts();
        self.token_of(&facts.client_id, &facts.client_secret, scope)
    }

    fn token_of(&self, client_id: &str, secret: &str, scope: &str) -> String {
        let read = self.ask_token(
            &self.world.facts().tenant_id,
            &[
                ("client_id", client_id),
                ("client_secret", secret),
                ("scope", scope),
            ],
        );
        assert_eq!(200, read.status, "{read:?}");
        read.body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn ask_token(&self, tenant: &str, fields: &[(&str, &str)]) -> Read {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .extend_pairs(fields);
        let request = Request::post(format!("https://sim/{tenant}/oauth2/v2.0/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form.finish()))
            .unwrap();
        self.send(request)
    }

    pub(crate) fn first(&self) -> &Person {
        &self.world.people()[0]
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Read {
        match self.world.answer(self.now, request) {
            Answer::Respond { response, .. } => Read {
                status: response.status().as_u16(),
                body: serde_json::from_slice(response.body()).unwrap_or_default(),
                response,
            },
            Answer::Cut { .. } | Answer::Drop => Read {
                status: 0,
                body: Value::Null,
                response: Response::builder()
                    .status(StatusCode::IM_A_TEAPOT)
                    .body(Bytes::new())
                    .unwrap(),
            },
        }
    }

    /// Returns how long the answer to a `POST` takes.
    pub(crate) fn delay(&self, path: &str, body: &Value) -> Duration {
        let request = self.request("POST", path, body);
        match self.world.answer(self.now, request) {
            Answer::Respond { delay, .. } | Answer::Cut { delay, .. } => delay,
            Answer::Drop => panic!("no answer"),
        }
    }

    /// Calls Graph, or the connector for paths below `/teams`.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Read {
        self.send(self.request(method, path, body))
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Request<Bytes> {
        let token = if path.starts_with("/teams") {
            &self.bot
        } else {
            &self.graph
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://sim{}", escaped(path)))
            .header("authorization", format!("Bearer {token}"));
        if !body.is_null() {
            request = request.header("content-type", "application/json");
        }
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        request.body(body).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Read {
        self.call("GET", path, &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Read {
        self.call("POST", path, body)
    }

    /// Asks the directory with the headers of an advanced query.
    pub(crate) fn get_eventual(&self, path: &str) -> Read {
        self.get_with(path, "ConsistencyLevel", "eventual")
    }

    /// Asks Graph with one more header.
    pub(crate) fn get_with(&self, path: &str, name: &str, value: &str) -> Read {
        let request = Request::get(format!("https://sim{}", escaped(path)))
            .header("authorization", format!("Bearer {}", self.graph))
            .header(name, value);
        self.send(request.body(Bytes::new()).unwrap())
    }

    /// Returns every row of a list, page by page, and what came last.
    pub(crate) fn every_page(&self, path: &str) -> (Vec<Value>, Read) {
        let mut read = self.get_eventual(path);
        let mut rows = Vec::new();
        loop {
            assert_eq!(200, read.status, "{read:?}");
            rows.extend_from_slice(read.rows());
            match read.link("@odata.nextLink") {
                Some(next) => read = self.get_eventual(&next),
                None => return (rows, read),
            }
        }
    }

    /// Returns the id of a group or team.
    pub(crate) fn group(&self, name: &str) -> String {
        let mut groups = self.world.tenant.groups.all().iter();
        let found = groups.find(|group| &*group.name == name);
        found.unwrap().id.to_string()
    }

    /// Returns the id of a team's conversation.
    pub(crate) fn team_conversation(&self, name: &str) -> String {
        let team = self.group(name).parse().unwrap();
        self.world.tenant.ids.team_conversation(team)
    }

    /// Installs the app for a person or in a team.
    pub(crate) fn install_at(&self, place: &str) -> Read {
        let catalog_id = &self.world.facts().catalog_id;
        let bind = format!("https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{catalog_id}");
        self.post(
            &format!("/v1.0/{place}/installedApps"),
            &serde_json::json!({ "teamsApp@odata.bind": bind }),
        )
    }

    pub(crate) fn install(&self, person: &Person) -> Read {
        self.install_at(&format!("users/{}/teamwork", person.object_id))
    }

    pub(crate) fn create(&self, member: impl ToString) -> Read {
        let facts = self.world.facts();
        self.post(
            "/teams/v3/conversations",
            &serde_json::json!({
                "bot": { "id": format!("28:{}", facts.bot_id) },
                "members": [{ "id": member.to_string() }],
                "isGroup": false,
                "tenantId": facts.tenant_id,
                "channelData": { "tenant": { "id": facts.tenant_id } },
            }),
        )
    }

    /// Returns the chat id of Graph.
    pub(crate) fn chat(&self, person: &Person) -> String {
        self.world.tenant.ids.chat(person.object_id)
    }

    pub(crate) fn say(&self, conversation: &str, text: &str) -> Read {
        let path = format!(
            "/teams/v3/conversations/{}/activities",
            conversation.replace(':', "%3A")
        );
        self.post(
            &path,
            &serde_json::json!({ "type": "message", "text": text }),
        )
    }
}

impl Read {
    /// Returns the code of an error, of Graph or the connector.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// Returns the text of an error.
    pub(crate) fn message(&self) -> &str {
        let message = &self.body["error"]["message"];
        message
            .as_str()
            .or(self.body["message"].as_str())
            .unwrap_or_default()
    }

    /// Returns where a link leads, without the host.
    pub(crate) fn link(&self, name: &str) -> Option<String> {
        let link = self.body[name].as_str()?;
        link.strip_prefix("https://sim").map(str::to_owned)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Returns the rows of a list.
    pub(crate) fn rows(&self) -> &[Value] {
        self.body["value"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// Writes what no address can hold.
fn escaped(path: &str) -> String {
    path.replace(' ', "%20").replace('"', "%22")
}
