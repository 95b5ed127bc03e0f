//! How the app and the bot are registered.

use std::time::Duration;

use serde::Deserialize;

use super::application::{AppRegistration, Credentials};

/// What an administrator set up before a campaign, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The application permissions that were consented to.
    pub permissions: Vec<String>,
    /// How the bot's app proves who it is.
    pub credentials: Credentials,
    /// The apps registered beside the bot's.
    pub apps: Vec<AppRegistration>,
    /// Whether the bot can be reached through Teams.
    pub channel: Channel,
    /// Whether the manifest names the app that signs in.
    pub web_application: WebApplication,
    /// What the newest version of the app does to the bot of the one before.
    pub upgrade: Upgrade,
    /// Whether the bot starts a session with every conversation that is created.
    pub sessions: Sessions,
    /// The application resource-specific permissions the app declares.
    pub resource_specific_permissions: Vec<String>,
    /// The app's version in the catalogue.
    pub version: String,
    /// The version that people have who have an old one.
    pub outdated_version: String,
    /// The delegated resource-specific permissions the app declares.
    pub delegated_permissions: Vec<String>,
    /// Whether an administrator let the app into the catalogue.
    pub publishing: Publishing,
    /// Whether people can write to the bot.
    pub conversation: Conversation,
    /// How long a token is good for.
    pub token_lifetime: Duration,
    /// How a refused request is told when to come back.
    pub retry_after: RetryAfter,
    /// What Graph keeps of what the bot wrote.
    pub transcript: Transcript,
}

impl Default for Registration {
    fn default() -> Self {
        let permissions = [
            "TeamsAppInstallation.ReadWriteSelfForUser.All",
            "User.Read.All",
            "GroupMember.Read.All",
            "AppCatalog.Read.All",
            "Chat.Read.All",
        ];
        Self {
            permissions: permissions.map(String::from).to_vec(),
            credentials: Credentials::default(),
            apps: Vec::new(),
            channel: Channel::Enabled,
            web_application: WebApplication::Matches,
            upgrade: Upgrade::KeepsBot,
            sessions: Sessions::One,
            resource_specific_permissions: Vec::new(),
            version: "1.1.0".to_owned(),
            outdated_version: "1.0.0".to_owned(),
            delegated_permissions: Vec::new(),
            publishing: Publishing::Published,
            conversation: Conversation::NotificationOnly,
            token_lifetime: Duration::from_secs(3599),
            retry_after: RetryAfter::Seconds,
            transcript: Transcript::Whole,
        }
    }
}

/// Whether the manifest's `webApplicationInfo.id` is the app that signs in.
///
/// If it is not, `…Self…` permissions list nothing and install nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebApplication {
    /// It is.
    Matches,
    /// It is another one.
    Mismatch,
}

/// Whether the bot's resource has the Teams channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// It has.
    Enabled,
    /// It has not, or there is no such resource: the connector denies everything.
    Missing,
    /// It has, but the tenant belongs to another cloud, whose host the connector asks for.
    OtherHost,
}

/// What upgrading the app does to its bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// Both versions have it.
    #[default]
    KeepsBot,
    /// Only the newest version has it.
    AddsBot,
    /// Only the version before has it.
    RemovesBot,
}

/// How far an app has come on its way into the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishing {
    /// It is in, and can be installed.
    Published,
    /// An administrator has yet to look at it.
    Submitted,
    /// An administrator refused it.
    Rejected,
}

impl Publishing {
    /// Returns Graph's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Submitted => "submitted",
            Self::Rejected => "rejected",
        }
    }
}

/// Whether people can write to the bot (`isNotificationOnly` in the manifest).
///
/// It makes no difference to what the bot can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation {
    /// They cannot.
    NotificationOnly,
    /// They can.
    TwoWay,
}

/// What Graph shows of a message that is read back from a chat; which of the two
/// the real one does is UNVERIFIED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transcript {
    /// All of it, characters without width and hidden elements of cards included.
    Whole,
    /// What people see: no characters without width, no elements that are hidden or unknown.
    Seen,
}

/// What creating a conversation does (`supportsSessions` in the manifest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sessions {
    /// It returns the one chat of bot and person.
    One,
    /// It starts a new session, which needs a first activity.
    Many,
}

/// In which form a refused request is told when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryAfter {
    /// Whole seconds, rounded up.
    Seconds,
    /// Seconds with a fraction.
    Fractional,
    /// A date.
    Date,
    /// Not at all.
    Absent,
}
