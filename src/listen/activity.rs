//! What an activity tells of a person's own chat with the bot.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Refusal, Speaker, metadata::is_guid};
use crate::{
    ledger::{Notice, Presence},
    model::{ChatId, MemberId, ObjectId},
};

/// The longest id or address that is kept; those of Teams are shorter.
const LONGEST: usize = 1_000;

/// To whom activities are addressed that tell something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The bot's Entra app id.
    pub bot_id: String,
    /// The GUID of the tenant.
    pub tenant_id: String,
}

/// What an activity tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Who has the bot, or has it no more.
    Notice(Notice),
    /// Nothing of that.
    Nothing(&'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Activity {
    #[serde(rename = "type")]
    kind: Option<String>,
    action: Option<String>,
    timestamp: Option<String>,
    service_url: Option<String>,
    from: Option<Account>,
    conversation: Option<Conversation>,
    channel_data: Option<ChannelData>,
    members_added: Option<Vec<Account>>,
    members_removed: Option<Vec<Account>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: Option<String>,
    aad_object_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    id: Option<String>,
    #[serde(rename = "conversationType")]
    kind: Option<String>,
    tenant_id: Option<String>,
}

#[derive(Deserialize)]
struct ChannelData {
    tenant: Option<Tenant>,
}

#[derive(Deserialize)]
struct Tenant {
    id: Option<String>,
}

/// What `body` tells `addressee` at `now`, if `speaker` may say it.
///
/// # Errors
///
/// [`Refusal`] where it is no activity, or not one the speaker may post.
pub fn told(
    body: &[u8],
    speaker: &Speaker,
    addressee: &Addressee,
    now: Timestamp,
) -> Result<Told, Refusal> {
    // First as it is: what is nested too deeply is refused, also where nobody
    // would look.
    let value: Value = serde_json::from_slice(body).map_err(|_| Refusal::Activity)?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if !value.is_object() {
        return Err(Refusal::Activity);
    }
    speaker.may_say(text("channelId"), text("serviceUrl"))?;
    let Ok(activity) = Activity::deserialize(&value) else {
        return Ok(Told::Nothing("it has another form"));
    };
    Ok(activity.tells(addressee, now))
}

impl Activity {
    fn tells(&self, addressee: &Addressee, now: Timestamp) -> Told {
        let Some(is_here) = self.is_here(&format!("28:{}", addressee.bot_id)) else {
            return Told::Nothing("it is not about the bot's coming or going");
        };
        let Some(conversation) = &self.conversation else {
            return Told::Nothing("it names no conversation");
        };
        if conversation.kind.as_deref() != Some("personal") {
            return Told::Nothing("it is not about a person's own chat");
        }
        if !self.is_of_tenant(conversation, &addressee.tenant_id) {
            return Told::Nothing("it is about another tenant");
        }
        let (Some(person), Some(chat)) = (self.person(), chat(conversation)) else {
            return Told::Nothing("it names no person or no chat");
        };
        let presence = if is_here {
            Presence::Here {
                chat,
                member: self.member(),
                service_url: self.service_url(),
            }
        } else {
            Presence::Gone
        };
        Told::Notice(Notice {
            person,
            at: self.at(now),
            presence,
        })
    }

    /// Whether the bot came or went; nothing where it did neither.
    ///
    /// `remove-upgrade` says that the new version of the app has no bot: the
    /// app stays, but there is nobody to write as.
    fn is_here(&self, bot: &str) -> Option<bool> {
        let names_bot = |members: &Option<Vec<Account>>| {
            let is_bot = |member: &Account| {
                member
                    .id
                    .as_deref()
                    .is_some_and(|id| id.eq_ignore_ascii_case(bot))
            };
            members.iter().flatten().any(is_bot)
        };
        match (self.kind.as_deref()?, self.action.as_deref()) {
            ("installationUpdate", Some("add" | "add-upgrade")) => Some(true),
            ("installationUpdate", Some("remove" | "remove-upgrade")) => Some(false),
            ("conversationUpdate", _) if names_bot(&self.members_removed) => Some(false),
            ("conversationUpdate", _) if names_bot(&self.members_added) => Some(true),
            _ => None,
        }
    }

    fn is_of_tenant(&self, conversation: &Conversation, tenant: &str) -> bool {
        let elsewhere = || self.channel_data.as_ref()?.tenant.as_ref()?.id.as_deref();
        let named = conversation.tenant_id.as_deref();
        let named = named.filter(|id| !id.is_empty()).or_else(elsewhere);
        named.is_some_and(|id| id.eq_ignore_ascii_case(tenant))
    }

    fn person(&self) -> Option<ObjectId> {
        let id = self.from.as_ref()?.aad_object_id.as_deref()?;
        is_guid(id).then(|| ObjectId::new(id).ok()).flatten()
    }

    fn member(&self) -> Option<MemberId> {
        let id = self.from.as_ref()?.id.as_deref()?;
        let is_members = id.starts_with("29:") && id.len() <= LONGEST;
        is_members.then(|| MemberId::new(id).ok()).flatten()
    }

    /// Where the person's messages are taken, if tokens might go there at all.
    fn service_url(&self) -> Option<String> {
        let text = self
            .service_url
            .as_deref()
            .filter(|text| text.len() <= LONGEST)?;
        let url = Url::parse(text).ok()?;
        (url.scheme() == "https").then(|| text.to_owned())
    }

    /// When it happened, as far as Teams says and has not got ahead of us.
    fn at(&self, now: Timestamp) -> String {
        let said = self.timestamp.as_deref().and_then(|text| text.parse().ok());
        let at: Timestamp = said.unwrap_or(now).min(now);
        format!("{at:.3}")
    }
}

fn chat(conversation: &Conversation) -> Option<ChatId> {
    let id = conversation
        .id
        .as_deref()
        .filter(|id| id.len() <= LONGEST)?;
    ChatId::new(id).ok()
}
