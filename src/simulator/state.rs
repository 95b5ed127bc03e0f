//! The part of the world that changes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    guid::Guid,
    quota::ledger::Ledger,
    script::{Deed, Fate, Script, Sight},
    tenant::{
        Place, Tenant,
        person::{Installed, Obstacle, Person},
    },
};

/// Everything that changes, behind the world's one lock.
#[derive(Debug)]
pub(crate) struct State {
    desks: Vec<Desk>,
    pub(crate) ledger: Ledger,
    pub(crate) script: Script,
    pub(crate) grants: HashMap<String, Grant>,
    last_message: u64,
}

/// What a person has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    /// Our app.
    pub(crate) app: Installed,
    /// One bit for each other app of the catalogue.
    pub(crate) others: u8,
    /// Whether there is a chat with the bot.
    pub(crate) chat: Chat,
    /// What stands between the bot and the person.
    pub(crate) obstacle: Obstacle,
    /// From when on what was installed works.
    pub(crate) settled: Duration,
    /// How many sessions were started.
    pub(crate) sessions: u32,
    /// What the bot wrote, oldest first.
    pub(crate) messages: Vec<Message>,
}

/// Whether there is a chat of bot and person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Chat {
    /// There is none, or it was deleted.
    #[default]
    Absent,
    /// There is.
    Open,
}

/// A message in a chat.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its id: when it came, in milliseconds of the calendar, but never the same twice.
    pub(crate) id: u64,
    pub(crate) content: Content,
    pub(crate) edits: u32,
    /// When it was changed last, in milliseconds of the calendar.
    pub(crate) changed: u64,
    pub(crate) standing: Standing,
}

/// Whether a message is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is.
    Visible,
    /// It was deleted.
    Deleted,
}

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) text: Option<Box<str>>,
    /// The attachments as JSON text.
    pub(crate) attachments: Option<Arc<str>>,
    pub(crate) summary: Option<Box<str>>,
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) audience: Audience,
    pub(crate) app: Guid,
    pub(crate) roles: Arc<[String]>,
    pub(crate) expires: Duration,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Graph.
    Graph,
    /// The connector.
    Connector,
}

impl State {
    /// Returns the state a tenant begins in.
    pub(crate) fn new(tenant: &Tenant, ledger: Ledger) -> Self {
        Self {
            desks: tenant.people.iter().map(Desk::of).collect(),
            ledger,
            script: Script::new(tenant.seed),
            grants: HashMap::new(),
            last_message: 0,
        }
    }

    /// Decides what befalls a request, quotas included.
    pub(crate) fn befall(&mut self, sight: Sight) -> Fate {
        let turns = self.script.turns(sight.now);
        let fate = self.script.decide(sight);
        for turn in turns {
            let script = &self.script;
            self.ledger
                .rescale(turn, |quota| script.factor(turn, quota));
        }
        fate
    }

    /// Lets others do something to the person at `place`.
    pub(crate) fn suffer(&mut self, place: Place, deed: Deed, now: Duration) {
        match (deed, self.desks.get_mut(place)) {
            (Deed::DeleteChat, Some(desk)) => desk.chat = Chat::Absent,
            (Deed::BlockBot, Some(desk)) => desk.obstacle = Obstacle::BlockedByUser,
            (Deed::UninstallApp, Some(desk)) => desk.app = Installed::Absent,
            (Deed::OtherBots(messages), Some(_)) => self.ledger.count_others(now, place, messages),
            (_, None) => {}
        }
    }

    /// Returns what the person at `place` has.
    pub(crate) fn desk(&mut self, place: Place) -> Option<&mut Desk> {
        self.desks.get_mut(place)
    }

    /// Returns what everybody has, in the tenant's order.
    pub(crate) fn desks(&self) -> &[Desk] {
        &self.desks
    }

    /// Returns an id for something that is written at `milliseconds`.
    pub(crate) fn next_message(&mut self, milliseconds: u64) -> u64 {
        self.last_message = milliseconds.max(self.last_message + 1);
        self.last_message
    }
}

impl Desk {
    fn of(person: &Person) -> Self {
        let chat = match person.app {
            Installed::Absent => Chat::Absent,
            Installed::Outdated | Installed::Current => Chat::Open,
        };
        Self {
            app: person.app,
            chat,
            obstacle: person.obstacle,
            ..Self::default()
        }
    }

    /// Whether our app is there in any version.
    pub(crate) fn has_app(&self) -> bool {
        match self.app {
            Installed::Absent => false,
            Installed::Outdated | Installed::Current => true,
        }
    }

    /// Whether our app is there and works.
    pub(crate) fn has_settled_app(&self, now: Duration) -> bool {
        self.has_app() && self.settled <= now
    }

    /// Finds a message that is still there.
    pub(crate) fn visible(&mut self, id: &str) -> Option<&mut Message> {
        let id = id.parse::<u64>().ok()?;
        self.messages
            .iter_mut()
            .find(|message| message.id == id && message.standing == Standing::Visible)
    }
}
