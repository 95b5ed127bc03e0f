//! Chats that were given to a run, and whose they can be.
//!
//! A list or an import may have a slip in it: a chat in the wrong row would
//! show a message to somebody twice and to somebody else never, and nobody
//! would know. So a chat that was not got from a service in this run is used
//! only where nothing speaks against it, and looked up otherwise.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use tracing::warn;

use crate::model::{ChatId, ObjectId};

/// The chats that were given so far, each for one person.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Chat and person by what stands for them: there may be a million.
    people: Mutex<HashMap<u64, u64>>,
    state: RandomState,
}

impl Given {
    /// `chat`, if it may be the one of `person`.
    pub(super) fn checked(&self, chat: ChatId, person: &ObjectId) -> Option<ChatId> {
        if self.admits(&chat, person) {
            return Some(chat);
        }
        warn!("a known chat cannot be this person's and is looked up instead");
        None
    }

    fn admits(&self, chat: &ChatId, person: &ObjectId) -> bool {
        if !chat.may_be_of(person) {
            return false;
        }
        if chat.names(person) {
            return true;
        }
        let (chat, person) = (self.state.hash_one(chat), self.state.hash_one(person));
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        *people.entry(chat).or_insert(person) == person
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_used_for_one_person_only() {
        let given = Given::default();
        let chat = || ChatId::new("a:1").unwrap();
        let [ann, bob] = ["ann", "bob"].map(|id| ObjectId::new(id).unwrap());

        let taken = [&ann, &bob, &ann].map(|person| given.checked(chat(), person));

        assert_eq!(taken, [Some(chat()), None, Some(chat())]);
    }
}
