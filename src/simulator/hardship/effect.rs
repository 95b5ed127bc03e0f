//! What a hardship does.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::span;
use crate::simulator::quota::limits;

/// What a hardship does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The request has no effect and this is the response.
    Respond(Canned),
    /// The request has its effect, but this is the response.
    RespondAfter(Canned),
    /// The request has no effect and is refused as one too many, by the error
    /// of its service; `retry_after` is in the tenant's form, or left out.
    Throttle {
        /// When to come back.
        #[serde(
            default,
            with = "span::optional",
            skip_serializing_if = "Option::is_none"
        )]
        retry_after: Option<Duration>,
    },
    /// The request has no effect and fails with this status and the error of its service.
    Fail(u16),
    /// The request has its effect, but fails with this status and the error of its service.
    FailAfter(u16),
    /// Installing fails with the spurious `400` of a settings store under load.
    EntitlementFailure,
    /// The request is lost before it has its effect.
    LoseRequest,
    /// The request has its effect, but the response is lost.
    LoseAnswer,
    /// The request has its effect, but the connection ends in the middle of the response's body.
    CutAnswer,
    /// The response comes later; an hour is as good as never.
    Delay(#[serde(with = "span")] Duration),
    /// What is installed works only after this long: until then Graph knows no
    /// chat and the connector no installation.
    SettleAfter(#[serde(with = "span")] Duration),
    /// The token opens nothing after this long, whatever its `expires_in` says.
    ExpireToken(#[serde(with = "span")] Duration),
    /// A page of a list holds at most this many; 0 is an empty page with a next link.
    Page(usize),
    /// The chat of bot and person is deleted first, so that its id is stale.
    StaleChat,
    /// The person blocks the bot first.
    BlockBot,
    /// The person removes the app first.
    UninstallApp,
    /// So many messages of other bots reach the conversation first.
    OtherBots(u32),
    /// As long as this is in force, a quota is so many times what it was.
    Quota {
        /// Its name in the account; every quota without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The factor.
        times: f64,
    },
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

impl Effect {
    /// Whether it matters whom a request concerns.
    pub(crate) fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::StaleChat | Self::BlockBot | Self::UninstallApp | Self::OtherBots(_)
        )
    }

    /// Whether it is in force between requests too.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self, Self::Quota { .. })
    }

    /// Says what makes no sense about it, and what would.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Fail(status) | Self::FailAfter(status) if !(400..600).contains(status) => Err(
                format!("{status} is no status of a failure; use 400 to 599"),
            ),
            Self::Respond(canned) | Self::RespondAfter(canned)
                if !(200..600).contains(&canned.status) =>
            {
                let status = canned.status;
                Err(format!(
                    "{status} is no status of a response; use 200 to 599"
                ))
            }
            Self::Quota { times, .. } if !times.is_finite() || *times <= 0.0 => {
                Err(format!("`times` is {times}; use a number above 0"))
            }
            Self::Quota {
                name: Some(name), ..
            } if !limits::names().any(|known| known == name) => {
                let known: Vec<&str> = limits::names().collect();
                Err(format!(
                    "there is no quota `{name}`; use one of {}",
                    known.join(", ")
                ))
            }
            Self::Respond(_)
            | Self::RespondAfter(_)
            | Self::Throttle { .. }
            | Self::Fail(_)
            | Self::FailAfter(_)
            | Self::EntitlementFailure
            | Self::LoseRequest
            | Self::LoseAnswer
            | Self::CutAnswer
            | Self::Delay(_)
            | Self::SettleAfter(_)
            | Self::ExpireToken(_)
            | Self::Page(_)
            | Self::StaleChat
            | Self::BlockBot
            | Self::UninstallApp
            | Self::OtherBots(_)
            | Self::Quota { .. } => Ok(()),
        }
    }

    /// Returns the name that a script has for it.
    pub(super) fn title(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(fields)) => {
                fields.keys().next().cloned().unwrap_or_default()
            }
            Ok(_) | Err(_) => String::new(),
        }
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
