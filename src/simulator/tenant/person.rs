//! A person of the simulated tenant, as the directory and Teams know them.

use std::borrow::Cow;

use serde::Deserialize;

use crate::simulator::guid::Guid;

/// A person, as the tenant was made.
///
/// What changes while the world runs (the app, the chat) is in the truth.
#[derive(Debug, Clone)]
pub struct Person {
    /// The directory's id.
    pub object_id: Guid,
    /// The user principal name.
    pub upn: Box<str>,
    /// The mail address, if there is one; not necessarily the principal name.
    pub mail: Option<Box<str>>,
    /// The name people see.
    pub display_name: Box<str>,
    /// The given name.
    pub given_name: Cow<'static, str>,
    /// The surname.
    pub surname: Cow<'static, str>,
    /// The department.
    pub department: Cow<'static, str>,
    /// The preferred language, if one was chosen.
    pub preferred_language: Option<Cow<'static, str>>,
    /// Member or guest; old accounts have neither.
    pub user_type: Option<UserType>,
    /// Whether the account may sign in.
    pub account_enabled: bool,
    /// Whether there is a Teams service plan.
    pub licence: Licence,
    /// What stands between the bot and the person.
    pub obstacle: Obstacle,
    /// Whether the person has the app when the world starts, and which version.
    pub app: Installed,
    /// Whether an administrator keeps the app there.
    pub setup: SetupPolicy,
}

/// What the directory says of where a person belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserType {
    /// Of this organisation.
    #[serde(alias = "Member")]
    Member,
    /// Invited from another one.
    #[serde(alias = "Guest")]
    Guest,
}

impl UserType {
    /// Returns the directory's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Guest => "Guest",
        }
    }
}

/// Whether a person has a Teams service plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Licence {
    /// An enabled one.
    Enabled,
    /// One that has been suspended.
    Suspended,
    /// None.
    Missing,
}

/// What stands between the bot and a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// Nothing.
    #[default]
    Clear,
    /// The person has never signed in to Teams: nothing can be installed.
    NeverSignedIn,
    /// An app permission policy forbids the app: nothing can be installed.
    PermissionPolicy,
    /// The person blocked the bot: sending is refused with `ConversationBlockedByUser`.
    BlockedByUser,
    /// The person muted or blocked the bot: sending is refused with `MessageWritesBlocked`.
    WritesBlocked,
    /// An administrator disabled the bot: sending is refused with `BotDisabledByAdmin`.
    DisabledByAdmin,
}

/// What an app setup policy of the administrators does for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SetupPolicy {
    /// Nothing.
    #[default]
    LeavesTheApp,
    /// It pins the app: uninstalling it is refused.
    PinsTheApp,
}

/// Whether the app is there, and in which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Installed {
    /// It is not.
    #[default]
    Absent,
    /// In a version that can be upgraded.
    Outdated,
    /// In the newest version.
    Current,
}
