//! National clouds: where their services are, and what they lack.

use serde::Deserialize;

/// A national cloud of Microsoft's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Public,
    /// US government, community.
    Gcc,
    /// US government, high.
    GccHigh,
    /// US Department of Defense.
    Dod,
    /// China, operated by 21Vianet.
    China,
}

/// What is particular to one cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudFacts {
    /// The word in the campaign file.
    pub name: &'static str,
    /// Where tokens come from.
    pub authority: &'static str,
    /// Microsoft Graph.
    pub graph: &'static str,
    /// The Bot Connector; unknown where no service URL is documented.
    pub connector: Option<&'static str>,
    /// Hosts of the Bot Connector; a dot in front means all below it.
    pub connector_hosts: &'static [&'static str],
    /// The scope of tokens for the Bot Connector.
    pub bot_scope: &'static str,
    /// The tenant that issues tokens for multi-tenant bots.
    pub multi_tenant_login: &'static str,
    /// Where it is said who signs what Teams tells a bot.
    pub bot_metadata: &'static str,
    /// Who signs it.
    pub bot_issuer: &'static str,
    /// Whether Graph can look for and install apps and find chats without a
    /// signed-in user.
    pub has_app_installation: bool,
}

const PUBLIC: CloudFacts = CloudFacts {
    name: "public",
    authority: "https://login.microsoftonline.com",
    graph: "https://graph.microsoft.com",
    connector: Some("https://smba.trafficmanager.net/teams"),
    connector_hosts: &["smba.trafficmanager.net", ".teams.microsoft.com"],
    bot_scope: "https://api.botframework.com/.default",
    multi_tenant_login: "botframework.com",
    bot_metadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
    bot_issuer: "https://api.botframework.com",
    has_app_installation: true,
};

const GCC_HIGH: CloudFacts = CloudFacts {
    name: "gcc-high",
    authority: "https://login.microsoftonline.us",
    graph: "https://graph.microsoft.us",
    connector: Some("https://smba.infra.gov.teams.microsoft.us/teams"),
    connector_hosts: &[".teams.microsoft.us"],
    bot_scope: "https://api.botframework.us/.default",
    multi_tenant_login: "MicrosoftServices.onmicrosoft.us",
    bot_metadata: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    bot_issuer: "https://api.botframework.us",
    has_app_installation: false,
};

impl Cloud {
    /// What is particular to it (pages "Send proactive messages", "Configure
    /// Azure Bot Service for government", "Microsoft Graph national cloud
    /// deployments", "Teams API differences in national clouds" and "Bot
    /// Connector authentication").
    pub const fn facts(self) -> CloudFacts {
        match self {
            Self::Public => PUBLIC,
            Self::Gcc => CloudFacts {
                name: "gcc",
                connector: Some("https://smba.infra.gcc.teams.microsoft.com/teams"),
                ..PUBLIC
            },
            Self::GccHigh => GCC_HIGH,
            Self::Dod => CloudFacts {
                name: "dod",
                graph: "https://dod-graph.microsoft.us",
                connector: Some("https://smba.infra.dod.teams.microsoft.us/teams"),
                ..GCC_HIGH
            },
            Self::China => CloudFacts {
                name: "china",
                authority: "https://login.partner.microsoftonline.cn",
                graph: "https://microsoftgraph.chinacloudapi.cn",
                connector: None,
                connector_hosts: &[],
                bot_scope: "https://api.botframework.azure.cn/.default",
                multi_tenant_login: "microsoftservices.partner.onmschina.cn",
                bot_metadata: "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
                bot_issuer: "https://api.botframework.azure.cn",
                has_app_installation: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_has_its_own_services_and_the_one_it_shares() {
        use Cloud::{China, Dod, Gcc, GccHigh, Public};
        let facts = |cloud: Cloud| cloud.facts();

        let lacking = [Public, Gcc, GccHigh, Dod, China].map(|it| !facts(it).has_app_installation);
        assert_eq!(lacking, [false, false, true, true, true]);
        assert_eq!(facts(Gcc).graph, facts(Public).graph);
        assert_ne!(facts(Gcc).connector, facts(Public).connector);
        assert_eq!(facts(Dod).authority, facts(GccHigh).authority);
        assert_ne!(facts(Dod).graph, facts(GccHigh).graph);
        assert_eq!(facts(Dod).bot_scope, facts(GccHigh).bot_scope);
        assert_eq!(facts(China).connector, None);
        assert_eq!(facts(Gcc).bot_metadata, facts(Public).bot_metadata);
        let issuers = [Public, Gcc, GccHigh, Dod, China].map(|it| facts(it).bot_issuer);
        let ends = [
            "framework.com",
            "framework.com",
            "framework.us",
            "framework.us",
            "azure.cn",
        ];
        assert!(
            issuers
                .iter()
                .zip(ends)
                .all(|(issuer, end)| issuer.ends_with(end))
        );
    }
}
