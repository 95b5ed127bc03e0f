//! `[tenant]`: the organisation, its cloud and where the services are.

use std::path::{Path, PathBuf};

use url::Url;

use crate::remote::is_loopback;

use super::{
    Cloud,
    problem::{Problem, from_env, not_blank},
    typed,
};

/// The organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its GUID or a verified domain, in lower case.
    pub id: String,
    /// Where it lives.
    pub cloud: Cloud,
}

impl Tenant {
    pub(super) fn from_typed(
        typed: &typed::Tenant,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Problem> {
        let id = if let Some(id) = &typed.id {
            not_blank("tenant.id", id)?
        } else {
            let advice = "set it to the tenant's GUID or domain, or add tenant.id";
            from_env(env, "AZURE_TENANT_ID", advice)?
        };
        // It becomes a path segment of the sign-in URL.
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if !id.chars().all(fits) {
            let problem = format!("`{id}` is neither a GUID nor a domain");
            return Err(Problem::invalid("tenant.id", problem));
        }
        Ok(Self {
            id: id.to_ascii_lowercase(),
            cloud: typed.cloud,
        })
    }
}

/// Where the services are. Paths of the URLs do not end in a slash, except
/// that of a bare host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where tokens come from.
    pub authority: Url,
    /// Microsoft Graph; `/v1.0/…` is appended.
    pub graph: Url,
    /// The Bot Connector; `/v3/…` is appended.
    pub connector: Url,
    /// Hosts of the cloud to which messages may go where Teams names them; none
    /// where the cloud's connector is replaced.
    pub connector_hosts: &'static [&'static str],
    /// An extra trusted root.
    pub ca_file: Option<PathBuf>,
    /// The scope of tokens for Graph, which is the cloud's own even where
    /// `graph` is replaced.
    pub graph_scope: String,
    /// The scope of tokens for the Bot Connector.
    pub bot_scope: String,
    /// The tenant that issues tokens for multi-tenant bots.
    pub multi_tenant_login: String,
    /// Where it is said who signs what Teams tells a bot: of the cloud, or
    /// beside an `authority` that replaces the cloud's.
    pub bot_metadata: Url,
    /// Who signs it.
    pub bot_issuer: String,
}

/// Where the metadata are on the host that has them.
const BOT_METADATA: &str = "/v1/.well-known/openidconfiguration";

impl Endpoints {
    pub(super) fn from_typed(
        cloud: Cloud,
        typed: typed::Endpoints,
        dir: &Path,
    ) -> Result<Self, Problem> {
        let facts = cloud.facts();
        let connector = typed.connector.as_deref().or(facts.connector);
        let Some(connector) = connector else {
            let problem = "no service URL is documented for this cloud; \
                           add tenant.endpoints.connector with the one your bot receives";
            return Err(Problem::invalid("tenant.cloud", problem));
        };
        let authority = typed.authority.as_deref().unwrap_or(facts.authority);
        let graph = typed.graph.as_deref().unwrap_or(facts.graph);
        let authority = endpoint("tenant.endpoints.authority", authority)?;
        let bot_metadata = match (&typed.bot_metadata, &typed.authority) {
            (Some(given), _) => endpoint("tenant.endpoints.bot_metadata", given)?,
            (None, Some(_)) => {
                let mut url = authority.clone();
                url.set_path(BOT_METADATA);
                url
            }
            (None, None) => endpoint("tenant.cloud", facts.bot_metadata)?,
        };
        Ok(Self {
            authority,
            graph: endpoint("tenant.endpoints.graph", graph)?,
            connector: endpoint("tenant.endpoints.connector", connector)?,
            connector_hosts: match typed.connector {
                Some(_) => &[],
                None => facts.connector_hosts,
            },
            ca_file: typed.ca_file.map(|path| dir.join(path)),
            graph_scope: format!("{}/.default", facts.graph),
            bot_scope: facts.bot_scope.to_owned(),
            multi_tenant_login: facts.multi_tenant_login.to_owned(),
            bot_metadata,
            bot_issuer: facts.bot_issuer.to_owned(),
        })
    }
}

/// Reads a URL that tokens may be sent to.
fn endpoint(key: &str, text: &str) -> Result<Url, Problem> {
    let invalid = |problem: &str| Problem::invalid(key, format!("`{text}` {problem}"));
    let mut url = Url::parse(text.trim())
        .map_err(|error| invalid(&format!("is not a URL ({error}); write https://host/path")))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(invalid(
                "would send tokens unencrypted; use https (http is for loopback hosts only)",
            ));
        }
        _ => return Err(invalid("is not a web address; use https")),
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() {
        // The text is not repeated: it may hold a password.
        let problem = "give scheme, host and path only";
        return Err(Problem::invalid(key, problem));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
