//! What really happened, for assertions and for the account at the end.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{
    quota::ledger::QuotaTruth,
    state::{Desk, Message, Standing, State},
    tenant::{Tenant, person::Person},
};

/// What really happened in a world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// Everybody, in the tenant's order; then who came later, whoever left included.
    pub people: Vec<PersonTruth>,
    /// Every team, in the tenant's order.
    pub teams: Vec<TeamTruth>,
    /// Every quota by name.
    pub quotas: BTreeMap<String, QuotaTruth>,
    /// Every hardship, in the order in which they were added.
    pub hardships: Vec<HardshipTruth>,
}

/// What one hardship did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HardshipTruth {
    /// What it is called.
    pub name: String,
    /// How many requests it befell.
    pub struck: u64,
}

/// The truth in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    /// How many requests came.
    pub requests: u64,
    /// How many people there are.
    pub people: usize,
    /// How many of them have the app.
    pub with_app: usize,
    /// How many of them have one message, deleted ones included.
    pub with_one_message: usize,
    /// How many of them have more than one.
    pub with_more_messages: usize,
    /// How many messages were written.
    pub messages: usize,
    /// How often a message was replaced.
    pub edits: u64,
    /// How many messages were deleted.
    pub deleted: usize,
    /// Every quota by name.
    pub quotas: BTreeMap<String, QuotaTruth>,
    /// Every hardship, in the order in which they were added.
    pub hardships: Vec<HardshipTruth>,
}

/// What is true of one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonTruth {
    /// The directory's id.
    pub object_id: String,
    /// The user principal name.
    pub upn: String,
    /// Whether the person has the app.
    pub has_app: bool,
    /// What is in the chat with the bot, oldest first.
    pub messages: Vec<MessageTruth>,
}

/// What is true of one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TeamTruth {
    /// The directory's id, which is its group's.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it has the app.
    pub has_app: bool,
}

/// What is true of one message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageTruth {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: Option<String>,
    /// Its attachments, as they were sent.
    pub attachments: Vec<Value>,
    /// Its text for notifications.
    pub summary: Option<String>,
    /// How often it was replaced.
    pub edits: u32,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Truth {
    /// Returns what is true of `state`.
    pub(crate) fn of(tenant: &Tenant, state: &State) -> Self {
        let people = state.desks().iter().enumerate();
        let teams = state.teams().iter().enumerate();
        Self {
            people: people
                .filter_map(|(place, desk)| {
                    Some(PersonTruth::of(&*tenant.last_known(place)?, desk))
                })
                .collect(),
            teams: teams
                .filter_map(|(number, desk)| {
                    let group = tenant.groups.of_team(number)?;
                    Some(TeamTruth {
                        id: group.id.to_string(),
                        name: group.name.to_string(),
                        has_app: desk.has_app(),
                    })
                })
                .collect(),
            quotas: state.ledger.truth(),
            hardships: hardships(state),
        }
    }
}

impl Account {
    /// Returns the account of `state` after so many requests.
    pub(crate) fn of(state: &State, requests: u64) -> Self {
        let desks = state.desks();
        let count = |fits: &dyn Fn(&Desk) -> bool| desks.iter().filter(|desk| fits(desk)).count();
        let messages = || desks.iter().flat_map(|desk| &desk.messages);
        Self {
            requests,
            people: desks.len(),
            with_app: count(&Desk::has_app),
            with_one_message: count(&|desk| desk.messages.len() == 1),
            with_more_messages: count(&|desk| 1 < desk.messages.len()),
            messages: messages().count(),
            edits: messages().map(|message| u64::from(message.edits)).sum(),
            deleted: messages()
                .filter(|message| message.standing == Standing::Deleted)
                .count(),
            quotas: state.ledger.truth(),
            hardships: hardships(state),
        }
    }
}

fn hardships(state: &State) -> Vec<HardshipTruth> {
    let account = state.script.account();
    account
        .map(|(name, struck)| HardshipTruth { name, struck })
        .collect()
}

impl PersonTruth {
    /// Returns what is true of one person.
    pub(crate) fn of(person: &Person, desk: &Desk) -> Self {
        Self {
            object_id: person.object_id.to_string(),
            upn: person.upn.to_string(),
            has_app: desk.has_app(),
            messages: desk.messages.iter().map(MessageTruth::of).collect(),
        }
    }
}

impl MessageTruth {
    fn of(message: &Message) -> Self {
        let content = &message.content;
        let attachments = content
            .attachments
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        Self {
            id: message.id.to_string(),
            text: content.text.as_deref().map(str::to_owned),
            attachments: attachments.unwrap_or_default(),
            summary: content.summary.as_deref().map(str::to_owned),
            edits: message.edits,
            deleted: message.standing == Standing::Deleted,
        }
    }
}
