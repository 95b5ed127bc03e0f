//! `[app]`: the bot and the app that carries it.

use super::{
    problem::{Problem, not_blank},
    typed,
};
use crate::model::CatalogId;

/// How the campaign names the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppName {
    /// By its id in the organisation's catalogue.
    Catalog(CatalogId),
    /// By the id in its manifest, to be looked up in the catalogue.
    Manifest(String),
}

/// The bot and the app that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The app.
    pub name: AppName,
    /// The Entra app id of the bot, without the channel's `28:`.
    pub bot_id: String,
}

impl App {
    pub(super) fn from_typed(typed: typed::App) -> Result<Self, Problem> {
        let name = match (typed.catalog_id, typed.manifest_id) {
            (Some(id), None) => AppName::Catalog(
                CatalogId::new(id)
                    .map_err(|blank| Problem::invalid("app.catalog_id", blank.to_string()))?,
            ),
            (None, Some(id)) => AppName::Manifest(not_blank("app.manifest_id", &id)?),
            (Some(_), Some(_)) | (None, None) => {
                let problem = "give exactly one of catalog_id and manifest_id";
                return Err(Problem::invalid("app", problem));
            }
        };
        let bot_id = not_blank("app.bot_id", &typed.bot_id)?;
        if bot_id.starts_with("28:") {
            let problem = "give the Entra app id alone, without `28:` in front";
            return Err(Problem::invalid("app.bot_id", problem));
        }
        Ok(Self { name, bot_id })
    }
}
