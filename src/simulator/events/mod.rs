//! What Teams tells the bot: that it was added, and what became of its app.
//!
//! The world only notes what happened and writes the event when somebody takes
//! it; [`Server`](super::Server) posts it. A `conversationUpdate` comes when
//! the bot meets a person for the first time, an `installationUpdate` whenever
//! a bot comes or goes; upgrading an app that keeps its bot is not told, and
//! neither is being blocked ("Conversation events in your Teams bot").

mod activity;
pub(crate) mod courier;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;

use super::{
    tenant::{Place, person::Installed},
    world::World,
};

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The bot is in a conversation for the first time.
    BotAdded,
    /// The app with the bot was installed.
    Installed,
    /// The app with the bot was removed.
    Removed,
    /// The app was upgraded to a version with a bot.
    AddedByUpgrade,
    /// The app was upgraded to a version without the bot.
    RemovedByUpgrade,
}

/// Something to tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occurrence {
    pub(crate) kind: EventKind,
    pub(crate) place: Place,
    /// The version of the app that came or went.
    pub(crate) version: Installed,
    /// When it happened, since the world began.
    pub(crate) at: Duration,
}

/// Everything there was to tell, and how it was taken.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    occurrences: Vec<Occurrence>,
    taken: usize,
    answers: HashMap<usize, Vec<EventAnswer>>,
    bell: Arc<Notify>,
}

/// How the bot answered an event.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EventAnswer {
    /// When the answer came, in seconds since the world began.
    pub at: f64,
    /// Its status; none if none came in time.
    pub status: Option<u16>,
}

/// An event that was emitted, for those who want to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventTruth {
    /// Which event of this world it is, from 0.
    pub number: usize,
    /// What it tells.
    pub kind: EventKind,
    /// The object id of the person it is about.
    pub person: String,
    /// What is posted.
    pub activity: Value,
    /// How each posting of it was answered.
    pub answers: Vec<EventAnswer>,
}

/// An event on its way to the bot.
#[derive(Debug, Clone)]
pub struct BotEvent {
    /// Which event of this world it is, from 0.
    pub number: usize,
    conversation: String,
    tenant: String,
    token: String,
    activity: Value,
}

impl Outbox {
    /// Notes that something happened.
    pub(crate) fn note(&mut self, occurrence: Occurrence) {
        self.occurrences.push(occurrence);
        self.bell.notify_one();
    }
}

impl BotEvent {
    /// Returns the request that posts it to `endpoint`; none if that is no address.
    pub fn request(&self, endpoint: &str) -> Option<Request<Bytes>> {
        Request::post(endpoint)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header("x-ms-conversation-id", &self.conversation)
            .header("x-ms-tenant-id", &self.tenant)
            .body(Bytes::from(self.activity.to_string()))
            .ok()
    }

    /// Returns what is posted.
    pub fn activity(&self) -> &Value {
        &self.activity
    }
}

impl World {
    /// Takes the oldest event that nobody took, signed `now` after the world began.
    ///
    /// The connector it names is below `base_url`.
    pub fn take_event(&self, now: Duration, base_url: &str) -> Option<BotEvent> {
        let (number, occurrence) = {
            let mut state = self.state();
            let number = state.outbox.taken;
            let occurrence = *state.outbox.occurrences.get(number)?;
            state.outbox.taken += 1;
            (number, occurrence)
        };
        let activity = activity::write(self, number, occurrence, base_url)?;
        let text = |pointer: &str| {
            let found = activity.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let tenant = text("/conversation/tenantId");
        let conversation = text("/conversation/id");
        let token = activity::token(self, now, &activity);
        Some(BotEvent {
            number,
            conversation,
            tenant,
            token,
            activity,
        })
    }

    /// Notes how the bot answered an event `now` after the world began: with a status or not at all.
    pub fn event_answered(&self, number: usize, now: Duration, status: Option<u16>) {
        let answer = EventAnswer {
            at: now.as_secs_f64(),
            status,
        };
        let mut state = self.state();
        state.outbox.answers.entry(number).or_default().push(answer);
    }

    /// Returns every event so far, oldest first, as it names a connector below `base_url`.
    pub fn events(&self, base_url: &str) -> Vec<EventTruth> {
        let (occurrences, answers) = {
            let state = self.state();
            (
                state.outbox.occurrences.clone(),
                state.outbox.answers.clone(),
            )
        };
        let shown = occurrences.into_iter().enumerate();
        shown
            .filter_map(|(number, occurrence)| {
                let person = self.tenant.person(occurrence.place)?;
                Some(EventTruth {
                    number,
                    kind: occurrence.kind,
                    person: person.object_id.to_string(),
                    activity: activity::write(self, number, occurrence, base_url)?,
                    answers: answers.get(&number).cloned().unwrap_or_default(),
                })
            })
            .collect()
    }

    /// Returns what rings when there is an event to take.
    pub(crate) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.state().outbox.bell)
    }
}
