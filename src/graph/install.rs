//! The app's installation for one person.

use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    model::{InstallationId, ObjectId},
    remote::{Delays, Outgoing, Pass, Repeat, Stopped, Trouble, encode},
};

use super::{
    Graph,
    refusal::{Asked, is_passing_install_fault, judge},
    users::read,
};

/// How often an install is repeated when the store behind it failed.
const PASSING_FAULTS: usize = 3;

/// Whether the app is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installation {
    /// It is, with this id.
    Present(InstallationId),
    /// It is not.
    Absent,
}

/// How the app came to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// Our request installed it (201).
    ByUs,
    /// It was there already (409).
    Before,
}

#[derive(Deserialize)]
struct WireInstallations {
    value: Vec<WireInstallation>,
}

#[derive(Deserialize)]
struct WireInstallation {
    id: String,
}

impl Graph {
    /// Whether the app is installed for `person` (page "List apps installed
    /// for user"). `pass` is for `installed_apps_read`.
    pub async fn installation(
        &self,
        pass: Pass,
        person: &ObjectId,
    ) -> Result<Installation, Trouble> {
        let filter = format!(
            "teamsApp/id eq '{}'",
            self.catalog.as_str().replace('\'', "''")
        );
        let path = format!("/users/{}/teamwork/installedApps", encode(person.as_str()));
        let url = self.url(&path, &[("$expand", "teamsApp"), ("$filter", &filter)]);
        let budget = &self.budgets().installed_apps_read;
        let answer = self
            .try_call_with(pass, budget, &Outgoing::get(url))
            .await?
            .map_err(|answer| judge(&answer, Asked::Installation))?;
        let list: WireInstallations = read(&answer)?;
        Ok(list
            .value
            .into_iter()
            .find_map(|installation| InstallationId::new(installation.id).ok())
            .map_or(Installation::Absent, Installation::Present))
    }

    /// Installs the app for `person` (page "Install app for user"). Repeating
    /// is harmless: a second time answers 409. `pass` is for
    /// `installed_apps_write`.
    pub async fn install(&self, pass: Pass, person: &ObjectId) -> Result<Installed, Trouble> {
        let app = format!("/appCatalogs/teamsApps/{}", encode(self.catalog.as_str()));
        let app = self.url(&app, &[]);
        let path = format!("/users/{}/teamwork/installedApps", encode(person.as_str()));
        let body = json!({"teamsApp@odata.bind": app.as_str()});
        let outgoing = Outgoing::post(self.url(&path, &[]), &body, Repeat::Harmless);
        let budget = &self.budgets().installed_apps_write;
        let mut delays = Delays::new(|delay| delay).take(PASSING_FAULTS);
        let mut answer = self.try_call_with(pass, budget, &outgoing).await?;
        loop {
            let refused = match answer {
                Ok(_) => return Ok(Installed::ByUs),
                Err(answer) if answer.status == 409 => return Ok(Installed::Before),
                Err(answer) => answer,
            };
            match delays.next() {
                Some(delay) if is_passing_install_fault(&refused) => tokio::select! {
                    biased;
                    () = self.stop().cancelled() => return Err(Stopped.into()),
                    () = sleep(delay) => {}
                },
                Some(_) | None => return Err(judge(&refused, Asked::Install)),
            }
            answer = self.try_call(budget, &outgoing).await?;
        }
    }
}
