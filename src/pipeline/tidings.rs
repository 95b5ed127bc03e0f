//! Chats that become known while a run goes on, from what Teams tells the bot.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{
    ledger::Heard,
    model::{ChatId, ObjectId},
};

/// What was heard of people who may be waiting for their chat.
#[derive(Debug, Default)]
pub struct Tidings {
    people: Mutex<HashMap<ObjectId, Known>>,
    came: Notify,
}

#[derive(Debug)]
struct Known {
    /// Until it is told.
    chat: Option<ChatId>,
    service_url: Option<String>,
}

impl Tidings {
    /// Lets those who wait for it know of `news`.
    pub fn bring(&self, news: Vec<Heard>) {
        if news.is_empty() {
            return;
        }
        self.people().extend(news.into_iter().map(|heard| {
            let known = Known {
                chat: Some(heard.chat),
                service_url: heard.service_url,
            };
            (heard.person, known)
        }));
        self.came.notify_waiters();
    }

    /// The person's chat, if it is known; it is told once.
    pub(super) fn take(&self, person: &ObjectId) -> Option<ChatId> {
        self.people().get_mut(person)?.chat.take()
    }

    /// Forgets what turned out to be stale.
    pub(super) fn forget(&self, person: &ObjectId, stale: &ChatId) {
        if let Some(known) = self.people().get_mut(person)
            && known.chat.as_ref() == Some(stale)
        {
            known.chat = None;
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

    /// Where Teams said meanwhile that the person's messages are taken.
    pub(super) fn service_url(&self, person: &ObjectId) -> Option<String> {
        self.people().get(person)?.service_url.clone()
    }

    fn people(&self) -> MutexGuard<'_, HashMap<ObjectId, Known>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;

    fn heard(name: &str, chat: &str) -> Heard {
        Heard {
            person: ObjectId::new(name).unwrap(),
            chat: ChatId::new(chat).unwrap(),
            service_url: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_hears_of_their_own_chat_when_it_comes() {
        let tidings = Tidings::default();
        let ann = ObjectId::new("ann").unwrap();

        let bringing = async {
            tidings.bring(vec![heard("bob", "a:bob")]);
            sleep(Duration::from_secs(1)).await;
            tidings.bring(vec![heard("ann", "a:ann")]);
        };
        let (chat, ()) = tokio::join!(tidings.of(&ann), bringing);

        assert_eq!(chat.as_str(), "a:ann");
    }

    #[tokio::test(start_paused = true)]
    async fn a_chat_is_told_once_and_a_stale_one_not_at_all() {
        let tidings = Tidings::default();
        let ann = ObjectId::new("ann").unwrap();
        let patience = Duration::from_mins(1);

        tidings.bring(vec![heard("ann", "a:ann")]);
        let first = timeout(patience, tidings.of(&ann)).await;
        let second = timeout(patience, tidings.of(&ann)).await;
        tidings.bring(vec![heard("ann", "a:stale")]);
        tidings.forget(&ann, &ChatId::new("a:stale").unwrap());
        let third = timeout(patience, tidings.of(&ann)).await;

        assert!((first.is_ok(), second.is_err(), third.is_err()) == (true, true, true));
    }
}
