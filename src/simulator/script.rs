//! Keeps the hardships of a world and decides what befalls a request.

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::{
    guid::Guid,
    hardship::{Canned, Effect, Endpoint, Hardship, When},
    mishap::Mishap,
    reply::{self, Reply},
    tenant::dice::Dice,
};

/// The hardships of a world.
#[derive(Debug)]
pub(crate) struct Script {
    seed: u64,
    entries: Vec<Entry>,
    /// Until when changes of quotas have been followed.
    followed: Duration,
}

#[derive(Debug)]
struct Entry {
    hardship: Hardship,
    /// The person it is aimed at, if that is somebody.
    person: Option<Guid>,
    /// How many requests were of its kind.
    matched: u64,
    /// How many requests it befell.
    struck: u64,
    /// Whether the latest request of its kind was meant.
    in_force: bool,
}

/// A request as a hardship sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) endpoint: Endpoint,
    pub(crate) person: Option<Guid>,
    pub(crate) now: Duration,
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
    /// What is different while it is served.
    pub(crate) twist: Twist,
    /// What others do just before.
    pub(crate) deeds: Vec<Deed>,
}

/// What happens instead of an answer.
#[derive(Debug)]
pub(crate) enum Blow {
    /// This response.
    Respond(Reply),
    /// An error of the service.
    Fail(Mishap),
    /// No response.
    Lose,
    /// Half of this response; which one it is, is known once there is one.
    Cut(Reply),
}

/// What is different while a request is served.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Twist {
    /// The most that a page holds.
    pub(crate) page: Option<usize>,
    /// How long what is installed takes to work.
    pub(crate) settling: Duration,
    /// How long a token really opens anything.
    pub(crate) token_life: Option<Duration>,
}

/// What others do to the person whom a request concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    DeleteChat,
    BlockBot,
    UninstallApp,
    OtherBots(u32),
}

impl Script {
    /// Returns an empty script that draws from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            entries: Vec::new(),
            followed: Duration::ZERO,
        }
    }

    /// Adds a hardship that is aimed at `person`.
    pub(crate) fn add(&mut self, hardship: Hardship, person: Option<Guid>) {
        self.entries.push(Entry {
            hardship,
            person,
            matched: 0,
            struck: 0,
            in_force: false,
        });
    }

    /// Whether nothing can befall anybody.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets every hardship.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Returns what each hardship is called and how many requests it befell.
    pub(crate) fn account(&self) -> impl Iterator<Item = (String, u64)> {
        self.entries
            .iter()
            .map(|entry| (entry.hardship.title(), entry.struck))
    }

    /// Decides what befalls a request; the first hardship of a kind wins.
    pub(crate) fn decide(&mut self, sight: Sight) -> Fate {
        let mut fate = Fate::default();
        let seed = self.seed;
        for (number, entry) in (1..).zip(&mut self.entries) {
            if entry.strikes(seed, number, sight) {
                entry.struck += 1;
                fate.suffer(&entry.hardship.effect);
            }
        }
        fate
    }

    /// Returns the instants up to `now` at which the factors of quotas may
    /// differ from what they were, the last of them `now`.
    pub(crate) fn turns(&mut self, now: Duration) -> Vec<Duration> {
        let lasting = self.entries.iter().map(|entry| &entry.hardship);
        let lasting = lasting.filter(|hardship| hardship.effect.is_lasting());
        let mut turns: Vec<Duration> = lasting
            .flat_map(|hardship| [hardship.from, hardship.until])
            .flatten()
            .filter(|turn| self.followed < *turn && *turn < now)
            .chain([now])
            .collect();
        turns.sort_unstable();
        self.followed = self.followed.max(now);
        turns
    }

    /// Returns the product of the factors that are in force for a quota at `now`.
    pub(crate) fn factor(&self, now: Duration, quota: &str) -> f64 {
        self.entries
            .iter()
            .filter(|entry| entry.is_in_force(now))
            .filter_map(|entry| entry.hardship.effect.factor(quota))
            .product()
    }
}

impl Entry {
    /// Whether it befalls a request.
    fn strikes(&mut self, seed: u64, number: u64, sight: Sight) -> bool {
        let Hardship {
            endpoint,
            when,
            share,
            ..
        } = self.hardship;
        let aimed = endpoint == Endpoint::Any || endpoint == sight.endpoint;
        let meant = match (&self.hardship.person, self.person) {
            (None, _) => true,
            (Some(_), person) => person.is_some() && person == sight.person,
        };
        let about_somebody = sight.person.is_some() || !self.hardship.effect.is_personal();
        if !(aimed && meant && about_somebody && self.hardship.is_due(sight.now)) {
            return false;
        }
        self.matched += 1;
        self.in_force = when.means(self.matched);
        self.in_force && (1.0 <= share || chance(seed, number, self.matched) < share)
    }

    /// Whether a lasting hardship is in force, whatever is asked.
    fn is_in_force(&self, now: Duration) -> bool {
        let counts = self.in_force || self.hardship.when == When::Always;
        counts && self.hardship.is_due(now)
    }
}

impl Fate {
    fn instead(&mut self, blow: Blow) {
        self.before.get_or_insert(blow);
    }

    fn afterwards(&mut self, blow: Blow) {
        self.after.get_or_insert(blow);
    }

    fn suffer(&mut self, effect: &Effect) {
        match effect {
            Effect::Respond(canned) => self.instead(Blow::Respond(canned.reply())),
            Effect::RespondAfter(canned) => self.afterwards(Blow::Respond(canned.reply())),
            Effect::Throttle { retry_after } => {
                self.instead(Blow::Fail(Mishap::Throttled(*retry_after)));
            }
            Effect::Fail(status) => self.instead(Blow::Fail(Mishap::failed(*status))),
            Effect::FailAfter(status) => self.afterwards(Blow::Fail(Mishap::failed(*status))),
            Effect::EntitlementFailure => self.instead(Blow::Fail(Mishap::Entitlement)),
            Effect::LoseRequest => self.instead(Blow::Lose),
            Effect::LoseAnswer => self.afterwards(Blow::Lose),
            Effect::CutAnswer => self.afterwards(Blow::Cut(Reply::default())),
            Effect::Delay(delay) => self.delay += *delay,
            Effect::SettleAfter(delay) => self.twist.settling = *delay,
            Effect::ExpireToken(life) => self.twist.token_life = Some(*life),
            Effect::Page(most) => self.twist.page = Some(*most),
            Effect::StaleChat => self.deeds.push(Deed::DeleteChat),
            Effect::BlockBot => self.deeds.push(Deed::BlockBot),
            Effect::UninstallApp => self.deeds.push(Deed::UninstallApp),
            Effect::OtherBots(messages) => self.deeds.push(Deed::OtherBots(*messages)),
            // The ledger asks for these.
            Effect::Quota { .. } => {}
        }
    }
}

/// A number from 0 to 1, always the same for the same request of the same world.
fn chance(seed: u64, hardship: u64, request: u64) -> f64 {
    Dice::new(seed ^ hardship.rotate_left(32), request).share()
}

impl Effect {
    fn factor(&self, quota: &str) -> Option<f64> {
        let Self::Quota { name, times } = self else {
            return None;
        };
        name.as_ref()
            .is_none_or(|name| name == quota)
            .then_some(*times)
    }
}

impl Canned {
    fn reply(&self) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = reply::empty(status);
        if !self.body.is_empty() {
            *reply.body_mut() = self.body.clone().into();
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

    fn sight(endpoint: Endpoint, person: Option<Guid>) -> Sight {
        Sight {
            endpoint,
            person,
            now: Duration::ZERO,
        }
    }

    #[test]
    fn a_hardship_befalls_the_requests_it_is_aimed_at() {
        let mut script = Script::new(7);
        let lost = Hardship::new(Endpoint::SendActivity, Effect::LoseAnswer);
        script.add(lost.when(When::EveryNth(3)).person(Guid(7)), Some(Guid(7)));

        let mut befallen =
            |endpoint, person| script.decide(sight(endpoint, person)).after.is_some();

        assert!(!befallen(Endpoint::SendActivity, None));
        assert!(!befallen(Endpoint::CreateConversation, Some(Guid(7))));
        let hits = [(); 6].map(|()| befallen(Endpoint::SendActivity, Some(Guid(7))));
        assert_eq!([false, false, true, false, false, true], hits);
        assert_eq!(
            vec![("lose_answer (send_activity)".to_owned(), 2)],
            script.account().collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_share_is_drawn_from_the_seed() {
        let hits = |seed| {
            let mut script = Script::new(seed);
            script.add(
                Hardship::new(Endpoint::Any, Effect::LoseAnswer).share(0.1),
                None,
            );
            let mut lost = || {
                script
                    .decide(sight(Endpoint::GetUser, None))
                    .after
                    .is_some()
            };
            (0..1000).map(|_| lost()).collect::<Vec<bool>>()
        };

        let lost = hits(7).into_iter().filter(|lost| *lost).count();

        assert!((70..130).contains(&lost), "{lost}");
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
    }

    #[test]
    fn a_span_of_time_has_a_beginning_and_an_end() {
        let mut script = Script::new(7);
        let second = Duration::from_secs(1);
        script.add(
            Hardship::new(Endpoint::Any, Effect::LoseAnswer).between(second, second * 3),
            None,
        );

        let lost = [0, 1, 2, 3].map(|at| {
            let sight = Sight {
                now: second * at,
                ..sight(Endpoint::GetUser, None)
            };
            script.decide(sight).after.is_some()
        });

        assert_eq!([false, true, true, false], lost);
    }
}
