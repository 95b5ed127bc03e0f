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
        let options = Options {
            people,
            seed: 7,
            quotas,
            shape,
        };
        let world = World::registered(&options, registration);
        let mut visitor = Self {
            world,
            now: Duration::ZERO,
            graph: String::new(),
            bot: String::new(),
        };
        visitor.sign_in();
        visitor
    }

    pub(crate) fn sign_in(&mut self) {
        self.graph = self.token(GRAPH);
        self.bot = self.token(BOT);
    }

    /// Returns the tokens for Graph and the connector.
    pub(crate) fn tokens(&self) -> [&str; 2] {
        [&self.graph, &self.bot]
    }

    fn token(&self, scope: &str) -> String {
        let facts = self.world.facts();
        let read = self.ask_token(
            &facts.tenant_id,
            &[
                ("client_id", &facts.client_id),
                ("client_secret", &facts.client_secret),
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

    /// Calls Graph, or the connector for paths below `/teams`.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Read {
        let token = if path.starts_with("/teams") {
            &self.bot
        } else {
            &self.graph
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://sim{}", path.replace(' ', "%20")))
            .header("authorization", format!("Bearer {token}"));
        if !body.is_null() {
            request = request.header("content-type", "application/json");
        }
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        self.send(request.body(body).unwrap())
    }

    pub(crate) fn get(&self, path: &str) -> Read {
        self.call("GET", path, &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Read {
        self.call("POST", path, body)
    }

    /// Asks the directory with the headers of an advanced query.
    pub(crate) fn get_eventual(&self, path: &str) -> Read {
        let request = Request::get(format!("https://sim{}", path.replace(' ', "%20")))
            .header("authorization", format!("Bearer {}", self.graph))
            .header("ConsistencyLevel", "eventual");
        self.send(request.body(Bytes::new()).unwrap())
    }

    pub(crate) fn install(&self, person: &Person) -> Read {
        let catalog_id = &self.world.facts().catalog_id;
        let bind = format!("https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{catalog_id}");
        self.post(
            &format!("/v1.0/users/{}/teamwork/installedApps", person.object_id),
            &serde_json::json!({ "teamsApp@odata.bind": bind }),
        )
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
