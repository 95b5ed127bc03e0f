//! Installing, upgrading and uninstalling an app for a person or in a team.

use http::StatusCode;
use serde_json::Value;

use super::{Cx, Outcome, access, apps, body, call::Holder, error::GraphError};
use crate::simulator::{
    guid::Guid,
    reply,
    state::Seat,
    tenant::{
        catalog::App,
        person::{Installed, Licence, Obstacle, Person, SetupPolicy, UserType},
        registration::Publishing,
    },
};

/// Installs the app that the body names. Returns nothing but `201`, or `200` from some teams.
pub(crate) fn install(cx: &Cx<'_>, holder: Holder<'_>) -> Outcome {
    let body = body::read(cx)?;
    let catalog_id = bound_app(&body)?;
    let owner = cx.owner(holder)?;
    let mut apps = cx.world.tenant.apps().enumerate();
    let (number, app) = apps
        .find(|(_, app)| app.catalog_id == catalog_id)
        .ok_or(GraphError::NOT_FOUND)?;
    if !apps::is_visible(cx, app) {
        return Err(apps::not_allowed(cx, app));
    }
    if app.publishing != Publishing::Published {
        return Err(GraphError::NOT_FOUND);
    }
    check_consent(cx, app, Some(&body))?;
    let mut state = cx.world.state();
    let desk = state.seat(owner.seat).ok_or(GraphError::NOT_FOUND)?;
    if let Some(person) = &owner.person {
        check_person(cx, app, person, desk.obstacle)?;
    }
    if desk.installed(number) != Installed::Absent {
        return Err(GraphError::new(
            StatusCode::CONFLICT,
            "Conflict",
            match owner.seat {
                Seat::Person(_) => {
                    "The app is already installed in the personal scope of the user."
                }
                Seat::Team(_) => "The app is already installed in the team.",
            },
        ));
    }
    desk.settle(number, cx.exchange.now + cx.exchange.twist.settling);
    state.change_app_of(owner.seat, number, Installed::Current, cx.exchange.now);
    drop(state);
    Ok(reply::empty(match owner.seat {
        Seat::Team(number) if number % 2 == 0 => StatusCode::OK,
        Seat::Team(_) | Seat::Person(_) => StatusCode::CREATED,
    }))
}

/// Brings an installation to the newest version.
pub(crate) fn upgrade(cx: &Cx<'_>, holder: Holder<'_>, id: &str) -> Outcome {
    let owner = cx.owner(holder)?;
    let (_, app) = apps::find(cx, owner.id, id)?;
    let consent = if cx.exchange.body.is_empty() {
        None
    } else {
        Some(body::read(cx)?)
    };
    check_consent(cx, app, consent.as_ref())?;
    change(cx, holder, id, Installed::Current)
}

/// Removes an installation, unless an administrator keeps it there; the chat stays.
pub(crate) fn uninstall(cx: &Cx<'_>, holder: Holder<'_>, id: &str) -> Outcome {
    change(cx, holder, id, Installed::Absent)
}

fn change(cx: &Cx<'_>, holder: Holder<'_>, id: &str, wanted: Installed) -> Outcome {
    let owner = cx.owner(holder)?;
    let (number, _) = apps::find(cx, owner.id, id)?;
    let mut state = cx.world.state();
    let desk = state.seat(owner.seat).ok_or(GraphError::NOT_FOUND)?;
    if desk.installed(number) == Installed::Absent {
        return Err(GraphError::NOT_FOUND);
    }
    let pinned = owner
        .person
        .is_some_and(|person| number == 0 && person.setup == SetupPolicy::PinsTheApp);
    if pinned && wanted == Installed::Absent {
        return Err(GraphError::forbidden(
            "Trying to RemoveUserAppEntitlement for an App that is explicitly preinstalled by the tenant admin.",
        )
        .inner("AppIsTenantAdminPreinstalled"));
    }
    state.change_app_of(owner.seat, number, wanted, cx.exchange.now);
    drop(state);
    Ok(reply::empty(StatusCode::NO_CONTENT))
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

/// An app with permissions of its own needs consent to exactly them, from
/// somebody who may give it; if they are all delegated, none is needed.
fn check_consent(cx: &Cx<'_>, app: &App, body: Option<&Value>) -> Result<(), GraphError> {
    let mut required: Vec<(String, String)> = app
        .permissions()
        .map(|(name, kind)| (name.to_owned(), kind.in_graph().to_owned()))
        .collect();
    if !app.resource_specific.is_empty() && !access::may_consent(cx.grant) {
        return Err(GraphError::new(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailed",
            "Failed to execute request: IsUserAuthorizedToGrantGroupResourceSpecificPermissions is not satisfied.",
        ));
    }
    let consented = body
        .and_then(|body| body.pointer("/consentedPermissionSet/resourceSpecificPermissions"))
        .and_then(Value::as_array);
    if consented.is_none() && app.resource_specific.is_empty() {
        return Ok(());
    }
    let text = |entry: &Value, name| entry.get(name)?.as_str().map(str::to_owned);
    let mut consented: Vec<(String, String)> = consented
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let kind = text(entry, "permissionType")?.to_ascii_lowercase();
            Some((text(entry, "permissionValue")?, kind))
        })
        .collect();
    consented.sort_unstable();
    required.sort_unstable();
    if consented == required {
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
