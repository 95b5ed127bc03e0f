//! Creating conversations and sending messages.

use std::{num::NonZeroU32, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use url::Url;

use crate::{
    model::{ActivityId, Cause, ChatId, Evidence, MemberId, ObjectId},
    remote::{
        Answer, Budget, CallError, Outgoing, Pass, Rank, Repeat, Service, Tries, Trouble, encode,
        endpoint,
    },
};

use super::{
    place::Places,
    refusal::{Meaning, judge},
};

/// Who is speaking.
#[derive(Debug, Clone)]
pub struct Bot {
    /// The bot's Entra app id.
    pub app_id: String,
    /// The tenant of the people written to.
    pub tenant_id: String,
}

/// The Bot Connector, for one bot.
#[derive(Debug, Clone)]
pub struct Connector {
    pub(super) places: Places,
    pub(super) service: Service,
    pub(super) budget: Arc<Budget>,
    bot: Bot,
    pub(super) stop: CancellationToken,
}

/// What a message shows.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Text.
    Text {
        /// The text.
        text: &'a str,
        /// The wire's word for its format: `plain`, `markdown` or `xml`.
        format: &'static str,
    },
    /// An Adaptive Card.
    Card {
        /// The card.
        card: &'a Value,
        /// What the toast says.
        notification: &'a str,
    },
}

/// A message Teams accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its id; Teams leaves it out now and then.
    pub activity: Option<ActivityId>,
    /// What the service said.
    pub evidence: Evidence,
}

/// Why a message is not known to be accepted.
#[derive(Debug)]
pub enum SendError {
    /// The chat id is stale or the app is gone; nothing was sent.
    ChatGone(Box<Evidence>),
    /// It may or may not have been sent.
    Unknown(Box<Evidence>),
    /// Nothing was sent.
    Trouble(Trouble),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConversation {
    id: String,
    service_url: Option<String>,
}

#[derive(Deserialize)]
struct WireSent {
    id: Option<String>,
}

impl Connector {
    /// The connector at `base` (`…/teams`, without version), paid from `budget`.
    pub fn new(
        base: Url,
        service: Service,
        budget: Arc<Budget>,
        bot: Bot,
        stop: CancellationToken,
    ) -> Self {
        let places = Places { base, hosts: &[] };
        Self {
            places,
            service,
            budget,
            bot,
            stop,
        }
    }

    /// The same, which also sends to people at `hosts` of its cloud where Teams
    /// named them; a dot in front of a host means all below it.
    #[must_use]
    pub fn also_at(mut self, hosts: &'static [&'static str]) -> Self {
        self.places.hosts = hosts;
        self
    }

    pub(super) fn base(&self) -> &Url {
        &self.places.base
    }

    /// The successful answer to a request that may be repeated.
    pub(super) async fn call(&self, outgoing: &Outgoing) -> Result<Answer, CallError> {
        self.service.call(&self.budget, outgoing, &self.stop).await
    }

    /// The place Teams named for a person, where it is another than the
    /// configured connector and a token may go there.
    pub fn other_place(&self, service_url: &str) -> Option<Url> {
        self.places.other(service_url)
    }

    /// What calls are paid from.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The 1:1 conversation with `person`, made if needed. Without an activity
    /// the person sees nothing, and a second time gives the same id.
    ///
    /// # Errors
    ///
    /// [`SendError::ChatGone`] when the app is not installed for the person.
    pub async fn create_conversation(
        &self,
        pass: Pass,
        person: &ObjectId,
    ) -> Result<ChatId, SendError> {
        self.conversation_with(pass, person.as_str()).await
    }

    /// The same with somebody a team's roster names: that the team has the app
    /// is enough.
    ///
    /// # Errors
    ///
    /// [`SendError::ChatGone`] when the app is in none of the person's teams.
    pub async fn conversation_of_member(
        &self,
        pass: Pass,
        member: &MemberId,
    ) -> Result<ChatId, SendError> {
        self.conversation_with(pass, member.as_str()).await
    }

    async fn conversation_with(&self, pass: Pass, id: &str) -> Result<ChatId, SendError> {
        let body = json!({
            "bot": {"id": format!("28:{}", self.bot.app_id)},
            "members": [{"id": id}],
            "isGroup": false,
            "tenantId": self.bot.tenant_id,
            "channelData": {"tenant": {"id": self.bot.tenant_id}},
        });
        let url = endpoint(self.base(), "/v3/conversations", &[]);
        let outgoing = Outgoing::post(url, &body, Repeat::Harmless);
        let called = self
            .service
            .call_with(pass, &self.budget, &outgoing, &self.stop);
        let answer = called
            .await
            .map_err(|error| refused(error, Cause::ChatUnavailable))?;
        let unreadable = |detail: String| {
            let trouble = Trouble::person(Cause::ChatUnavailable, &answer, None, detail);
            SendError::Trouble(trouble)
        };
        let conversation: WireConversation = answer.json().map_err(unreadable)?;
        if let Some(Err(foreign)) = conversation
            .service_url
            .map(|service_url| self.places.allowed(&service_url))
        {
            warn!(%foreign, "the connector named another service URL, which is not used");
        }
        ChatId::new(conversation.id).map_err(|blank| unreadable(blank.to_string()))
    }

    /// What a message has cost that was not sent yet.
    pub fn tries(&self) -> Tries {
        self.service.tries()
    }

    /// Waits until a message may be sent at once. What must be durable before
    /// the request leaves is recorded between this and [`Self::send`].
    pub async fn pass(&self, tries: &Tries) -> Result<Pass, Trouble> {
        tries.wait(&self.stop).await?;
        match self.service.ready(&self.stop).await {
            Ok(()) => {}
            Err(CallError::Blocked(blocker)) => return Err(Trouble::Blocked(blocker)),
            Err(
                CallError::Refused(_)
                | CallError::GaveUp { .. }
                | CallError::Unknown { .. }
                | CallError::Stopped,
            ) => return Err(Trouble::Stopped),
        }
        Ok(self
            .budget
            .pass(NonZeroU32::MIN, Rank::Due, &self.stop)
            .await?)
    }

    /// Sends `activity` into `chat`, once: nothing comes back where it is known
    /// not to be sent and may be sent after another [`Self::pass`].
    /// `place` is another one than the configured connector, from
    /// [`Self::other_place`].
    pub async fn send(
        &self,
        pass: Pass,
        (chat, place): (&ChatId, Option<&Url>),
        activity: &Value,
        tries: &mut Tries,
    ) -> Result<Option<Sent>, SendError> {
        let path = format!("/v3/conversations/{}/activities", encode(chat.as_str()));
        let url = endpoint(place.unwrap_or(self.base()), &path, &[]);
        let outgoing = Outgoing::post(url, activity, Repeat::Duplicates);
        let once = self
            .service
            .try_once(pass, &self.budget, &outgoing, tries, &self.stop)
            .await;
        let answer = once.map_err(|error| refused(error, Cause::MessageRejected))?;
        Ok(answer.as_ref().map(sent))
    }

    /// The activity that shows `body` to one person.
    ///
    /// Never text and attachment together: Teams splits those into two
    /// messages and returns no id (page "Build conversational capability").
    pub fn activity(&self, body: &Body<'_>) -> Value {
        let from = json!({"id": format!("28:{}", self.bot.app_id)});
        let tenant = json!({"tenant": {"id": self.bot.tenant_id}});
        match body {
            Body::Text { text, format } => json!({
                "type": "message",
                "from": from,
                "channelData": tenant,
                "text": text,
                "textFormat": format,
            }),
            Body::Card { card, notification } => json!({
                "type": "message",
                "from": from,
                "channelData": tenant,
                "summary": notification,
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": card,
                }],
            }),
        }
    }
}

/// Reads what it can: the message is accepted, whatever the body says.
fn sent(answer: &Answer) -> Sent {
    let activity = answer
        .json::<WireSent>()
        .ok()
        .and_then(|sent| sent.id)
        .and_then(|id| ActivityId::new(id).ok());
    Sent {
        activity,
        evidence: answer.evidence(),
    }
}

pub(super) fn refused(error: CallError, otherwise: Cause) -> SendError {
    match error {
        CallError::Refused(answer) => {
            let (meaning, said) = judge(&answer);
            let trouble = |cause| {
                let code = said.code.clone();
                SendError::Trouble(Trouble::person(cause, &answer, code, said.text.clone()))
            };
            match meaning {
                Meaning::ChatGone => SendError::ChatGone(Box::new(Evidence {
                    code: said.code.clone(),
                    detail: Some(said.text.clone()),
                    ..answer.evidence()
                })),
                Meaning::Person(Cause::MessageRejected) => trouble(otherwise),
                Meaning::Person(cause) => trouble(cause),
                Meaning::Everyone(blocker) => SendError::Trouble(Trouble::Blocked(blocker)),
            }
        }
        CallError::GaveUp { fault, evidence } => {
            SendError::Trouble(Trouble::gave_up(fault, evidence))
        }
        CallError::Unknown { evidence } => SendError::Unknown(evidence),
        CallError::Stopped => SendError::Trouble(Trouble::Stopped),
        CallError::Blocked(blocker) => SendError::Trouble(Trouble::Blocked(blocker)),
    }
}
