//! How the app and the bot are registered.

use std::time::Duration;

use serde::Deserialize;

/// What an administrator set up before a campaign, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The application permissions that were consented to.
    pub permissions: Vec<String>,
    /// Whether the manifest names the app that signs in.
    pub web_application: WebApplication,
    /// Whether the bot starts a session with every conversation that is created.
    pub sessions: Sessions,
    /// The application resource-specific permissions the app declares.
    pub resource_specific_permissions: Vec<String>,
    /// The app's version in the catalogue.
    pub version: String,
    /// The version that people have who have an old one.
    pub outdated_version: String,
    /// How long a token is good for.
    pub token_lifetime: Duration,
    /// How a refused request is told when to come back.
    pub retry_after: RetryAfter,
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
            web_application: WebApplication::Matches,
            sessions: Sessions::One,
            resource_specific_permissions: Vec::new(),
            version: "1.1.0".to_owned(),
            outdated_version: "1.0.0".to_owned(),
            token_lifetime: Duration::from_secs(3599),
            retry_after: RetryAfter::Seconds,
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
