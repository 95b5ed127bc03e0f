//! Which application permissions open what.

use http::StatusCode;

use super::{GraphCall, error::GraphError};
use crate::simulator::state::Grant;

const READ_INSTALLED: &[&str] = &[
    "TeamsAppInstallation.ReadForUser.All",
    "TeamsAppInstallation.Read.All",
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
    "TeamsAppInstallation.ReadWriteSelectedForUser.All",
    "TeamsAppInstallation.ManageSelectedForUser.All",
    "TeamsAppInstallation.ReadWriteForUser.All",
    "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All",
    "TeamsAppInstallation.ReadWriteAndConsentForUser.All",
];
const WRITE_INSTALLED: &[&str] = &[
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
    "TeamsAppInstallation.ReadWriteSelectedForUser.All",
    "TeamsAppInstallation.ManageSelectedForUser.All",
    "TeamsAppInstallation.ReadWriteForUser.All",
    "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All",
    "TeamsAppInstallation.ReadWriteAndConsentForUser.All",
];
const READ_CHAT_OF_APP: &[&str] = &[
    "TeamsAppInstallation.ReadForUser.All",
    "TeamsAppInstallation.Read.All",
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
    "TeamsAppInstallation.ReadWriteSelectedForUser.All",
    "TeamsAppInstallation.ReadWriteForUser.All",
];
const READ_CHATS: &[&str] = &["Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All"];
const READ_MESSAGES: &[&str] = &["Chat.Read.All", "Chat.ReadWrite.All"];
const READ_CATALOG: &[&str] = &["AppCatalog.Read.All", "AppCatalog.ReadWrite.All"];
const READ_USERS: &[&str] = &[
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];

/// Whose apps, or how much of a person, a token may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything.
    Full,
    /// Only apps whose manifest names the app of the token.
    OwnApps,
    /// Only the names and the mail address of people.
    BasicProfile,
}

/// Checks that the token's permissions allow `call`.
pub(crate) fn check(call: &GraphCall<'_>, grant: &Grant) -> Result<Reach, GraphError> {
    let accepted = match call {
        GraphCall::ListUsers | GraphCall::GetUser(_) => return directory(grant),
        GraphCall::ListInstalled(_) | GraphCall::GetInstalled(..) => READ_INSTALLED,
        GraphCall::Install(_) | GraphCall::Upgrade(..) | GraphCall::Uninstall(..) => {
            WRITE_INSTALLED
        }
        GraphCall::GetChat(..) => READ_CHAT_OF_APP,
        GraphCall::ListChats(_) => READ_CHATS,
        GraphCall::ListMessages(_) => READ_MESSAGES,
        GraphCall::ListCatalog => READ_CATALOG,
        GraphCall::OtherMethod | GraphCall::Unknown(_) => return Ok(Reach::Full),
    };
    let held: Vec<&str> = held(grant, accepted).collect();
    if held.is_empty() {
        Err(GraphError::forbidden(format!(
            "Missing scope permissions on the request. API requires one of '{}'. Roles on the request '{}'.",
            accepted.join(", "),
            grant.roles.join(", "),
        )))
    } else if held.iter().all(|role| role.contains("SelfFor")) {
        Ok(Reach::OwnApps)
    } else {
        Ok(Reach::Full)
    }
}

/// Whether the token may consent to resource-specific permissions.
pub(crate) fn may_consent(grant: &Grant) -> bool {
    held(grant, WRITE_INSTALLED)
        .any(|role| role.contains("AndConsent") || role.contains("ManageSelected"))
}

fn directory(grant: &Grant) -> Result<Reach, GraphError> {
    let mut held = held(grant, READ_USERS).peekable();
    if held.peek().is_none() {
        return Err(denied());
    }
    Ok(if held.all(|role| role == "User.ReadBasic.All") {
        Reach::BasicProfile
    } else {
        Reach::Full
    })
}

/// Returns the directory's refusal.
pub(crate) fn denied() -> GraphError {
    GraphError::new(
        StatusCode::FORBIDDEN,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

fn held<'a>(grant: &'a Grant, accepted: &'a [&str]) -> impl Iterator<Item = &'a str> {
    grant
        .roles
        .iter()
        .map(String::as_str)
        .filter(|role| accepted.contains(role))
}
