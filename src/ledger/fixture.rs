//! What the tests of the ledger share.

use jiff::Timestamp;

use super::{CampaignKey, Fingerprints, NewRow, Purpose};
use crate::model::{ChatId, ObjectId, Person, RowNumber};

pub(super) fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

pub(super) fn key(name: &str) -> CampaignKey {
    CampaignKey {
        name: name.to_owned(),
        tenant_id: "tenant".to_owned(),
        bot_id: "bot".to_owned(),
    }
}

pub(super) fn sending(message: &str) -> Purpose {
    Purpose::Send {
        fingerprints: Fingerprints {
            message: message.to_owned(),
            audience: "audience".to_owned(),
        },
        accept_changed: false,
    }
}

pub(super) fn id(text: &str) -> ObjectId {
    ObjectId::new(text).unwrap()
}

pub(super) fn chat(text: &str) -> ChatId {
    ChatId::new(text).unwrap()
}

pub(super) fn person(name: &str) -> Person {
    Person {
        display_name: Some(format!("{name}'s name")),
        ..Person::unknown(id(name))
    }
}

pub(super) fn row(number: u64, user: &str) -> NewRow {
    NewRow {
        number: RowNumber(number),
        label: format!("users.csv:{number}"),
        user: user.to_owned(),
        malformed: None,
    }
}
