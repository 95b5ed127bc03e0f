//! The app as the catalogue knows it, against who signs in.

use crate::{
    campaign::{AppName, Campaign, Install, Resolve},
    graph::{AppKey, CatalogApp, CatalogEntry, Graph},
    identity::Claims,
    remote::Trouble,
};

use super::{
    Check, Finding,
    permissions::{self, Declares, READS_CATALOGUE},
};

/// The app, where the catalogue could be asked, and what was found of it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) app: Option<CatalogApp>,
    pub(super) findings: Vec<Finding>,
}

impl Found {
    /// Nothing but `finding`, and that the rest depends on it.
    fn only(finding: Finding) -> Self {
        let reason = "the catalogue does not tell";
        let rest = [Check::AppRegistration, Check::AppPermissions, Check::Bot];
        let mut findings = vec![finding];
        findings.extend(rest.map(|check| Finding::not_checked(check, reason)));
        Self {
            app: None,
            findings,
        }
    }

    /// Nothing was asked, for this reason.
    pub(super) fn nothing(reason: &str) -> Self {
        Self::only(Finding::not_checked(Check::App, reason))
    }

    pub(super) fn declares(&self) -> Declares {
        match &self.app {
            Some(app) if !app.own_permissions.is_empty() => Declares::Permissions,
            Some(_) | None => Declares::Nothing,
        }
    }
}

/// Looks the app up and holds it against `claims`.
pub(super) async fn look_up(campaign: &Campaign, graph: &Graph, claims: Option<&Claims>) -> Found {
    let (key, id, how) = match &campaign.app.name {
        AppName::Catalog(id) => (AppKey::Catalog(id), id.as_str(), "app.catalog_id"),
        AppName::Manifest(id) => (AppKey::Manifest(id), id.as_str(), "app.manifest_id"),
    };
    let by_manifest = matches!(key, AppKey::Manifest(_));
    let may_read = claims.is_none_or(permissions::reads_catalogue);
    if !may_read {
        return Found::only(unreadable(by_manifest));
    }
    let found = match graph.catalog_entry(key).await {
        Ok(found) => found,
        Err(trouble) => {
            let detail = format!("the app catalogue cannot be read: {}", trouble.words());
            return Found::only(match trouble {
                // It would befall everybody else as well.
                Trouble::Blocked(_) => {
                    let advice = "see to the token of Graph: a run would be refused the same way";
                    Finding::failed(Check::App, detail, advice)
                }
                Trouble::Person { .. } | Trouble::Stopped if by_manifest => {
                    let advice = "run again; if it stays, give app.catalog_id";
                    Finding::failed(Check::App, detail, advice)
                }
                Trouble::Person { .. } | Trouble::Stopped => {
                    let advice = "run again; if it stays, see what Graph says";
                    Finding::warning(Check::App, detail, advice)
                }
            });
        }
    };
    match found {
        CatalogEntry::NotAllowed => Found::only(unreadable(by_manifest)),
        CatalogEntry::Absent => Found::only(Finding::failed(
            Check::App,
            format!("no app with {how} `{id}` is in the organisation's catalogue"),
            format!("publish it in the Teams admin centre or correct {how}"),
        )),
        CatalogEntry::Found(app) => {
            let findings = vec![
                published(&app),
                registration(campaign, &app, claims),
                own_permissions(campaign, &app, claims),
                bot(campaign, &app),
            ];
            Found {
                app: Some(app),
                findings,
            }
        }
    }
}

fn unreadable(needed: bool) -> Finding {
    let least = READS_CATALOGUE.first().copied().unwrap_or_default();
    if needed {
        return Finding::failed(
            Check::App,
            format!("looking up app.manifest_id: a permission is missing, {least}"),
            format!(
                "give app.catalog_id instead, or {}",
                permissions::grant(least)
            ),
        );
    }
    let reason = format!("the token may not read the catalogue; {least} would let it");
    Finding::not_checked(Check::App, reason)
}

fn published(app: &CatalogApp) -> Finding {
    let name = app.name.as_deref().unwrap_or("the app");
    let id = &app.id;
    match app.state.as_deref() {
        Some(state) if state.eq_ignore_ascii_case("published") => {
            Finding::ok(Check::App, format!("{name} is published ({id})"))
        }
        Some(state) => Finding::failed(
            Check::App,
            format!("{name} is in the catalogue, but {state} and not published"),
            "approve it in the Teams admin centre, under Manage apps",
        ),
        None => Finding::ok(Check::App, format!("{name} is in the catalogue ({id})")),
    }
}

/// With a permission for its own app only, a token of another app sees nobody
/// who has this one, and nothing says why.
fn registration(campaign: &Campaign, app: &CatalogApp, claims: Option<&Claims>) -> Finding {
    let check = Check::AppRegistration;
    let asks_graph = campaign.delivery.install == Install::IfMissing
        || campaign.delivery.resolve != Resolve::Connector;
    let token = claims.and_then(|claims| claims.appid.as_deref());
    let (Some(client), Some(token)) = (app.client_app.as_deref(), token) else {
        let reason = "neither token nor catalogue says which registration it is";
        return Finding::not_checked(check, reason);
    };
    if client.eq_ignore_ascii_case(token) {
        return Finding::ok(check, format!("the app and the token are both of {client}"));
    }
    let only_own = claims.is_some_and(permissions::only_its_own_app);
    if !asks_graph || !only_own {
        let detail = format!("the app is of {client}, and the token of {token} may handle any app");
        return Finding::ok(check, detail);
    }
    Finding::failed(
        check,
        format!(
            "the app is of {client} (webApplicationInfo.id in its manifest), the token of {token}, \
             and its permission covers its own app only: everybody would seem to lack the app"
        ),
        format!(
            "sign in as {client}, correct webApplicationInfo.id and publish the app again, or \
             grant TeamsAppInstallation.ReadWriteForUser.All"
        ),
    )
}

/// Installing an app that asks for permissions of its own means consenting.
fn own_permissions(campaign: &Campaign, app: &CatalogApp, claims: Option<&Claims>) -> Finding {
    let check = Check::AppPermissions;
    let asked = app.own_permissions.join(", ");
    if asked.is_empty() {
        return Finding::ok(
            check,
            "the app asks for no application permissions of its own",
        );
    }
    if campaign.delivery.install == Install::Never {
        let detail = format!("the app asks for {asked}; nothing is installed");
        return Finding::ok(check, detail);
    }
    if campaign.delivery.install == Install::Team {
        let reason = format!("the app asks for {asked}; in teams, consent is not looked into");
        return Finding::not_checked(check, reason);
    }
    match claims {
        None => Finding::not_checked(check, "the token does not say what it allows"),
        Some(claims) if permissions::may_consent(claims) => {
            Finding::ok(check, format!("the token may consent to {asked}"))
        }
        Some(_) => Finding::failed(
            check,
            format!("the app asks for {asked}, and the token may not consent to that"),
            permissions::grant_consent(),
        ),
    }
}

fn bot(campaign: &Campaign, app: &CatalogApp) -> Finding {
    let (check, wanted) = (Check::Bot, &campaign.app.bot_id);
    match app.bot.as_deref() {
        None => Finding::not_checked(check, "the catalogue does not tell of the app's bot"),
        Some(bot) if bot.eq_ignore_ascii_case(wanted) => {
            Finding::ok(check, format!("the app's bot is {bot}"))
        }
        Some(bot) => Finding::failed(
            check,
            format!("the app's bot is {bot}, and app.bot_id is {wanted}"),
            "correct app.bot_id, or the botId in the app's manifest",
        ),
    }
}
