//! `GET /appCatalogs/teamsApps`, and how an app is shown.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Cx, Outcome, error::GraphError, select::Shown};
use crate::simulator::{
    odata::{
        filter::{Cell, Filter, Row},
        schema::{Kind, Schema},
    },
    reply,
    tenant::{catalog::App, person::Installed},
};

const SCHEMA: Schema = Schema {
    properties: &[
        ("id", Kind::Text),
        ("externalId", Kind::Text),
        ("displayName", Kind::Text),
        ("distributionMethod", Kind::Text),
    ],
    collections: &[],
};

/// Lists the apps of the catalogue.
pub(crate) fn list(cx: &Cx<'_>) -> Outcome {
    let filter: Option<Filter> = cx.query.get("$filter").map(str::parse).transpose()?;
    if let Some(filter) = &filter {
        SCHEMA.check(filter)?;
    }
    let definitions = match cx.query.get("$expand") {
        None => None,
        Some("appDefinitions") => Some(Bot::Hidden),
        Some("appDefinitions($expand=bot)") => Some(Bot::Shown),
        Some(other) => {
            return Err(GraphError::bad_request(format!(
                "Parsing OData Select and Expand failed: '{other}'."
            )));
        }
    };
    let selected = Shown::read(
        cx,
        &["id", "externalId", "displayName", "distributionMethod"],
    )?;
    let apps = cx
        .world
        .tenant
        .apps()
        .filter(|app| filter.as_ref().is_none_or(|filter| filter.holds(*app)));
    let value: Vec<Value> = apps
        .map(|app| {
            let mut shown = show(app);
            if let (Some(bot), Some(fields)) = (definitions, shown.as_object_mut()) {
                fields.insert(
                    "appDefinitions".to_owned(),
                    json!([definition(app, Installed::Current, bot)]),
                );
            }
            selected.of(shown, &["appDefinitions"])
        })
        .collect();
    let body = json!({ "@odata.context": cx.context("appCatalogs/teamsApps"), "value": value });
    Ok(reply::json(StatusCode::OK, &body))
}

/// Whether a definition shows its bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bot {
    /// It does.
    Shown,
    /// It does not.
    Hidden,
}

/// Shows an app.
pub(crate) fn show(app: &App) -> Value {
    json!({
        "id": app.catalog_id.to_string(),
        "externalId": app.external_id(),
        "displayName": app.display_name,
        "distributionMethod": app.distribution,
    })
}

/// Shows the version of an app that is `installed`.
pub(crate) fn definition(app: &App, installed: Installed, bot: Bot) -> Value {
    let version = app.version_of(installed);
    let permissions: Vec<Value> = app
        .permissions()
        .map(|(name, kind)| json!({ "permissionValue": name, "permissionType": kind.in_graph() }))
        .collect();
    let mut shown = json!({
        "id": app.definition_id(version),
        "teamsAppId": app.catalog_id.to_string(),
        "displayName": app.display_name,
        "version": version,
        "publishingState": app.publishing.as_str(),
        "shortDescription": app.display_name,
        "description": app.display_name,
        "authorization": {
            "clientAppId": app.signs_in_as.to_string(),
            "requiredPermissionSet": { "resourceSpecificPermissions": permissions },
        },
    });
    if let (Bot::Shown, Some(fields)) = (bot, shown.as_object_mut()) {
        fields.insert("bot".to_owned(), json!({ "id": app.bot.to_string() }));
    }
    shown
}

impl App {
    /// Returns the manifest's id, which only apps of the organisation show.
    pub(crate) fn external_id(&self) -> Option<String> {
        (self.catalog_id != self.manifest_id).then(|| self.manifest_id.to_string())
    }
}

impl Row for App {
    fn cell(&self, path: &str) -> Cell<'_> {
        match path {
            "id" => Cell::Guid(self.catalog_id),
            "externalId" if self.catalog_id != self.manifest_id => Cell::Guid(self.manifest_id),
            "displayName" => Cell::Text(self.display_name),
            "distributionMethod" => Cell::Text(self.distribution),
            _ => Cell::Null,
        }
    }

    fn any(&self, _: &str, _: &Filter) -> bool {
        false
    }
}
