//! A team: the app in it, and the id under which the bot knows it.

use std::{
    num::NonZeroU32,
    sync::{Arc, PoisonError},
};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use crate::{
    model::ChatId,
    remote::{Budget, Outgoing, Rank, Repeat, Trouble, encode},
};

use super::{
    Graph, Installed,
    refusal::{Asked, judge},
    users::read,
};

/// Requests a second for any one team: four are allowed (page "Microsoft Graph
/// service-specific throttling limits"), and on the way some catch up with others.
const FOR_ONE_TEAM: f64 = 3.6;

#[derive(Deserialize)]
struct WireInstallations {
    value: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTeam {
    internal_id: Option<String>,
}

impl Graph {
    /// The id of the team's conversation, by which the bot asks who is in it
    /// (`internalId` on page "team resource type").
    pub async fn team_conversation(&self, team: &str) -> Result<Option<ChatId>, Trouble> {
        let path = format!("/teams/{}", encode(team));
        let outgoing = Outgoing::get(self.url(&path, &[("$select", "id,internalId")]));
        self.team_turn(team).await?;
        let budget = &self.budgets().graph_read;
        let answer = self.call(budget, &outgoing, Asked::Team).await?;
        let id = read::<WireTeam>(&answer)?.internal_id;
        Ok(id.and_then(|id| ChatId::new(id).ok()))
    }

    /// Whether the app is installed in the team (page "List apps in team").
    pub async fn is_in_team(&self, team: &str) -> Result<bool, Trouble> {
        let filter = format!(
            "teamsApp/id eq '{}'",
            self.catalog.as_str().replace('\'', "''")
        );
        let query = [("$expand", "teamsApp"), ("$filter", filter.as_str())];
        let outgoing = Outgoing::get(self.url(&apps_of(team), &query));
        self.team_turn(team).await?;
        let budget = &self.budgets().installed_apps_read;
        let answer = self.call(budget, &outgoing, Asked::TeamApps).await?;
        Ok(!read::<WireInstallations>(&answer)?.value.is_empty())
    }

    /// Installs the app in the team (page "Add app to team"). Repeating is
    /// harmless: a second time answers 409.
    pub async fn install_in_team(&self, team: &str) -> Result<Installed, Trouble> {
        let app = format!("/appCatalogs/teamsApps/{}", encode(self.catalog.as_str()));
        let body = json!({"teamsApp@odata.bind": self.url(&app, &[]).as_str()});
        let outgoing = Outgoing::post(self.url(&apps_of(team), &[]), &body, Repeat::Harmless);
        self.team_turn(team).await?;
        let budget = &self.budgets().installed_apps_write;
        match self.try_call(budget, &outgoing).await? {
            Ok(_) => Ok(Installed::ByUs),
            Err(answer) if answer.status == 409 => Ok(Installed::Before),
            Err(answer) => Err(judge(&answer, Asked::TeamInstall)),
        }
    }

    /// Waits until the team may be asked for something once more.
    pub(super) async fn team_turn(&self, team: &str) -> Result<(), Trouble> {
        let budget = {
            let mut teams = self.teams.lock().unwrap_or_else(PoisonError::into_inner);
            let budget = teams.entry(team.to_owned());
            Arc::clone(budget.or_insert_with(|| Arc::new(Budget::new("team", FOR_ONE_TEAM))))
        };
        let turn = budget.pass(NonZeroU32::MIN, Rank::Due, self.stop()).await?;
        drop(turn);
        Ok(())
    }
}

fn apps_of(team: &str) -> String {
    format!("/teams/{}/installedApps", encode(team))
}
