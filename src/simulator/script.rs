//! Keeps the hardships of a world and decides what befalls a request.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::{
    guid::Guid,
    hardship::{Canned, Effect, Endpoint, Hardship},
    reply::{self, Reply},
};

/// The hardships of a world and how often each has matched.
#[derive(Debug, Default)]
pub(crate) struct Script {
    entries: Vec<(Hardship, u64)>,
}

/// What befalls one request.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// How much longer the answer takes.
    pub(crate) delay: Duration,
    /// What happens instead of the request.
    pub(crate) before: Option<Blow>,
    /// What happens to the answer.
    pub(crate) after: Option<Blow>,
}

/// What happens instead of an answer.
#[derive(Debug)]
pub(crate) enum Blow {
    /// This response.
    Respond(Reply),
    /// No response.
    Lose,
}

impl Script {
    /// Adds a hardship.
    pub(crate) fn add(&mut self, hardship: Hardship) {
        self.entries.push((hardship, 0));
    }

    /// Forgets every hardship.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Whether a hardship is aimed at a person, so that it matters whom a request concerns.
    pub(crate) fn is_personal(&self) -> bool {
        self.entries
            .iter()
            .any(|(hardship, _)| hardship.person.is_some())
    }

    /// Decides what befalls a request; the first hardship of a kind wins.
    pub(crate) fn decide(&mut self, endpoint: Endpoint, person: Option<Guid>) -> Fate {
        let mut fate = Fate::default();
        for (hardship, matched) in &mut self.entries {
            if !hardship.concerns(endpoint, person) {
                continue;
            }
            *matched += 1;
            if !hardship.when.means(*matched) {
                continue;
            }
            match &hardship.effect {
                Effect::Respond(canned) => {
                    fate.before = fate.before.or_else(|| Some(Blow::Respond(canned.reply())));
                }
                Effect::RespondAfter(canned) => {
                    fate.after = fate.after.or_else(|| Some(Blow::Respond(canned.reply())));
                }
                Effect::LoseRequest => fate.before = fate.before.or(Some(Blow::Lose)),
                Effect::LoseAnswer => fate.after = fate.after.or(Some(Blow::Lose)),
                Effect::Delay(delay) => fate.delay += *delay,
            }
        }
        fate
    }
}

impl Hardship {
    fn concerns(&self, endpoint: Endpoint, person: Option<Guid>) -> bool {
        let aimed = self.endpoint == Endpoint::Any || self.endpoint == endpoint;
        let meant = match &self.person {
            None => true,
            Some(text) => person.is_some() && text.parse().ok() == person,
        };
        aimed && meant
    }
}

impl Canned {
    fn reply(&self) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = reply::empty(status);
        if !self.body.is_empty() {
            *reply.body_mut() = Bytes::from(self.body.clone());
            reply.headers_mut().insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/json; charset=utf-8"),
            );
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name.as_str()),
                HeaderValue::from_str(value),
            ) {
                reply.headers_mut().insert(name, value);
            }
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::hardship::When;

    #[test]
    fn a_hardship_befalls_the_requests_it_is_aimed_at() {
        let mut script = Script::default();
        let lost = Effect::LoseAnswer;
        script.add(
            Hardship::new(Endpoint::SendActivity, lost)
                .when(When::EveryNth(3))
                .person(Guid(7)),
        );

        let mut befallen = |endpoint, person| script.decide(endpoint, person).after.is_some();

        assert!(!befallen(Endpoint::SendActivity, None));
        assert!(!befallen(Endpoint::CreateConversation, Some(Guid(7))));
        let hits = [(); 6].map(|()| befallen(Endpoint::SendActivity, Some(Guid(7))));
        assert_eq!([false, false, true, false, false, true], hits);
    }
}
