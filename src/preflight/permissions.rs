//! Which application permissions a campaign needs (Microsoft's permission
//! reference for Graph, and the pages of the calls).

use crate::{
    campaign::{Audience, Campaign, Install, Resolve, Source},
    identity::Claims,
};

use super::{Check, Finding};

const READ_FOR_USER: &str = "TeamsAppInstallation.ReadForUser.All";
const READ_ALL_INSTALLATIONS: &str = "TeamsAppInstallation.Read.All";
const WRITE_SELF: &str = "TeamsAppInstallation.ReadWriteSelfForUser.All";
const WRITE_SELECTED: &str = "TeamsAppInstallation.ReadWriteSelectedForUser.All";
const MANAGE_SELECTED: &str = "TeamsAppInstallation.ManageSelectedForUser.All";
const WRITE_ANY: &str = "TeamsAppInstallation.ReadWriteForUser.All";
const CONSENT_SELF: &str = "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All";
const CONSENT_ANY: &str = "TeamsAppInstallation.ReadWriteAndConsentForUser.All";
const USERS_BASIC: &str = "User.ReadBasic.All";
const USERS: &str = "User.Read.All";

/// What lists installations.
const LISTS: &[&str] = &[
    READ_FOR_USER,
    READ_ALL_INSTALLATIONS,
    WRITE_SELF,
    WRITE_SELECTED,
    MANAGE_SELECTED,
    WRITE_ANY,
    CONSENT_SELF,
    CONSENT_ANY,
];
/// What installs an app.
const INSTALLS: &[&str] = &[
    WRITE_SELF,
    WRITE_SELECTED,
    MANAGE_SELECTED,
    WRITE_ANY,
    CONSENT_SELF,
    CONSENT_ANY,
];
/// What installs an app that asks for resource-specific permissions.
const CONSENTS: &[&str] = &[CONSENT_SELF, CONSENT_ANY, MANAGE_SELECTED];
/// What finds the chat of an installation; those that consent do not.
const FINDS_CHATS: &[&str] = &[
    READ_FOR_USER,
    READ_ALL_INSTALLATIONS,
    WRITE_SELF,
    WRITE_SELECTED,
    WRITE_ANY,
];
/// What reads names and addresses.
const READS_NAMES: &[&str] = &[
    USERS_BASIC,
    USERS,
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// What reads whole people, whether they are guests and have a licence included.
const READS_PEOPLE: &[&str] = &[
    USERS,
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// What reads who is in a group.
const READS_GROUPS: &[&str] = &[
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// What reads who is in a team.
const READS_TEAMS: &[&str] = &["TeamMember.Read.All", "TeamMember.ReadWrite.All"];
/// What installs an app in teams.
const INSTALLS_IN_TEAMS: &[&str] = &[
    "TeamsAppInstallation.ReadWriteSelfForTeam.All",
    "TeamsAppInstallation.ReadWriteSelectedForTeam.All",
    "TeamsAppInstallation.ManageSelectedForTeam.All",
    "TeamsAppInstallation.ReadWriteForTeam.All",
    "TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All",
    "TeamsAppInstallation.ReadWriteAndConsentForTeam.All",
];
/// What reads the catalogue of apps.
pub(super) const READS_CATALOGUE: &[&str] = &["AppCatalog.Read.All", "AppCatalog.ReadWrite.All"];

/// What the Entra admin centre calls the permissions we name to people.
const PORTAL: [(&str, &str); 8] = [
    (READ_FOR_USER, "Read installed Teams apps for all users"),
    (WRITE_SELF, "Allow the app to manage itself for all users"),
    (
        CONSENT_SELF,
        "Allow the Teams app to manage itself and its permission grants in all user accounts",
    ),
    (WRITE_ANY, "Manage Teams apps for all users"),
    (USERS_BASIC, "Read all users' basic profiles"),
    (USERS, "Read all users' full profiles"),
    ("TeamMember.Read.All", "Read the members of all teams"),
    ("AppCatalog.Read.All", "Read all app catalogs"),
];

/// Something the campaign does that takes a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// What it is for.
    purpose: &'static str,
    /// The one to grant.
    least: &'static str,
    /// Those that do.
    accepted: &'static [&'static str],
}

/// Whether the app declares application permissions of its own, which somebody
/// has to consent to when it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declares {
    /// It does.
    Permissions,
    /// It does not, or that is not known.
    Nothing,
}

/// What exactly `campaign` needs of Graph.
pub(super) fn needs(campaign: &Campaign, declares: Declares) -> Vec<Need> {
    let mut needs = Vec::new();
    let installs = campaign.delivery.install == Install::IfMissing;
    // What is granted for installing does for reading, too.
    let reading = if installs { WRITE_SELF } else { READ_FOR_USER };
    if campaign.delivery.resolve != Resolve::Connector {
        needs.push(Need {
            purpose: "see who has the app",
            least: if declares == Declares::Permissions && installs {
                CONSENT_SELF
            } else {
                reading
            },
            accepted: LISTS,
        });
        needs.push(Need {
            purpose: "find the chat",
            least: if declares == Declares::Permissions {
                READ_FOR_USER
            } else {
                reading
            },
            accepted: FINDS_CHATS,
        });
    }
    if installs {
        needs.push(match declares {
            Declares::Nothing => Need {
                purpose: "install the app",
                least: WRITE_SELF,
                accepted: INSTALLS,
            },
            Declares::Permissions => Need {
                purpose: "install the app and consent to what it asks for",
                least: CONSENT_SELF,
                accepted: CONSENTS,
            },
        });
    }
    if campaign.delivery.install == Install::Team {
        needs.push(Need {
            purpose: "install the app in teams",
            least: "TeamsAppInstallation.ReadWriteSelfForTeam.All",
            accepted: INSTALLS_IN_TEAMS,
        });
    }
    needs.extend(of_audience(&campaign.audience));
    needs
}

fn of_audience(audience: &Audience) -> Vec<Need> {
    let everybody = audience.guests && audience.disabled && audience.unlicensed;
    let people = if everybody {
        Need {
            purpose: "find people",
            least: USERS_BASIC,
            accepted: READS_NAMES,
        }
    } else {
        Need {
            purpose: "find people, and tell guests, disabled and unlicensed accounts",
            least: USERS,
            accepted: READS_PEOPLE,
        }
    };
    let sources = || audience.include.iter().chain(&audience.exclude);
    let mut needs = vec![people];
    if sources().any(|source| matches!(source, Source::Group(_))) {
        needs.push(Need {
            purpose: "read the members of groups",
            least: "GroupMember.ReadBasic.All",
            accepted: READS_GROUPS,
        });
    }
    if sources().any(|source| matches!(source, Source::Team(_))) {
        needs.push(Need {
            purpose: "read the members of teams",
            least: "TeamMember.Read.All",
            accepted: READS_TEAMS,
        });
    }
    needs
}

impl Need {
    /// Whether the token's roles meet it, and by which.
    pub(super) fn judge(&self, claims: &Claims) -> Finding {
        let Self {
            purpose,
            least,
            accepted,
        } = self;
        let mut held = held(claims, accepted);
        match held.next() {
            Some(_) if claims.roles.iter().any(|role| role == least) => {
                Finding::ok(Check::Permission, format!("{purpose}: {least}"))
            }
            Some(role) => {
                let detail = format!("{purpose}: {role}, where {least} would do");
                Finding::ok(Check::Permission, detail)
            }
            // The app itself may declare it, for the teams it is in.
            None if *accepted == READS_TEAMS || *accepted == INSTALLS_IN_TEAMS => Finding::warning(
                Check::Permission,
                format!("{purpose}: the token has no {least}"),
                grant(least),
            ),
            None => Finding::failed(
                Check::Permission,
                format!("{purpose}: a permission is missing, {least}"),
                grant(least),
            ),
        }
    }
}

/// What to do to have `permission`.
pub(super) fn grant(permission: &str) -> String {
    let name = PORTAL.iter().find(|(known, _)| *known == permission);
    let name = name.map_or(String::new(), |(_, name)| format!(" (\"{name}\")"));
    format!(
        "in the Entra admin centre, under API permissions, add the application permission \
         Microsoft Graph > {permission}{name} and give admin consent"
    )
}

/// Whether every role that lets the token handle apps is for its own app only.
pub(super) fn only_its_own_app(claims: &Claims) -> bool {
    held(claims, LISTS).next().is_some()
        && held(claims, LISTS).all(|role| role.contains("SelfForUser"))
}

fn held<'a>(claims: &'a Claims, accepted: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let roles = claims.roles.iter().map(String::as_str);
    roles.filter(|role| accepted.contains(role))
}

/// Whether the token may read the catalogue of apps.
pub(super) fn reads_catalogue(claims: &Claims) -> bool {
    held(claims, READS_CATALOGUE).next().is_some()
}

/// Whether the token may consent to what an app asks for itself.
pub(super) fn may_consent(claims: &Claims) -> bool {
    held(claims, CONSENTS).next().is_some()
}

/// What to do to be able to consent.
pub(super) fn grant_consent() -> String {
    let chats = READ_FOR_USER;
    format!(
        "{} (finding chats takes {chats} beside it)",
        grant(CONSENT_SELF)
    )
}
