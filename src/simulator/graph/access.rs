//! Which application permissions open what.

use http::StatusCode;

use super::{GraphCall, call::Holder, error::GraphError, user::Selection};
use crate::simulator::{
    state::{Grant, Seat},
    world::World,
};

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
const READ_TEAM_APPS: &[&str] = &[
    "TeamsAppInstallation.ReadForTeam.All",
    "TeamsAppInstallation.Read.All",
    "TeamsAppInstallation.ReadWriteSelfForTeam.All",
    "TeamsAppInstallation.ReadWriteSelectedForTeam.All",
    "TeamsAppInstallation.ManageSelectedForTeam.All",
    "TeamsAppInstallation.ReadWriteForTeam.All",
    "TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All",
    "TeamsAppInstallation.ReadWriteAndConsentForTeam.All",
];
const WRITE_TEAM_APPS: &[&str] = &[
    "TeamsAppInstallation.ReadWriteSelfForTeam.All",
    "TeamsAppInstallation.ReadWriteSelectedForTeam.All",
    "TeamsAppInstallation.ManageSelectedForTeam.All",
    "TeamsAppInstallation.ReadWriteForTeam.All",
    "TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All",
    "TeamsAppInstallation.ReadWriteAndConsentForTeam.All",
];
const READ_TEAM: &[&str] = &[
    "Team.ReadBasic.All",
    "TeamSettings.Read.All",
    "TeamSettings.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const READ_TEAM_MEMBERS: &[&str] = &["TeamMember.Read.All", "TeamMember.ReadWrite.All"];
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

const READ_ALL_USERS: &[&str] = &[
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const READ_LICENCES: &[&str] = &[
    "LicenseAssignment.Read.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const READ_GROUPS: &[&str] = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const READ_MEMBERS: &[&str] = &[
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const READ_DIRECTORY: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All"];
const READ_DEVICES: &[&str] = &["Device.Read.All"];
const READ_APPLICATIONS: &[&str] = &["Application.Read.All", "Application.ReadWrite.All"];

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

/// Which kinds of objects a token may see more of than id and type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    people: Option<Reach>,
    pub(super) devices: bool,
    pub(super) service_principals: bool,
}

impl Sight {
    /// Returns what the token's permissions allow to see.
    pub(super) fn of(grant: &Grant) -> Self {
        let directory = has(grant, READ_DIRECTORY);
        Self {
            people: directory_reach(grant, READ_USERS).ok(),
            devices: directory || has(grant, READ_DEVICES),
            service_principals: directory || has(grant, READ_APPLICATIONS),
        }
    }

    /// Returns what may be seen of what was asked about people.
    pub(super) fn people(self, selection: Selection<'_>) -> Selection<'_> {
        match self.people {
            Some(Reach::Full | Reach::OwnApps) => selection,
            Some(Reach::BasicProfile) => selection.basic(),
            None => Selection::only_id(),
        }
    }
}

/// Whether the token may see who is in a group with a hidden membership.
pub(super) fn sees_hidden_members(grant: &Grant) -> bool {
    has(grant, &["Member.Read.Hidden"])
}

/// Checks that the token's permissions allow `call`.
pub(crate) fn check(
    world: &World,
    call: &GraphCall<'_>,
    grant: &Grant,
) -> Result<Reach, GraphError> {
    let accepted =
        match call {
            GraphCall::ListUsers | GraphCall::CountUsers | GraphCall::GetUser(_) => {
                return directory_reach(grant, READ_USERS);
            }
            GraphCall::DeltaUsers => return directory_reach(grant, READ_ALL_USERS),
            GraphCall::ListLicenses(_) => return directory_reach(grant, READ_LICENCES),
            GraphCall::ListGroups | GraphCall::CountGroups | GraphCall::GetGroup(_) => {
                return directory_reach(grant, READ_GROUPS);
            }
            GraphCall::ListMembers(..) | GraphCall::CountMembers(..) => {
                return directory_reach(grant, READ_MEMBERS);
            }
            GraphCall::ListInstalled(Holder::User(_))
            | GraphCall::GetInstalled(Holder::User(_), _) => READ_INSTALLED,
            GraphCall::ListInstalled(Holder::Team(_))
            | GraphCall::GetInstalled(Holder::Team(_), _) => READ_TEAM_APPS,
            GraphCall::Install(holder)
            | GraphCall::Upgrade(holder, _)
            | GraphCall::Uninstall(holder, _) => match holder {
                Holder::User(_) => WRITE_INSTALLED,
                Holder::Team(_) => WRITE_TEAM_APPS,
            },
            GraphCall::GetTeam(_) => READ_TEAM,
            GraphCall::ListTeamMembers(_) => READ_TEAM_MEMBERS,
            GraphCall::GetChat(..) => READ_CHAT_OF_APP,
            GraphCall::ListChats(_) => READ_CHATS,
            GraphCall::ListMessages(_) => READ_MESSAGES,
            GraphCall::ListCatalog => READ_CATALOG,
            GraphCall::Batch | GraphCall::OtherMethod | GraphCall::Unknown(_) => {
                return Ok(Reach::Full);
            }
        };
    if is_consented_in_team(world, call) {
        return Ok(Reach::Full);
    }
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
        .chain(held(grant, WRITE_TEAM_APPS))
        .any(|role| role.contains("AndConsent") || role.contains("ManageSelected"))
}

/// Whether the app is in the team that `call` is about and declares the permission it needs there.
fn is_consented_in_team(world: &World, call: &GraphCall<'_>) -> bool {
    let permission = if matches!(call, GraphCall::ListTeamMembers(_)) {
        "TeamMember.Read.Group"
    } else if matches!(call, GraphCall::GetTeam(_)) {
        "TeamSettings.Read.Group"
    } else if matches!(
        call,
        GraphCall::ListInstalled(_) | GraphCall::GetInstalled(..)
    ) {
        "TeamsAppInstallation.Read.Group"
    } else {
        return false;
    };
    let declared = &world.tenant.own.resource_specific;
    declared.iter().any(|name| name == permission)
        && call.team(&world.tenant).is_some_and(|number| {
            let mut state = world.state();
            state
                .seat(Seat::Team(number))
                .is_some_and(|desk| desk.has_app())
        })
}

fn directory_reach(grant: &Grant, accepted: &[&str]) -> Result<Reach, GraphError> {
    let mut held = held(grant, accepted).peekable();
    if held.peek().is_none() {
        return Err(denied());
    }
    Ok(if held.all(|role| role == "User.ReadBasic.All") {
        Reach::BasicProfile
    } else {
        Reach::Full
    })
}

fn has(grant: &Grant, accepted: &[&str]) -> bool {
    held(grant, accepted).next().is_some()
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
