//! What can go wrong on purpose: which requests it befalls and what it does.

mod effect;
mod file;
mod mix;
pub(crate) mod span;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::effect::{Canned, Effect};

/// Something that befalls some requests.
///
/// The same in a script (TOML, one `[[hardship]]` each) and in the body of
/// `POST /_simulator/hardships` (JSON, one or a list). Times are texts such as
/// `"80ms"` or `"1m 30s"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Hardship {
    /// What the account calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which kind of request it befalls.
    #[serde(default)]
    pub endpoint: Endpoint,
    /// The only person whose requests it befalls: object id or principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Since when, counted from the beginning of the world.
    #[serde(
        default,
        with = "span::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub from: Option<Duration>,
    /// Until when, counted from the beginning of the world.
    #[serde(
        default,
        with = "span::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Duration>,
    /// Which of those requests it befalls.
    #[serde(default)]
    pub when: When,
    /// The share of those requests, from 0 to 1, drawn from the world's seed.
    #[serde(default = "all")]
    pub share: f64,
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
    /// `GET /v3/conversations/{conversation}`.
    GetConversation,
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

impl Hardship {
    /// Returns a hardship that befalls every request to `endpoint`.
    pub fn new(endpoint: Endpoint, effect: Effect) -> Self {
        Self {
            name: None,
            endpoint,
            person: None,
            from: None,
            until: None,
            when: When::Always,
            share: all(),
            effect,
        }
    }

    /// Sets what the account calls it.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
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

    /// Limits it to a span of the world's time.
    #[must_use]
    pub fn between(mut self, from: Duration, until: Duration) -> Self {
        (self.from, self.until) = (Some(from), Some(until));
        self
    }

    /// Limits it to a share of the requests, from 0 to 1.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// Says what makes no sense about it, and what would.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.share) {
            return Err(format!(
                "`share` is {}; use a number from 0 to 1",
                self.share
            ));
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until <= from
        {
            return Err("`until` is not after `from`; make it later".to_owned());
        }
        if self.effect.is_lasting() && self.share < 1.0 {
            return Err(
                "a changed quota befalls all requests or none; use `from`, `until` or `when` instead of `share`"
                    .to_owned(),
            );
        }
        self.effect.check()
    }

    /// What the account calls it.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let (endpoint, effect) = (words(&self.endpoint), self.effect.title());
            format!("{effect} ({endpoint})")
        })
    }

    /// Whether it is in force at `now`.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
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

fn all() -> f64 {
    1.0
}

/// Returns the name that a script has for a choice without a value.
fn words(choice: &impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}
