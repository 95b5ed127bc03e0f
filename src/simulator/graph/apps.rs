//! Reading which apps a person or a team has.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Cx, Outcome,
    access::Reach,
    call::Holder,
    catalogue::{self, Bot},
    error::GraphError,
    select::Shown,
};
use crate::simulator::{
    guid::Guid,
    odata::{
        filter::{Cell, Filter, Row},
        schema::{Kind, Schema},
    },
    reply,
    state::Desk,
    tenant::{catalog::App, ids, person::Installed},
};

const SCHEMA: Schema = Schema {
    properties: &[
        ("id", Kind::Text),
        ("teamsApp/id", Kind::Text),
        ("teamsApp/externalId", Kind::Text),
        ("teamsApp/displayName", Kind::Text),
        ("teamsApp/distributionMethod", Kind::Text),
        ("teamsAppDefinition/teamsAppId", Kind::Text),
        ("teamsAppDefinition/displayName", Kind::Text),
    ],
    collections: &[],
};

/// What is shown of an installation beside its id.
#[derive(Debug, Clone, Copy, Default)]
struct Expansion {
    app: bool,
    definition: bool,
}

/// The properties of an installation; the others are expanded.
const PROPERTIES: &[&str] = &["id", "consentedPermissionSet", "scopeInfo"];
/// What can be expanded.
const EXPANDED: &[&str] = &["teamsApp", "teamsAppDefinition"];

/// Lists the apps of a person or a team that the token may see.
///
/// With a permission for the own app only, an app whose manifest names another
/// app is as good as not installed: the list is empty.
pub(crate) fn list(cx: &Cx<'_>, holder: Holder<'_>) -> Outcome {
    let filter: Option<Filter> = cx.query.get("$filter").map(str::parse).transpose()?;
    if let Some(filter) = &filter {
        SCHEMA.check(filter)?;
    }
    let expansion = Expansion::new(cx)?;
    let shown = Shown::read(cx, PROPERTIES)?;
    let owner = cx.owner(holder)?;
    let mut state = cx.world.state();
    let desk = state.seat(owner.seat).ok_or(GraphError::NOT_FOUND)?;
    let value: Vec<Value> = cx
        .world
        .tenant
        .apps()
        .enumerate()
        .filter(|(_, app)| is_visible(cx, app))
        .map(|(number, app)| Entry {
            owner: owner.id,
            app,
            installed: desk.installed(number),
        })
        .filter(|entry| entry.installed != Installed::Absent)
        .filter(|entry| filter.as_ref().is_none_or(|filter| filter.holds(entry)))
        .map(|entry| shown.of(entry.show(expansion), EXPANDED))
        .collect();
    drop(state);
    let context = cx.context(&place(holder));
    let body = json!({ "@odata.context": context, "@odata.count": value.len(), "value": value });
    Ok(reply::json(StatusCode::OK, &body))
}

/// Shows one installation.
pub(crate) fn get(cx: &Cx<'_>, holder: Holder<'_>, id: &str) -> Outcome {
    let expansion = Expansion::new(cx)?;
    let shown = Shown::read(cx, PROPERTIES)?;
    let owner = cx.owner(holder)?;
    let (number, app) = find(cx, owner.id, id)?;
    let installed = cx
        .world
        .state()
        .seat(owner.seat)
        .map_or(Installed::Absent, |desk| desk.installed(number));
    if installed == Installed::Absent {
        return Err(GraphError::NOT_FOUND);
    }
    let entry = Entry {
        owner: owner.id,
        app,
        installed,
    };
    let mut body = shown.of(entry.show(expansion), EXPANDED);
    if let Some(fields) = body.as_object_mut() {
        let context = cx.context(&format!("{}/$entity", place(holder)));
        fields.insert("@odata.context".to_owned(), context.into());
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Returns the path of somebody's apps.
fn place(holder: Holder<'_>) -> String {
    match holder {
        Holder::User(user) => format!("users('{user}')/teamwork/installedApps"),
        Holder::Team(team) => format!("teams('{team}')/installedApps"),
    }
}

/// Finds the app that an installation of `owner` is of, whether it is still there or not.
pub(super) fn find<'a>(
    cx: &'a Cx<'_>,
    owner: Guid,
    id: &str,
) -> Result<(usize, &'a App), GraphError> {
    let (whose, catalog_id) = ids::read_installation(id).ok_or(GraphError::NOT_FOUND)?;
    let mut apps = cx.world.tenant.apps().enumerate();
    let found = apps
        .find(|(_, app)| app.catalog_id == catalog_id)
        .filter(|_| whose == owner);
    let (number, app) = found.ok_or(GraphError::NOT_FOUND)?;
    if is_visible(cx, app) {
        Ok((number, app))
    } else {
        Err(not_allowed(cx, app))
    }
}

/// Whether the token may see and change `app`.
pub(super) fn is_visible(cx: &Cx<'_>, app: &App) -> bool {
    match cx.reach {
        Reach::Full | Reach::BasicProfile => true,
        Reach::OwnApps => app.signs_in_as == cx.grant.app,
    }
}

/// Returns the refusal of an app that is not the token's own.
pub(super) fn not_allowed(cx: &Cx<'_>, app: &App) -> GraphError {
    let (client, catalog_id) = (cx.grant.app, app.catalog_id);
    GraphError::forbidden(format!(
        "AAD App Id '{client}' is not allowed to manage the Teams App '{catalog_id}'."
    ))
}

impl Desk {
    /// Whether the app that is the `number`th of the catalogue is there.
    pub(crate) fn installed(&self, number: usize) -> Installed {
        match number.checked_sub(1) {
            None => self.app,
            Some(bit) if self.others >> bit & 1 == 1 => Installed::Current,
            Some(_) => Installed::Absent,
        }
    }

    /// Sets whether the app that is the `number`th of the catalogue is there.
    pub(crate) fn set_installed(&mut self, number: usize, installed: Installed) {
        match (number.checked_sub(1), installed) {
            (None, _) => self.app = installed,
            (Some(bit), Installed::Absent) => self.others &= !(1 << bit),
            (Some(bit), Installed::Current | Installed::Outdated) => self.others |= 1 << bit,
        }
    }
}

/// An installation.
struct Entry<'a> {
    owner: Guid,
    app: &'a App,
    installed: Installed,
}

impl Entry<'_> {
    fn show(&self, expansion: Expansion) -> Value {
        let mut shown = json!({ "id": ids::installation(self.owner, self.app.catalog_id) });
        if let Some(fields) = shown.as_object_mut() {
            if expansion.app {
                fields.insert("teamsApp".to_owned(), catalogue::show(self.app));
            }
            if expansion.definition {
                let definition = catalogue::definition(self.app, self.installed, Bot::Hidden);
                fields.insert("teamsAppDefinition".to_owned(), definition);
            }
        }
        shown
    }
}

impl Row for Entry<'_> {
    fn cell(&self, path: &str) -> Cell<'_> {
        match path {
            "teamsAppDefinition/teamsAppId" => Cell::Guid(self.app.catalog_id),
            "teamsAppDefinition/displayName" => Cell::Text(self.app.display_name),
            _ => path
                .strip_prefix("teamsApp/")
                .map_or(Cell::Null, |rest| self.app.cell(rest)),
        }
    }

    fn any(&self, _: &str, _: &Filter) -> bool {
        false
    }
}

impl Expansion {
    fn new(cx: &Cx<'_>) -> Result<Self, GraphError> {
        let mut expansion = Self::default();
        for name in cx.query.list("$expand").unwrap_or_default() {
            match name {
                "teamsApp" => expansion.app = true,
                "teamsAppDefinition" => expansion.definition = true,
                _ => {
                    return Err(GraphError::bad_request(format!(
                        "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type \
                         'microsoft.graph.teamsAppInstallation'.",
                    )));
                }
            }
        }
        Ok(expansion)
    }
}
