//! What is asked of Graph, read from method and path.

use http::Method;

use crate::simulator::{
    hardship::Endpoint,
    tenant::{Place, Tenant},
};

/// What is asked of Graph.
#[derive(Debug, Clone)]
pub(crate) enum GraphCall<'a> {
    /// `GET /users`
    ListUsers,
    /// `GET /users/$count`
    CountUsers,
    /// `GET /users/delta`
    DeltaUsers,
    /// `GET /users/{user}`
    GetUser(&'a str),
    /// `GET /users/{user}/licenseDetails`
    ListLicenses(&'a str),
    /// `GET /groups`
    ListGroups,
    /// `GET /groups/$count`
    CountGroups,
    /// `GET /groups/{group}`
    GetGroup(&'a str),
    /// `GET /groups/{group}/members` and `…/transitiveMembers`
    ListMembers(&'a str, Depth, Cast),
    /// The same with `/$count`
    CountMembers(&'a str, Depth, Cast),
    /// `GET /teams/{team}`
    GetTeam(&'a str),
    /// `GET /teams/{team}/members`
    ListTeamMembers(&'a str),
    /// `GET …/installedApps`
    ListInstalled(Holder<'a>),
    /// `POST …/installedApps`
    Install(Holder<'a>),
    /// `GET …/installedApps/{installation}`
    GetInstalled(Holder<'a>, &'a str),
    /// `POST …/{installation}/upgrade`
    Upgrade(Holder<'a>, &'a str),
    /// `DELETE …/{installation}`
    Uninstall(Holder<'a>, &'a str),
    /// `GET /users/{user}/teamwork/installedApps/{installation}/chat`
    GetChat(&'a str, &'a str),
    /// `GET /users/{user}/chats`
    ListChats(&'a str),
    /// `GET /chats/{chat}/messages`
    ListMessages(&'a str),
    /// `GET /appCatalogs/teamsApps`
    ListCatalog,
    /// `POST /$batch`
    Batch,
    /// A known path with another method.
    OtherMethod,
    /// A path with this unknown piece.
    Unknown(&'a str),
}

/// Whose installed apps: `/users/{user}/teamwork` or `/teams/{team}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder<'a> {
    /// Those of a person.
    User(&'a str),
    /// Those of a team.
    Team(&'a str),
}

/// How deep into a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Its own members.
    Direct,
    /// The members of groups inside it too.
    Transitive,
}

/// Which members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cast {
    /// All of them.
    None,
    /// `/microsoft.graph.user`
    User,
}

impl<'a> GraphCall<'a> {
    /// Reads method and path, without the version.
    pub(crate) fn of(method: &Method, path: &[&'a str]) -> Self {
        let call = match path {
            ["users"] => Self::ListUsers,
            ["users", "$count"] => Self::CountUsers,
            ["users", "delta" | "delta()" | "microsoft.graph.delta()"] => Self::DeltaUsers,
            ["users", user] => Self::GetUser(user),
            ["users", user, "licenseDetails"] => Self::ListLicenses(user),
            ["users", user, "chats"] => Self::ListChats(user),
            ["users", user, "teamwork", "installedApps", rest @ ..] => {
                return Self::apps(method, Holder::User(user), rest);
            }
            ["teams", team, "installedApps", rest @ ..] => {
                return Self::apps(method, Holder::Team(team), rest);
            }
            ["teams", team] => Self::GetTeam(team),
            ["teams", team, "members"] => Self::ListTeamMembers(team),
            ["groups"] => Self::ListGroups,
            ["groups", "$count"] => Self::CountGroups,
            ["groups", group] => Self::GetGroup(group),
            ["groups", group, "members", rest @ ..] => Self::members(group, Depth::Direct, rest),
            ["groups", group, "transitiveMembers", rest @ ..] => {
                Self::members(group, Depth::Transitive, rest)
            }
            ["chats", chat, "messages"] => Self::ListMessages(chat),
            ["appCatalogs", "teamsApps"] => Self::ListCatalog,
            ["$batch"] if *method == Method::POST => return Self::Batch,
            ["$batch"] => return Self::OtherMethod,
            _ => return Self::unknown(path),
        };
        if *method == Method::GET || matches!(call, Self::Unknown(_)) {
            call
        } else {
            Self::OtherMethod
        }
    }

    fn unknown(path: &[&'a str]) -> Self {
        Self::Unknown(path.last().copied().unwrap_or_default())
    }

    fn members(group: &'a str, depth: Depth, rest: &[&'a str]) -> Self {
        match rest {
            [] => Self::ListMembers(group, depth, Cast::None),
            ["microsoft.graph.user"] => Self::ListMembers(group, depth, Cast::User),
            ["$count"] => Self::CountMembers(group, depth, Cast::None),
            ["microsoft.graph.user", "$count"] => Self::CountMembers(group, depth, Cast::User),
            _ => Self::unknown(rest),
        }
    }

    fn apps(method: &Method, holder: Holder<'a>, rest: &[&'a str]) -> Self {
        match (method.as_str(), rest, holder) {
            ("GET", [], _) => Self::ListInstalled(holder),
            ("POST", [], _) => Self::Install(holder),
            ("GET", [id], _) => Self::GetInstalled(holder, id),
            ("DELETE", [id], _) => Self::Uninstall(holder, id),
            ("POST", [id, "upgrade"], _) => Self::Upgrade(holder, id),
            ("GET", [id, "chat"], Holder::User(user)) => Self::GetChat(user, id),
            (_, [] | [_] | [_, "upgrade"], _) | (_, [_, "chat"], Holder::User(_)) => {
                Self::OtherMethod
            }
            _ => Self::unknown(rest),
        }
    }

    /// Returns the kind of request.
    pub(crate) fn endpoint(&self) -> Endpoint {
        use Holder::{Team, User};
        match self {
            Self::ListUsers => Endpoint::ListUsers,
            Self::CountUsers => Endpoint::CountUsers,
            Self::DeltaUsers => Endpoint::DeltaUsers,
            Self::GetUser(_) => Endpoint::GetUser,
            Self::ListLicenses(_) => Endpoint::ListLicenses,
            Self::ListGroups | Self::CountGroups => Endpoint::ListGroups,
            Self::GetGroup(_) => Endpoint::GetGroup,
            Self::ListMembers(_, Depth::Direct, _) | Self::CountMembers(_, Depth::Direct, _) => {
                Endpoint::ListGroupMembers
            }
            Self::ListMembers(_, Depth::Transitive, _)
            | Self::CountMembers(_, Depth::Transitive, _) => Endpoint::ListTransitiveMembers,
            Self::GetTeam(_) => Endpoint::GetTeam,
            Self::ListTeamMembers(_) => Endpoint::ListTeamMembers,
            Self::ListInstalled(User(_)) => Endpoint::ListInstalledApps,
            Self::ListInstalled(Team(_)) => Endpoint::ListTeamApps,
            Self::Install(User(_)) => Endpoint::InstallApp,
            Self::Install(Team(_)) => Endpoint::InstallTeamApp,
            Self::GetInstalled(User(_), _) => Endpoint::GetInstalledApp,
            Self::GetInstalled(Team(_), _) => Endpoint::GetTeamApp,
            Self::Upgrade(User(_), _) => Endpoint::UpgradeApp,
            Self::Upgrade(Team(_), _) => Endpoint::UpgradeTeamApp,
            Self::Uninstall(User(_), _) => Endpoint::UninstallApp,
            Self::Uninstall(Team(_), _) => Endpoint::UninstallTeamApp,
            Self::GetChat(..) => Endpoint::GetChat,
            Self::ListChats(_) => Endpoint::ListChats,
            Self::ListMessages(_) => Endpoint::ListMessages,
            Self::ListCatalog => Endpoint::ListCatalog,
            Self::Batch => Endpoint::Batch,
            Self::OtherMethod | Self::Unknown(_) => Endpoint::Unknown,
        }
    }

    /// Returns whom it concerns.
    pub(crate) fn person(&self, tenant: &Tenant) -> Option<Place> {
        match self.subject() {
            Subject::Holder(Holder::User(user)) => tenant.by_key(user),
            Subject::Chat(chat) => tenant
                .ids
                .read_chat(chat)
                .and_then(|id| tenant.by_object_id(id)),
            Subject::Holder(Holder::Team(_)) | Subject::Nobody => None,
        }
    }

    /// Returns the team it concerns.
    pub(crate) fn team(&self, tenant: &Tenant) -> Option<usize> {
        match self.subject() {
            Subject::Holder(Holder::Team(team)) => {
                let (number, _) = tenant.groups.team_by_id(team.parse().ok()?)?;
                Some(number)
            }
            Subject::Holder(Holder::User(_)) | Subject::Chat(_) | Subject::Nobody => None,
        }
    }

    fn subject(&self) -> Subject<'a> {
        match self {
            Self::ListInstalled(holder)
            | Self::Install(holder)
            | Self::GetInstalled(holder, _)
            | Self::Upgrade(holder, _)
            | Self::Uninstall(holder, _) => Subject::Holder(*holder),
            Self::GetUser(user)
            | Self::ListLicenses(user)
            | Self::ListChats(user)
            | Self::GetChat(user, _) => Subject::Holder(Holder::User(user)),
            Self::GetTeam(team) | Self::ListTeamMembers(team) => {
                Subject::Holder(Holder::Team(team))
            }
            Self::ListMessages(chat) => Subject::Chat(chat),
            Self::ListUsers
            | Self::CountUsers
            | Self::DeltaUsers
            | Self::ListGroups
            | Self::CountGroups
            | Self::GetGroup(_)
            | Self::ListMembers(..)
            | Self::CountMembers(..)
            | Self::ListCatalog
            | Self::Batch
            | Self::OtherMethod
            | Self::Unknown(_) => Subject::Nobody,
        }
    }
}

/// What a call is about, as the path names it.
enum Subject<'a> {
    /// A person or a team.
    Holder(Holder<'a>),
    /// A chat.
    Chat(&'a str),
    /// Nobody in particular.
    Nobody,
}
