//! Chats that become known while a run goes on, from what Teams tells the bot.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::model::{ChatId, ObjectId};

/// Chats of people who may be waiting for theirs.
#[derive(Debug, Default)]
pub struct Tidings {
    chats: Mutex<HashMap<ObjectId, ChatId>>,
    came: Notify,
}

impl Tidings {
    /// Lets those who wait for it know of `news`.
    pub fn bring(&self, news: Vec<(ObjectId, ChatId)>) {
        if news.is_empty() {
            return;
        }
        self.chats
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(news);
        self.came.notify_waiters();
    }

    /// The person's chat, if it is known; it is told once.
    pub(super) fn take(&self, person: &ObjectId) -> Option<ChatId> {
        let mut chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
        chats.remove(person)
    }

    /// Forgets what turned out to be stale.
    pub(super) fn forget(&self, person: &ObjectId, stale: &ChatId) {
        let mut chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
        if chats.get(person) == Some(stale) {
            chats.remove(person);
        }
    }

    /// The person's chat, once it is known.
    pub(super) async fn of(&self, person: &ObjectId) -> ChatId {
        loop {
            // Before looking, so that what comes meanwhile is not missed.
            let came = self.came.notified();
            if let Some(chat) = self.take(person) {
                return chat;
            }
            came.await;
        }
    }
}
