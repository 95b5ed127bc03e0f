//! The organisation's app catalogue.

use serde::Deserialize;

use crate::{
    model::CatalogId,
    remote::{Outgoing, Trouble},
};

use super::{
    Graph,
    refusal::{Asked, judge},
    users::read,
};

/// How the catalogue is asked, most told first: that a bot is told of to an
/// app-only caller is not documented, so a refusal is followed by less.
const EXPANSIONS: [&str; 2] = ["appDefinitions($expand=bot)", "appDefinitions"];

/// By what an app is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppKey<'a> {
    /// Its id in the catalogue.
    Catalog(&'a CatalogId),
    /// The id in its manifest.
    Manifest(&'a str),
}

/// What the catalogue says of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogEntry {
    /// It is there.
    Found(CatalogApp),
    /// No such app was published.
    Absent,
    /// The catalogue may not be read.
    NotAllowed,
}

/// An app of the catalogue; of its versions the published one, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogApp {
    /// Its id in the catalogue.
    pub id: CatalogId,
    /// What people call it.
    pub name: Option<String>,
    /// How far it has come: `published`, `submitted` or `rejected`.
    pub state: Option<String>,
    /// The Entra app its manifest names.
    pub client_app: Option<String>,
    /// The Entra app id of its bot.
    pub bot: Option<String>,
    /// The application permissions it declares for itself.
    pub own_permissions: Vec<String>,
}

#[derive(Deserialize)]
struct WireApps {
    value: Vec<WireApp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireApp {
    id: String,
    display_name: Option<String>,
    #[serde(default)]
    app_definitions: Vec<WireDefinition>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDefinition {
    publishing_state: Option<String>,
    authorization: Option<WireAuthorization>,
    bot: Option<WireBot>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAuthorization {
    client_app_id: Option<String>,
    required_permission_set: Option<WirePermissionSet>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePermissionSet {
    #[serde(default)]
    resource_specific_permissions: Vec<WirePermission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePermission {
    permission_value: Option<String>,
    permission_type: Option<String>,
}

#[derive(Deserialize)]
struct WireBot {
    id: Option<String>,
}

impl Graph {
    /// What the catalogue says of an app (page "List teamsApps").
    pub async fn catalog_entry(&self, key: AppKey<'_>) -> Result<CatalogEntry, Trouble> {
        let (property, id) = match key {
            AppKey::Catalog(id) => ("id", id.as_str()),
            AppKey::Manifest(id) => ("externalId", id),
        };
        let filter = format!("{property} eq '{}'", id.replace('\'', "''"));
        let budget = &self.budgets().graph_read;
        let mut refused = None;
        for expansion in EXPANSIONS {
            let query = [("$filter", filter.as_str()), ("$expand", expansion)];
            let outgoing = Outgoing::page(self.url("/appCatalogs/teamsApps", &query));
            match self.try_call(budget, &outgoing).await? {
                Ok(answer) => {
                    let apps: WireApps = read(&answer)?;
                    let found = apps.value.into_iter().find_map(WireApp::read);
                    return Ok(found.map_or(CatalogEntry::Absent, CatalogEntry::Found));
                }
                Err(answer) if answer.status == 403 => return Ok(CatalogEntry::NotAllowed),
                // An id that is none is in no catalogue.
                Err(answer) if answer.status == 400 => refused = Some(answer),
                Err(answer) => return Err(judge(&answer, Asked::Directory)),
            }
        }
        match refused {
            Some(answer) => Err(judge(&answer, Asked::Directory)),
            None => Ok(CatalogEntry::Absent),
        }
    }

    /// The same Graph, for another app.
    #[must_use]
    pub fn for_app(mut self, catalog: CatalogId) -> Self {
        self.catalog = catalog;
        self
    }
}

impl WireApp {
    fn read(mut self) -> Option<CatalogApp> {
        let published = |definition: &WireDefinition| {
            let state = definition.publishing_state.as_deref();
            state.is_some_and(|state| state.eq_ignore_ascii_case("published"))
        };
        let newest = self.app_definitions.len().checked_sub(1);
        let place = self.app_definitions.iter().position(published).or(newest);
        let definition = place.map(|place| self.app_definitions.swap_remove(place));
        let definition = definition.unwrap_or_default();
        let authorization = definition.authorization.unwrap_or_default();
        let declared = authorization.required_permission_set.unwrap_or_default();
        Some(CatalogApp {
            id: CatalogId::new(self.id).ok()?,
            name: self.display_name,
            state: definition.publishing_state,
            client_app: authorization.client_app_id,
            bot: definition.bot.and_then(|bot| bot.id),
            own_permissions: declared
                .resource_specific_permissions
                .into_iter()
                .filter(WirePermission::is_of_the_app)
                .filter_map(|permission| permission.permission_value)
                .collect(),
        })
    }
}

impl WirePermission {
    /// Whether the app uses it itself: the other kind is a person's.
    fn is_of_the_app(&self) -> bool {
        let kind = self.permission_type.as_deref();
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application"))
    }
}
