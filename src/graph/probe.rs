//! Small questions that show whether larger ones will be answered.

use crate::remote::{Outgoing, Trouble};

use super::{Graph, refusal::Asked};

/// What makes a filter one the directory answers in full.
const ADVANCED: (&str, &str) = ("ConsistencyLevel", "eventual");

impl Graph {
    /// Whether the directory answers for all users, or those that match
    /// `filter`, by asking for one of them.
    pub async fn probe_users(&self, filter: Option<&str>) -> Result<(), Trouble> {
        let mut query = vec![("$select", "id"), ("$top", "1")];
        if let Some(filter) = filter {
            query.extend([("$filter", filter), ("$count", "true")]);
        }
        let mut outgoing = Outgoing::get(self.url("/users", &query));
        outgoing.headers.push(ADVANCED);
        let budget = &self.budgets().directory;
        self.call(budget, &outgoing, Asked::Directory)
            .await
            .map(drop)
    }
}
