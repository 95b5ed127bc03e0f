//! The organisation's app catalogue.

use serde::Deserialize;

use crate::{
    model::CatalogId,
    remote::{Outgoing, Trouble},
};

use super::{Graph, refusal::Asked, users::read};

#[derive(Deserialize)]
struct WireApps {
    value: Vec<WireApp>,
}

#[derive(Deserialize)]
struct WireApp {
    id: String,
}

impl Graph {
    /// The catalogue id of the app whose manifest has `manifest_id`, if it was
    /// published (page "List teamsApps").
    pub async fn find_app(&self, manifest_id: &str) -> Result<Option<CatalogId>, Trouble> {
        let filter = format!("externalId eq '{}'", manifest_id.replace('\'', "''"));
        let url = self.url("/appCatalogs/teamsApps", &[("$filter", &filter)]);
        let budget = &self.budgets().graph_read;
        let answer = self
            .call(budget, &Outgoing::get(url), Asked::Directory)
            .await?;
        let apps: WireApps = read(&answer)?;
        Ok(apps
            .value
            .into_iter()
            .find_map(|app| CatalogId::new(app.id).ok()))
    }

    /// The same Graph, for another app.
    #[must_use]
    pub fn for_app(mut self, catalog: CatalogId) -> Self {
        self.catalog = catalog;
        self
    }
}
