//! A run against the world in virtual time, told as a sentence:
//! `Scenario::new().users(100).throttle_every(7).crash_after(40).run().await`.

mod ended;
mod list;
mod play;
mod services;
pub(crate) mod wire;

use std::time::Duration;

use teamcast::{
    audience::Rules,
    campaign::{Delivery, InDoubt, Install, Limits, Resolve, Source},
    ledger::Fate,
    model::OutcomeKind,
    simulator::{
        Canned, Effect, Endpoint, Hardship, Options, Quotas, Registration, RetryAfter, Shape, When,
    },
};

pub(crate) use ended::Ended;
pub(crate) use list::By;
pub(crate) use play::Play;

/// How a run is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It is not.
    Never,
    /// So many commits succeed, the next one fails.
    Crash(usize, Fate),
    /// The operator asks it to stop.
    Stop(Duration),
    /// It is gone from one moment to the next.
    Kill(Duration),
}

/// What a run is about, before it starts.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    options: Options,
    registration: Registration,
    list: Option<Vec<By>>,
    include: Vec<Source>,
    exclude: Vec<Source>,
    hardships: Vec<Hardship>,
    delivery: Delivery,
    rules: Rules,
    retry: Vec<OutcomeKind>,
    limits: Limits,
    cut: Cut,
}

impl Scenario {
    /// Ten people who have the app, and nothing in the way.
    pub(crate) fn new() -> Self {
        Self {
            options: Options {
                people: 10,
                shape: Shape::uniform(),
                ..Options::default()
            },
            registration: Registration::default(),
            list: None,
            include: Vec::new(),
            exclude: Vec::new(),
            hardships: Vec::new(),
            delivery: Delivery::default(),
            rules: Rules::default(),
            retry: Vec::new(),
            limits: Limits {
                directory: 350.0,
                ..Limits::default()
            },
            cut: Cut::Never,
        }
    }

    pub(crate) fn users(mut self, people: usize) -> Self {
        self.options.people = people;
        self
    }

    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    pub(crate) fn shape(mut self, shape: Shape) -> Self {
        self.options.shape = shape;
        self
    }

    /// Nobody has the app yet.
    pub(crate) fn without_app(mut self) -> Self {
        self.options.shape.installed = 0.0;
        self
    }

    pub(crate) fn quotas(mut self, quotas: Quotas) -> Self {
        self.options.quotas = quotas;
        self
    }

    pub(crate) fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) fn list(mut self, list: impl Into<Vec<By>>) -> Self {
        self.list = Some(list.into());
        self
    }

    /// Everybody of these sources instead of a list.
    pub(crate) fn including(mut self, sources: impl Into<Vec<Source>>) -> Self {
        self.include = sources.into();
        self
    }

    /// Nobody of these sources.
    pub(crate) fn excluding(mut self, sources: impl Into<Vec<Source>>) -> Self {
        self.exclude = sources.into();
        self
    }

    pub(crate) fn registered(mut self, registration: Registration) -> Self {
        self.registration = registration;
        self
    }

    pub(crate) fn retry_after(mut self, form: RetryAfter) -> Self {
        self.registration.retry_after = form;
        self
    }

    pub(crate) fn never_installing(mut self) -> Self {
        self.delivery.install = Install::Never;
        self
    }

    /// No rule leaves anybody out.
    pub(crate) fn for_everybody(mut self) -> Self {
        self.rules = Rules {
            guests: true,
            disabled: true,
            unlicensed: true,
        };
        self
    }

    pub(crate) fn resolving(mut self, resolve: Resolve) -> Self {
        self.delivery.resolve = resolve;
        self
    }

    pub(crate) fn resending(mut self) -> Self {
        self.delivery.in_doubt = InDoubt::Resend;
        self.retry = vec![OutcomeKind::InDoubt];
        self
    }

    /// Something befalls requests to `endpoint`.
    pub(crate) fn befalls(self, endpoint: Endpoint, when: When, effect: Effect) -> Self {
        self.suffering(Hardship::new(endpoint, effect).when(when))
    }

    /// Something befalls some requests.
    pub(crate) fn suffering(mut self, hardship: Hardship) -> Self {
        self.hardships.push(hardship);
        self
    }

    /// Every so many sends are told to come back in two seconds.
    pub(crate) fn throttle_every(self, nth: u64) -> Self {
        let effect = Effect::Respond(Canned::status(429).header("Retry-After", "2"));
        self.befalls(Endpoint::SendActivity, When::EveryNth(nth), effect)
    }

    /// Every so many sends have their effect and no answer.
    pub(crate) fn lose_answer_every(self, nth: u64) -> Self {
        self.befalls(
            Endpoint::SendActivity,
            When::EveryNth(nth),
            Effect::LoseAnswer,
        )
    }

    pub(crate) fn cut(mut self, cut: Cut) -> Self {
        self.cut = cut;
        self
    }

    /// Lets so many commits through and loses the next one.
    pub(crate) fn crash_after(self, commits: usize) -> Self {
        self.cut(Cut::Crash(commits, Fate::Lost))
    }

    /// The operator asks to stop after so long.
    pub(crate) fn stop_after(self, delay: Duration) -> Self {
        self.cut(Cut::Stop(delay))
    }

    /// Makes the world; nothing runs yet.
    pub(crate) fn set(self) -> Play {
        Play::new(self)
    }

    /// Runs it once.
    pub(crate) async fn run(self) -> (Play, Ended) {
        let mut play = self.set();
        let ended = play.run().await;
        (play, ended)
    }
}
