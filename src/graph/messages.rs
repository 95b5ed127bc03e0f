//! What is in a chat.

use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use url::Url;

use crate::{
    model::{ActivityId, ChatId},
    remote::{Blocker, Outgoing, Trouble, encode, same_origin},
};

use super::{
    Graph,
    bounded::bounded,
    refusal::{Asked, judge},
    users::read,
};

/// The largest page Graph gives of a chat.
const PAGE_SIZE: &str = "50";

/// A message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Its id.
    pub id: Option<ActivityId>,
    /// When the service says it was written.
    pub created: Timestamp,
    /// When it was changed last; Graph may list by that.
    pub modified: Timestamp,
    /// Whether a bot wrote it, and not the person.
    pub by_bot: bool,
    /// Whether it was deleted, and its content with it.
    pub deleted: bool,
    /// Its text, as HTML.
    pub html: String,
    /// Its cards, as JSON.
    pub cards: Vec<String>,
}

/// Some messages of a chat, newest first.
#[derive(Debug)]
pub struct MessagesPage {
    /// The messages.
    pub messages: Vec<ChatMessage>,
    /// Where older ones are; on the configured host.
    pub older: Option<Url>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMessage {
    id: Option<String>,
    message_type: Option<String>,
    created_date_time: Timestamp,
    last_modified_date_time: Option<Timestamp>,
    deleted_date_time: Option<Timestamp>,
    from: Option<WireFrom>,
    body: Option<WireBody>,
    attachments: Option<Attachments>,
}

#[derive(Default, Deserialize)]
struct Attachments(#[serde(deserialize_with = "bounded")] Vec<WireAttachment>);

#[derive(Deserialize)]
struct WireFrom {
    application: Option<IgnoredAny>,
    user: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct WireBody {
    content: Option<String>,
}

#[derive(Deserialize)]
struct WireAttachment {
    content: Option<String>,
}

#[derive(Deserialize)]
struct WirePage {
    #[serde(deserialize_with = "bounded")]
    value: Vec<WireMessage>,
    #[serde(rename = "@odata.nextLink")]
    older: Option<String>,
}

impl Graph {
    /// The newest messages of `chat`, or nothing where Graph knows no such chat
    /// (page "List messages in a chat").
    ///
    /// # Errors
    ///
    /// [`Trouble::Blocked`] without a permission to read chats.
    pub async fn messages(&self, chat: &ChatId) -> Result<Option<MessagesPage>, Trouble> {
        let path = format!("/chats/{}/messages", encode(chat.as_str()));
        self.messages_page(self.url(&path, &[("$top", PAGE_SIZE)]))
            .await
    }

    /// The messages at `link`, which came with the newer ones.
    ///
    /// # Errors
    ///
    /// As [`Self::messages`].
    pub async fn older_messages(&self, link: Url) -> Result<Option<MessagesPage>, Trouble> {
        self.messages_page(link).await
    }

    async fn messages_page(&self, url: Url) -> Result<Option<MessagesPage>, Trouble> {
        let outgoing = Outgoing::page(url);
        let answer = match self.try_call(&self.budgets().graph_read, &outgoing).await? {
            Ok(answer) => answer,
            Err(answer) if answer.status == 404 => return Ok(None),
            Err(answer) => return Err(judge(&answer, Asked::Messages)),
        };
        let page: WirePage = read(&answer)?;
        let older = page.older.map(|link| same_origin(self.base(), &link));
        let older = older.transpose();
        Ok(Some(MessagesPage {
            messages: page.value.into_iter().map(WireMessage::read).collect(),
            older: older.map_err(|foreign| Trouble::Blocked(Blocker::ForeignHost(foreign)))?,
        }))
    }
}

impl WireMessage {
    fn read(self) -> ChatMessage {
        // Joining and leaving are told by messages of another type, from nobody.
        let ordinary = self
            .message_type
            .as_deref()
            .is_none_or(|kind| kind == "message");
        let by_bot = match &self.from {
            Some(from) => from.application.is_some() || from.user.is_none(),
            None => true,
        };
        let Attachments(attachments) = self.attachments.unwrap_or_default();
        ChatMessage {
            id: self.id.and_then(|id| ActivityId::new(id).ok()),
            created: self.created_date_time,
            modified: self
                .last_modified_date_time
                .map_or(self.created_date_time, |modified| {
                    modified.max(self.created_date_time)
                }),
            by_bot: ordinary && by_bot,
            deleted: self.deleted_date_time.is_some(),
            html: self.body.and_then(|body| body.content).unwrap_or_default(),
            cards: attachments
                .into_iter()
                .filter_map(|card| card.content)
                .collect(),
        }
    }
}
