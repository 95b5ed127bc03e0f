//! The part of the world that changes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    events::{EventKind, Occurrence, Outbox},
    guid::Guid,
    quota::ledger::Ledger,
    script::{Deed, Fate, Script, Sight},
    tenant::{
        Place, Tenant,
        groups::Team,
        person::{Installed, Obstacle, Person},
        registration::Upgrade,
    },
};

/// Everything that changes, behind the world's one lock.
#[derive(Debug)]
pub(crate) struct State {
    desks: Vec<Desk>,
    /// What the teams have, in the tenant's order.
    teams: Vec<Desk>,
    /// Tokens of delta queries from another epoch are forgotten.
    pub(crate) delta_epoch: u64,
    pub(crate) ledger: Ledger,
    pub(crate) script: Script,
    pub(crate) grants: HashMap<String, Grant>,
    pub(crate) outbox: Outbox,
    /// When somebody last asked for something, since the world began.
    pub(crate) latest: Duration,
    last_message: u64,
}

/// Whose things: a person's or a team's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Those of the person at this place.
    Person(Place),
    /// Those of the team with this number.
    Team(usize),
}

/// What a person or a team has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    /// Our app.
    pub(crate) app: Installed,
    /// Which of its versions have the bot.
    pub(crate) upgrade: Upgrade,
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
    /// What the text is written in.
    pub(crate) format: TextFormat,
    /// The attachments as JSON text.
    pub(crate) attachments: Option<Arc<str>>,
    pub(crate) summary: Option<Box<str>>,
}

/// What a text is written in (`textFormat`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TextFormat {
    /// Markdown, unless something else is said.
    #[default]
    Markdown,
    /// Nothing in particular.
    Plain,
    /// HTML, which is called `xml`.
    Html,
}

impl Content {
    /// Returns the text, empty where there is none.
    pub(crate) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) audience: Audience,
    pub(crate) app: Guid,
    pub(crate) roles: Arc<[String]>,
    pub(crate) expires: Duration,
    /// Whether it still is what it was.
    pub(crate) standing: GrantStanding,
}

/// Whether a token is still accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantStanding {
    /// It is, for as long as it says.
    Good,
    /// It was revoked.
    Revoked,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Graph.
    Graph,
    /// The connector.
    Connector,
    /// Sign-in itself, in place of a secret.
    Exchange,
}

impl State {
    /// Returns the state a tenant begins in.
    pub(crate) fn new(tenant: &Tenant, ledger: Ledger) -> Self {
        Self {
            desks: tenant
                .people
                .iter()
                .map(|person| Desk::of(person, tenant.registration.upgrade))
                .collect(),
            teams: tenant.groups.teams().iter().map(Desk::of_team).collect(),
            delta_epoch: 0,
            ledger,
            script: Script::new(tenant.seed),
            grants: HashMap::new(),
            outbox: Outbox::default(),
            latest: Duration::ZERO,
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
            (Deed::UninstallApp, Some(_)) => self.change_app(place, Installed::Absent, now),
            (Deed::OtherBots(messages), Some(_)) => self.ledger.count_others(now, place, messages),
            (_, None) => {}
        }
    }

    /// Returns what the person at `place` has.
    pub(crate) fn desk(&mut self, place: Place) -> Option<&mut Desk> {
        self.desks.get_mut(place)
    }

    /// Returns what somebody has.
    pub(crate) fn seat(&mut self, seat: Seat) -> Option<&mut Desk> {
        match seat {
            Seat::Person(place) => self.desks.get_mut(place),
            Seat::Team(number) => self.teams.get_mut(number),
        }
    }

    /// Sets up a desk for somebody who came.
    pub(crate) fn arrive(&mut self, desk: Desk) {
        self.desks.push(desk);
    }

    /// Whether the bot may write to the person at `place`: the person has the app, or a team has it
    /// that the person is in.
    pub(crate) fn is_reachable(&self, tenant: &Tenant, place: Place, now: Duration) -> bool {
        let desk = self.desks.get(place);
        desk.is_some_and(|desk| desk.has_settled_bot(now))
            || self.teams.iter().enumerate().any(|(number, team)| {
                team.has_settled_app(now)
                    && tenant
                        .groups
                        .of_team(number)
                        .is_some_and(|group| group.members.people.has(place))
            })
    }

    /// Returns what every team has, in the tenant's order.
    pub(crate) fn teams(&self) -> &[Desk] {
        &self.teams
    }

    /// Gives the app with this number to somebody in this version, or takes it away.
    pub(crate) fn change_app_of(
        &mut self,
        seat: Seat,
        number: usize,
        wanted: Installed,
        at: Duration,
    ) {
        match (seat, number) {
            (Seat::Person(place), 0) => self.change_app(place, wanted, at),
            (Seat::Person(_) | Seat::Team(_), _) => {
                if let Some(desk) = self.seat(seat) {
                    desk.set_installed(number, wanted);
                }
            }
        }
    }

    /// Gives our app to the person at `place` in this version, or takes it away, and tells the bot.
    pub(crate) fn change_app(&mut self, place: Place, wanted: Installed, at: Duration) {
        let Some(desk) = self.desks.get_mut(place) else {
            return;
        };
        let (before, knew_bot, is_known) = (desk.app, desk.has_bot(), desk.chat == Chat::Open);
        desk.app = wanted;
        let has_bot = desk.has_bot();
        if has_bot {
            desk.chat = Chat::Open;
        }
        let kind = match (before, wanted) {
            _ if knew_bot == has_bot => return,
            (Installed::Absent, _) => EventKind::Installed,
            (_, Installed::Absent) => EventKind::Removed,
            (Installed::Outdated | Installed::Current, _) if has_bot => EventKind::AddedByUpgrade,
            (Installed::Outdated | Installed::Current, _) => EventKind::RemovedByUpgrade,
        };
        let version = if wanted == Installed::Absent {
            before
        } else {
            wanted
        };
        let first = (has_bot && !is_known).then_some(EventKind::BotAdded);
        for kind in first.into_iter().chain([kind]) {
            self.outbox.note(Occurrence {
                kind,
                place,
                version,
                at,
            });
        }
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
    fn of_team(team: &Team) -> Self {
        Self {
            app: if team.has_app {
                Installed::Current
            } else {
                Installed::Absent
            },
            ..Self::default()
        }
    }

    /// Returns what somebody begins with.
    pub(crate) fn of(person: &Person, upgrade: Upgrade) -> Self {
        let mut desk = Self {
            app: person.app,
            upgrade,
            obstacle: person.obstacle,
            ..Self::default()
        };
        if desk.has_bot() {
            desk.chat = Chat::Open;
        }
        desk
    }

    /// Whether our app is there in a version with the bot.
    pub(crate) fn has_bot(&self) -> bool {
        match (self.app, self.upgrade) {
            (Installed::Absent, _)
            | (Installed::Outdated, Upgrade::AddsBot)
            | (Installed::Current, Upgrade::RemovesBot) => false,
            (Installed::Outdated | Installed::Current, _) => true,
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

    /// Whether our app is there in a version with the bot, and works.
    pub(crate) fn has_settled_bot(&self, now: Duration) -> bool {
        self.has_bot() && self.settled <= now
    }

    /// Sets from when on the app with this number works, once it is there.
    pub(crate) fn settle(&mut self, number: usize, from: Duration) {
        if number == 0 {
            self.settled = from;
        }
    }

    /// Finds a message that is still there.
    pub(crate) fn visible(&mut self, id: &str) -> Option<&mut Message> {
        let id = id.parse::<u64>().ok()?;
        self.messages
            .iter_mut()
            .find(|message| message.id == id && message.standing == Standing::Visible)
    }
}
