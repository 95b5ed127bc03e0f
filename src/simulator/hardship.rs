//! What can go wrong on purpose: which requests it befalls and what it does.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

/// Something that befalls some requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Hardship {
    /// Which kind of request it befalls.
    #[serde(default)]
    pub endpoint: Endpoint,
    /// The object id of the only person whose requests it befalls.
    #[serde(default)]
    pub person: Option<String>,
    /// Which of those requests it befalls.
    #[serde(default)]
    pub when: When,
    /// What happens to them.
    pub effect: Effect,
}

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// Any of those below.
    #[default]
    Any,
    /// Asking for a token.
    Token,
    /// `GET /users`.
    ListUsers,
    /// `GET /users/$count`.
    CountUsers,
    /// `GET /users/delta`.
    DeltaUsers,
    /// `GET /users/{user}`.
    GetUser,
    /// `GET /users/{user}/licenseDetails`.
    ListLicenses,
    /// `GET /groups` and its `/$count`.
    ListGroups,
    /// `GET /groups/{group}`.
    GetGroup,
    /// `GET /groups/{group}/members`, with or without cast or `/$count`.
    ListGroupMembers,
    /// `GET /groups/{group}/transitiveMembers`, with or without cast or `/$count`.
    ListTransitiveMembers,
    /// `GET /teams/{team}`.
    GetTeam,
    /// `GET /teams/{team}/members`.
    ListTeamMembers,
    /// `GET /teams/{team}/installedApps`.
    ListTeamApps,
    /// `POST /teams/{team}/installedApps`.
    InstallTeamApp,
    /// `GET /teams/{team}/installedApps/{installation}`.
    GetTeamApp,
    /// `POST /teams/{team}/installedApps/{installation}/upgrade`.
    UpgradeTeamApp,
    /// `DELETE /teams/{team}/installedApps/{installation}`.
    UninstallTeamApp,
    /// `POST /$batch`; what is in it is befallen as if it came alone.
    Batch,
    /// `GET …/installedApps`.
    ListInstalledApps,
    /// `POST …/installedApps`.
    InstallApp,
    /// `GET …/installedApps/{installation}`.
    GetInstalledApp,
    /// `POST …/installedApps/{installation}/upgrade`.
    UpgradeApp,
    /// `DELETE …/installedApps/{installation}`.
    UninstallApp,
    /// `GET …/installedApps/{installation}/chat`.
    GetChat,
    /// `GET /users/{user}/chats`.
    ListChats,
    /// `GET /chats/{chat}/messages`.
    ListMessages,
    /// `GET /appCatalogs/teamsApps`.
    ListCatalog,
    /// `POST /v3/conversations`.
    CreateConversation,
    /// `POST …/activities`.
    SendActivity,
    /// `PUT …/activities/{activity}`.
    UpdateActivity,
    /// `DELETE …/activities/{activity}`.
    DeleteActivity,
    /// `GET …/members` and `…/pagedmembers` of a chat.
    ListMembers,
    /// `GET …/members` and `…/pagedmembers` of a team.
    ListTeamRoster,
    /// A path that leads nowhere.
    Unknown,
}

/// Which of the matching requests are meant, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// All of them.
    #[default]
    Always,
    /// This one.
    Nth(u64),
    /// Every so many.
    EveryNth(u64),
    /// The first so many.
    First(u64),
    /// From the first to the second number, both included.
    Between(u64, u64),
}

/// What a hardship does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The request has no effect and this is the response.
    Respond(Canned),
    /// The request has its effect, but this is the response.
    RespondAfter(Canned),
    /// The request is lost before it has its effect.
    LoseRequest,
    /// The request has its effect, but the response is lost.
    LoseAnswer,
    /// The response comes later.
    Delay(Duration),
}

/// A response that was prepared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// The status code.
    pub status: u16,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; JSON by its content type unless `headers` say otherwise.
    #[serde(default)]
    pub body: String,
}

impl Hardship {
    /// Returns a hardship that befalls every request to `endpoint`.
    pub fn new(endpoint: Endpoint, effect: Effect) -> Self {
        Self {
            endpoint,
            person: None,
            when: When::Always,
            effect,
        }
    }

    /// Limits it to some of the requests.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Limits it to one person.
    #[must_use]
    pub fn person(mut self, object_id: impl ToString) -> Self {
        self.person = Some(object_id.to_string());
        self
    }
}

impl Canned {
    /// Returns an empty response.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }
}

impl When {
    /// Whether the request that is the `number`th to match is meant.
    pub(crate) fn means(self, number: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(nth) => number == nth,
            Self::EveryNth(nth) => 0 < nth && number.is_multiple_of(nth),
            Self::First(count) => number <= count,
            Self::Between(first, last) => first <= number && number <= last,
        }
    }
}
