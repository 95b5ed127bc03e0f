//! What all Graph endpoints share: base, service, budgets, judging.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    model::CatalogId,
    remote::{Answer, Budget, CallError, Outgoing, Pass, Rank, Service, Trouble, endpoint},
};

use super::refusal::{Asked, judge};

/// The budgets Graph calls are paid from.
#[derive(Debug, Clone)]
pub struct GraphBudgets {
    /// Users and groups, in resource units.
    pub directory: Arc<Budget>,
    /// `GET installedApps`.
    pub installed_apps_read: Arc<Budget>,
    /// `POST` and `DELETE installedApps`.
    pub installed_apps_write: Arc<Budget>,
    /// Other Teams reads, as `/chat`.
    pub graph_read: Arc<Budget>,
    /// The members of teams.
    pub team_members_read: Arc<Budget>,
}

/// Microsoft Graph, for one app of one tenant.
#[derive(Debug, Clone)]
pub struct Graph {
    base: Url,
    service: Service,
    budgets: GraphBudgets,
    pub(super) catalog: CatalogId,
    /// What any one team may be asked, by its id.
    pub(super) teams: Arc<Mutex<HashMap<String, Arc<Budget>>>>,
    stop: CancellationToken,
}

impl Graph {
    /// Graph at `base` (`https://graph.microsoft.com`, without version), for
    /// the app `catalog`. `stop` ends every wait.
    pub fn new(
        base: Url,
        service: Service,
        budgets: GraphBudgets,
        catalog: CatalogId,
        stop: CancellationToken,
    ) -> Self {
        Self {
            base,
            service,
            budgets,
            catalog,
            teams: Arc::default(),
            stop,
        }
    }

    /// The configured base, which next-page links must share.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// What calls are paid from.
    pub fn budgets(&self) -> &GraphBudgets {
        &self.budgets
    }

    /// Leave for one request from `budget`, for callers who have no other way.
    pub async fn pass(&self, budget: &Budget) -> Result<Pass, Trouble> {
        Ok(budget.pass(NonZeroU32::MIN, Rank::Due, &self.stop).await?)
    }

    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The v1.0 URL of `path`, whose segments are encoded already.
    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        endpoint(&self.base, &format!("/v1.0{path}"), query)
    }

    /// The successful answer, or the refusal itself for callers that know
    /// what to make of it.
    pub(super) async fn try_call(
        &self,
        budget: &Budget,
        outgoing: &Outgoing,
    ) -> Result<Result<Answer, Box<Answer>>, Trouble> {
        let pass = budget.pass(outgoing.units, Rank::Due, &self.stop).await?;
        self.try_call_with(pass, budget, outgoing).await
    }

    /// As [`Self::try_call`], for a caller who has waited for `budget` already.
    pub(super) async fn try_call_with(
        &self,
        pass: Pass,
        budget: &Budget,
        outgoing: &Outgoing,
    ) -> Result<Result<Answer, Box<Answer>>, Trouble> {
        let called = self.service.call_with(pass, budget, outgoing, &self.stop);
        match called.await {
            Ok(answer) => Ok(Ok(answer)),
            Err(CallError::Refused(answer)) => Ok(Err(answer)),
            Err(CallError::GaveUp { fault, evidence }) => Err(Trouble::gave_up(fault, evidence)),
            Err(CallError::Unknown { evidence }) => Err(Trouble::Person {
                cause: crate::model::Cause::ServiceError,
                evidence,
            }),
            Err(CallError::Stopped) => Err(Trouble::Stopped),
            Err(CallError::Blocked(blocker)) => Err(Trouble::Blocked(blocker)),
        }
    }

    /// The successful answer, refusals judged as an answer to `asked`.
    pub(super) async fn call(
        &self,
        budget: &Budget,
        outgoing: &Outgoing,
        asked: Asked,
    ) -> Result<Answer, Trouble> {
        match self.try_call(budget, outgoing).await? {
            Ok(answer) => Ok(answer),
            Err(answer) => Err(judge(&answer, asked)),
        }
    }
}
