//! The documented quotas, as data.

use std::time::Duration;

use super::window::Window;

/// What an application spends in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Budget {
    /// All of Graph.
    Graph,
    /// Listing and reading installed apps.
    InstalledAppsRead,
    /// Installing.
    InstalledAppsWrite,
    /// Uninstalling.
    InstalledAppsDelete,
    /// Reading the members of teams.
    TeamMembersRead,
    /// Reading the catalogue.
    CatalogRead,
    /// Every other read of Teams.
    GraphRead,
    /// Every other call of Teams.
    GraphWrite,
    /// Resource units of the directory.
    Directory,
    /// Every call of the connector.
    Connector,
}

/// What is counted per person, per team or per conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Counter {
    /// Reading one chat.
    Chat,
    /// Reading the chats of one user.
    ChatsOfUser,
    /// Asking Graph about one team.
    Team,
    /// Sending into one conversation.
    Send,
    /// Creating one conversation.
    Create,
    /// Reading the members of one conversation with a person.
    Members,
    /// Reading one conversation.
    Conversation,
    /// Reading the members of one conversation of a team.
    TeamRoster,
}

const SEND: [Window; 4] = [
    Window::new(7, 1),
    Window::new(8, 2),
    Window::new(60, 30),
    Window::new(1800, 3600),
];
const MEMBERS: [Window; 4] = [
    Window::new(14, 1),
    Window::new(16, 2),
    Window::new(120, 30),
    Window::new(3600, 3600),
];
const SEND_OF_ALL: [Window; 2] = [Window::new(14, 1), Window::new(16, 2)];
const MEMBERS_OF_ALL: [Window; 2] = [Window::new(28, 1), Window::new(32, 2)];

/// Returns the name of every quota, as it is in the account.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let budgets = Budget::ALL.into_iter().map(Budget::name);
    budgets.chain(Counter::ALL.into_iter().map(Counter::name))
}

impl Budget {
    /// Every budget.
    pub(crate) const ALL: [Self; 10] = [
        Self::Graph,
        Self::InstalledAppsRead,
        Self::InstalledAppsWrite,
        Self::InstalledAppsDelete,
        Self::TeamMembersRead,
        Self::CatalogRead,
        Self::GraphRead,
        Self::GraphWrite,
        Self::Directory,
        Self::Connector,
    ];

    /// Returns the name in the account.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::InstalledAppsRead => "installed_apps_read",
            Self::InstalledAppsWrite => "installed_apps_write",
            Self::InstalledAppsDelete => "installed_apps_delete",
            Self::TeamMembersRead => "team_members_read",
            Self::CatalogRead => "catalog_read",
            Self::GraphRead => "graph_read",
            Self::GraphWrite => "graph_write",
            Self::Directory => "directory",
            Self::Connector => "connector",
        }
    }

    /// Returns how much may be spent in how long in a tenant of `people`.
    pub(crate) fn limit(self, people: usize) -> (f64, Duration) {
        match self {
            Self::Graph => (130_000.0, Duration::from_secs(10)),
            Self::InstalledAppsRead
            | Self::InstalledAppsWrite
            | Self::CatalogRead
            | Self::GraphRead
            | Self::GraphWrite => (30.0, Duration::from_secs(1)),
            Self::InstalledAppsDelete => (15.0, Duration::from_secs(1)),
            Self::TeamMembersRead => (60.0, Duration::from_secs(1)),
            Self::Directory if people < 50 => (3500.0, Duration::from_secs(10)),
            Self::Directory if people <= 500 => (5000.0, Duration::from_secs(10)),
            Self::Directory => (8000.0, Duration::from_secs(10)),
            Self::Connector => (50.0, Duration::from_secs(1)),
        }
    }
}

impl Counter {
    /// Every counter.
    pub(crate) const ALL: [Self; 8] = [
        Self::Chat,
        Self::ChatsOfUser,
        Self::Team,
        Self::Send,
        Self::Create,
        Self::Members,
        Self::Conversation,
        Self::TeamRoster,
    ];

    /// Returns the name in the account.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chat => "per_chat",
            Self::ChatsOfUser => "chats_per_user",
            Self::Team => "per_team",
            Self::Send => "send_per_conversation",
            Self::Create => "create_per_conversation",
            Self::Members => "members_per_conversation",
            Self::Conversation => "read_per_conversation",
            Self::TeamRoster => "members_per_team_conversation",
        }
    }

    /// Returns the windows that all have to have room.
    pub(crate) fn windows(self) -> &'static [Window] {
        const CHAT: [Window; 1] = [Window::new(1, 1)];
        const CHATS_OF_USER: [Window; 1] = [Window::new(5, 1)];
        const TEAM: [Window; 1] = [Window::new(4, 1)];
        match self {
            Self::Chat => &CHAT,
            Self::ChatsOfUser => &CHATS_OF_USER,
            Self::Team => &TEAM,
            Self::Send | Self::Create => &SEND,
            Self::Members | Self::TeamRoster | Self::Conversation => &MEMBERS,
        }
    }

    /// Whether a place of this counter is a person, in whose conversation other bots write.
    pub(crate) fn others_are_with_a_person(self) -> bool {
        !matches!(self, Self::Team | Self::TeamRoster)
    }

    /// Returns the windows that all bots share in one conversation.
    pub(crate) fn windows_of_all(self) -> &'static [Window] {
        match self {
            Self::Chat | Self::ChatsOfUser | Self::Team => &[],
            Self::Send | Self::Create => &SEND_OF_ALL,
            Self::Members | Self::TeamRoster | Self::Conversation => &MEMBERS_OF_ALL,
        }
    }
}
