//! Tokens, endpoints and the clock.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::{
    campaign::{BotType, Campaign},
    identity::{Claims, SignInError, Tokens},
    remote::{Sighting, Witness, is_loopback},
};

use super::{Check, Finding};

/// How far our clock may be off; Entra allows as much.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Microsoft's hosts of the Bot Connector (Teams page "Send proactive messages").
const CONNECTOR_HOSTS: [&str; 4] = [
    "smba.trafficmanager.net",
    "smba.trafficmanager.cn",
    ".teams.microsoft.com",
    ".teams.microsoft.us",
];

/// What is known of a token.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) finding: Finding,
    /// What it says of itself; nothing where there is none, or it is no JWT.
    pub(super) claims: Option<Claims>,
    pub(super) given: bool,
}

/// Gets a token and looks at what it says of itself.
pub(super) async fn token(
    check: Check,
    tokens: &dyn Tokens,
    campaign: &Campaign,
    now: Timestamp,
) -> Seen {
    match tokens.token().await {
        Err(error) => Seen {
            finding: refused(check, &error),
            claims: None,
            given: false,
        },
        Ok(token) => {
            let claims = Claims::of(&token);
            Seen {
                finding: match &claims {
                    Some(claims) => judged(check, claims, campaign, now),
                    None => Finding::ok(check, "given; it does not say what it allows"),
                },
                claims,
                given: true,
            }
        }
    }
}

fn refused(check: Check, error: &SignInError) -> Finding {
    Finding::failed(check, format!("sign-in failed: {error}"), error.advice())
}

fn judged(check: Check, claims: &Claims, campaign: &Campaign, now: Timestamp) -> Finding {
    let app = claims.appid.as_deref().unwrap_or("unknown");
    let tenant = claims.tid.as_deref().unwrap_or("unknown");
    if claims.scp.is_some() {
        return Finding::failed(
            check,
            format!("it is a person's token, got by app {app}"),
            "sign in as the app itself: Teams lets no person install or send for others",
        );
    }
    let for_bots = claims.aud.as_deref().map(is_for_bots);
    if for_bots.is_some_and(|for_bots| for_bots != (check == Check::ConnectorToken)) {
        return Finding::failed(
            check,
            format!("it is for {}", claims.aud.as_deref().unwrap_or_default()),
            "give each service its own token; these two may be swapped",
        );
    }
    let until = claims.exp.and_then(|end| Timestamp::from_second(end).ok());
    if let Some(until) = until.filter(|until| *until + SKEW < now) {
        return Finding::failed(
            check,
            format!("it ended at {until}"),
            "get a new one; where it was got just now, set this machine's clock",
        );
    }
    let is_guid = campaign.tenant.id.len() == 36 && !campaign.tenant.id.contains('.');
    let multi =
        check == Check::ConnectorToken && campaign.identity.bot_type == BotType::MultiTenant;
    if is_guid && !multi && !tenant.eq_ignore_ascii_case(&campaign.tenant.id) {
        return Finding::failed(
            check,
            format!("it is of tenant {tenant}, not of {}", campaign.tenant.id),
            "correct tenant.id, or sign in to that tenant",
        );
    }
    let bot = &campaign.app.bot_id;
    if check == Check::ConnectorToken && claims.appid.is_some() && !app.eq_ignore_ascii_case(bot) {
        return Finding::failed(
            check,
            format!("it is of app {app}, and the bot is {bot}"),
            "sign in as the bot: correct app.bot_id, or give the bot's credentials under \
             [identity.connector]",
        );
    }
    let until = until.map_or(String::new(), |until| format!(", good until {until}"));
    Finding::ok(check, format!("app {app} of tenant {tenant}{until}"))
}

/// Whether a token is for the Bot Connector of any cloud, by its audience.
fn is_for_bots(audience: &str) -> bool {
    audience.contains("://api.botframework.")
}

/// Whether each service is where the campaign says, and whether that is a
/// host of Microsoft's.
pub(super) fn endpoints(campaign: &Campaign, witness: &Witness) -> Vec<Finding> {
    let endpoints = &campaign.endpoints;
    let facts = campaign.tenant.cloud.facts();
    let own = |url: &Url, known: &str| host(url) == known.split('/').nth(2).unwrap_or_default();
    let connector = host(&endpoints.connector);
    let is_connector = CONNECTOR_HOSTS
        .iter()
        .any(|known| connector == *known || (known.starts_with('.') && connector.ends_with(known)));
    [
        (
            "sign-in",
            &endpoints.authority,
            own(&endpoints.authority, facts.authority),
        ),
        (
            "Microsoft Graph",
            &endpoints.graph,
            own(&endpoints.graph, facts.graph),
        ),
        ("the Bot Connector", &endpoints.connector, is_connector),
    ]
    .into_iter()
    .map(|(name, url, is_microsofts)| {
        let host = host(url);
        match witness.of(&host) {
            None => {
                let detail = format!("{name} at {host} was not asked");
                Finding::not_checked(Check::Endpoint, detail)
            }
            Some(Sighting::Silent(silence)) => Finding::failed(
                Check::Endpoint,
                format!("{name} at {host}: {silence}"),
                "check the network, HTTPS_PROXY and tenant.endpoints",
            ),
            Some(Sighting::Answered { .. }) if is_microsofts => {
                Finding::ok(Check::Endpoint, format!("{name} at {host}"))
            }
            Some(Sighting::Answered { .. }) if is_loopback(url) => Finding::ok(
                Check::Endpoint,
                format!("{name} at {host}, on this machine"),
            ),
            Some(Sighting::Answered { .. }) => Finding::warning(
                Check::Endpoint,
                format!("{name} at {host}, which is no host of Microsoft's for this cloud"),
                "tokens go there: make sure that tenant.endpoints is what you mean",
            ),
        }
    })
    .collect()
}

/// Whether our clock agrees with the services'.
pub(super) fn clock(campaign: &Campaign, witness: &Witness) -> Finding {
    let endpoints = &campaign.endpoints;
    let told = [&endpoints.graph, &endpoints.authority, &endpoints.connector]
        .into_iter()
        .find_map(|url| match witness.of(&host(url))? {
            Sighting::Answered { ahead } => ahead,
            Sighting::Silent(_) => None,
        });
    let Some(ahead) = told else {
        return Finding::not_checked(Check::Clock, "no service told the time");
    };
    let off = ahead.abs();
    if off < SKEW {
        return Finding::ok(Check::Clock, format!("right to {} s", off.as_secs()));
    }
    let side = if ahead.is_negative() {
        "ahead"
    } else {
        "behind"
    };
    Finding::failed(
        Check::Clock,
        format!("this machine's clock is {} s {side}", off.as_secs()),
        "set the clock: sign-in and deadlines depend on it",
    )
}

/// A host with its port, unless that is the usual one.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or(host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use async_trait::async_trait;
    use bytes::Bytes;
    use http::{Request, Response};

    use super::*;
    use crate::{
        campaign::Endpoints,
        preflight::Verdict,
        remote::{NoRoundTrip, Transport},
    };

    /// A network in which every host answers.
    #[derive(Debug)]
    struct Everywhere;

    #[async_trait]
    impl Transport for Everywhere {
        async fn round_trip(&self, _: Request<Bytes>) -> Result<Response<Bytes>, NoRoundTrip> {
            Ok(Response::new(Bytes::new()))
        }
    }

    /// A campaign with these lines under `[tenant]`.
    fn campaign(tenant: &str) -> Campaign {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("campaign.toml");
        let text = format!(
            "name = \"a\"\n[tenant]\nid = \"t\"\n{tenant}\n[app]\ncatalog_id = \"c\"\n\
             bot_id = \"b\"\n[audience]\ninclude = [{{ csv = \"u\" }}]\n[message]\n\
             text = \"x\"\n[delivery]\ninstall = \"never\"\n"
        );
        fs::write(&path, text).unwrap();
        Campaign::load(&path, &|name: &str| Some(name.to_owned())).unwrap()
    }

    /// What is said of each endpoint once all of them have answered.
    async fn verdicts(tenant: &str) -> Vec<Verdict> {
        let campaign = campaign(tenant);
        let witness = Witness::new(Arc::new(Everywhere), || Timestamp::UNIX_EPOCH);
        let Endpoints {
            authority,
            graph,
            connector,
            ..
        } = &campaign.endpoints;
        for url in [authority, graph, connector] {
            let request = Request::get(url.as_str()).body(Bytes::new()).unwrap();
            witness.round_trip(request).await.unwrap();
        }
        let findings = endpoints(&campaign, &witness);
        findings.iter().map(|finding| finding.result).collect()
    }

    #[tokio::test]
    async fn the_hosts_of_every_cloud_are_known_as_microsofts() {
        for cloud in ["public", "gcc", "gcc-high", "dod"] {
            let said = verdicts(&format!("cloud = \"{cloud}\"")).await;

            assert_eq!(said, [Verdict::Ok; 3], "{cloud}");
        }
        let china = "cloud = \"china\"\n[tenant.endpoints]\n\
                     connector = \"https://smba.trafficmanager.cn/teams\"";

        assert_eq!(verdicts(china).await, [Verdict::Ok; 3]);
    }

    #[tokio::test]
    async fn a_host_that_only_looks_like_microsofts_or_ours_is_odd() {
        for host in [
            "graph.microsoft.com.evil.example",
            "smba.trafficmanager.net.evil.example",
            "teams.microsoft.com.evil.example",
            "evilteams.microsoft.com",
            "127.evil.example",
            "graph.microsoft.com:8443",
        ] {
            let replaced = ["authority", "graph", "connector"]
                .map(|name| format!("{name} = \"https://{host}\"\n"));
            let said = verdicts(&format!("[tenant.endpoints]\n{}", replaced.concat())).await;

            assert_eq!(said, [Verdict::Warning; 3], "{host}");
        }
    }

    #[tokio::test]
    async fn the_host_of_another_cloud_is_odd() {
        let said = verdicts(
            "cloud = \"gcc-high\"\n[tenant.endpoints]\ngraph = \"https://graph.microsoft.com\"",
        )
        .await;

        assert_eq!(said, [Verdict::Ok, Verdict::Warning, Verdict::Ok]);
    }
}
