//! Installing, upgrading and uninstalling an app for a person.

use http::StatusCode;
use serde_json::Value;

use super::{Cx, Outcome, access, apps, error::GraphError};
use crate::simulator::{
    guid::Guid,
    reply,
    state::Chat,
    tenant::{
        catalog::App,
        person::{Installed, Licence, Obstacle, Person, UserType},
    },
};

/// Installs the app that the body names. Returns nothing but `201`.
pub(crate) fn install(cx: &Cx<'_>, user: &str) -> Outcome {
    let body = body(cx)?;
    let catalog_id = bound_app(&body)?;
    let (place, person) = cx.user(user)?;
    let mut apps = cx.world.tenant.apps().enumerate();
    let (number, app) = apps
        .find(|(_, app)| app.catalog_id == catalog_id)
        .ok_or(GraphError::NOT_FOUND)?;
    if !apps::is_visible(cx, app) {
        return Err(apps::not_allowed(cx, app));
    }
    check_consent(cx, app, &body)?;
    let mut state = cx.world.state();
    let desk = state.desk(place).ok_or(GraphError::NOT_FOUND)?;
    check_person(cx, app, person, desk.obstacle)?;
    if desk.installed(number) != Installed::Absent {
        return Err(GraphError::new(
            StatusCode::CONFLICT,
            "Conflict",
            "The app is already installed in the personal scope of the user.",
        ));
    }
    desk.set_installed(number, Installed::Current);
    if number == 0 {
        desk.chat = Chat::Open;
        desk.settled = cx.exchange.now + cx.exchange.twist.settling;
    }
    drop(state);
    Ok(reply::empty(StatusCode::CREATED))
}

/// Brings an installation to the newest version.
pub(crate) fn upgrade(cx: &Cx<'_>, user: &str, id: &str) -> Outcome {
    change(cx, user, id, Installed::Current)
}

/// Removes an installation; the chat stays.
pub(crate) fn uninstall(cx: &Cx<'_>, user: &str, id: &str) -> Outcome {
    change(cx, user, id, Installed::Absent)
}

fn change(cx: &Cx<'_>, user: &str, id: &str, wanted: Installed) -> Outcome {
    let (place, person) = cx.user(user)?;
    let (number, _) = apps::find(cx, person, id)?;
    let mut state = cx.world.state();
    let desk = state.desk(place).ok_or(GraphError::NOT_FOUND)?;
    if desk.installed(number) == Installed::Absent {
        return Err(GraphError::NOT_FOUND);
    }
    desk.set_installed(number, wanted);
    drop(state);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn body(cx: &Cx<'_>) -> Result<Value, GraphError> {
    match cx.exchange.media_type().as_deref() {
        Some("application/json") => {}
        Some(other) => {
            return Err(GraphError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "BadRequest",
                format!("A supported MIME type could not be found that matches '{other}'."),
            ));
        }
        None => {
            return Err(GraphError::bad_request(
                "Write requests (excluding DELETE) must contain the Content-Type header declaration.",
            ));
        }
    }
    let body: Option<Value> = serde_json::from_slice(&cx.exchange.body).ok();
    let object = body.filter(Value::is_object);
    object.ok_or_else(|| GraphError::bad_request("Unable to read JSON request payload."))
}

/// Reads `…/appCatalogs/teamsApps/{id}` or `…/appCatalogs/teamsApps('{id}')`.
fn bound_app(body: &Value) -> Result<Guid, GraphError> {
    let invalid = || {
        GraphError::bad_request(
            "The property 'teamsApp@odata.bind' is missing or is not a valid address.",
        )
    };
    let bind = body
        .get("teamsApp@odata.bind")
        .and_then(Value::as_str)
        .ok_or_else(invalid)?;
    let (service, key) = bind
        .split_once("/appCatalogs/teamsApps")
        .ok_or_else(invalid)?;
    let quoted = key
        .strip_prefix("('")
        .and_then(|key| key.strip_suffix("')"));
    let id = key.strip_prefix('/').or(quoted).ok_or_else(invalid)?;
    if !service.starts_with("https://") && !service.starts_with("http://") {
        return Err(invalid());
    }
    id.parse().map_err(|_| GraphError::NOT_FOUND)
}

/// An app with permissions of its own needs somebody who may consent to exactly them.
fn check_consent(cx: &Cx<'_>, app: &App, body: &Value) -> Result<(), GraphError> {
    if app.resource_specific.is_empty() {
        return Ok(());
    }
    if !access::may_consent(cx.grant) {
        return Err(GraphError::new(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailed",
            "Failed to execute request: IsUserAuthorizedToGrantGroupResourceSpecificPermissions is not satisfied.",
        ));
    }
    let consented = body
        .pointer("/consentedPermissionSet/resourceSpecificPermissions")
        .and_then(Value::as_array);
    let mut names: Vec<&str> = consented
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("permissionValue")?.as_str())
        .collect();
    let mut required: Vec<&str> = app.resource_specific.iter().map(String::as_str).collect();
    names.sort_unstable();
    required.sort_unstable();
    if names == required {
        Ok(())
    } else {
        Err(GraphError::bad_request(
            "The consented permissions do not match the permissions the app requires.",
        ))
    }
}

fn check_person(
    cx: &Cx<'_>,
    app: &App,
    person: &Person,
    obstacle: Obstacle,
) -> Result<(), GraphError> {
    let foreign = person.upn.contains("#EXT#") || person.user_type == Some(UserType::Guest);
    match (obstacle, person.licence) {
        (Obstacle::NeverSignedIn, _) => Err(GraphError::NOT_FOUND),
        _ if foreign => Err(GraphError::NOT_FOUND),
        (_, Licence::Missing | Licence::Suspended) => {
            Err(GraphError::forbidden("User is not licensed for Teams."))
        }
        (Obstacle::PermissionPolicy, Licence::Enabled) => {
            let (tenant, user, app) = (cx.world.tenant.id, person.object_id, app.catalog_id);
            let message = format!(
                "App is blocked by app permission policy. TenantId: {tenant}, UserObjectId: {user}, AppId: {app}, \
                 AppType: Private"
            );
            Err(GraphError::forbidden(message).inner("AccessDenied"))
        }
        (
            Obstacle::Clear
            | Obstacle::BlockedByUser
            | Obstacle::WritesBlocked
            | Obstacle::DisabledByAdmin,
            _,
        ) => Ok(()),
    }
}
