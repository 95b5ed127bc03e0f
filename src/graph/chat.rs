//! The chat between a person and the bot.

use serde::Deserialize;

use crate::{
    model::{ChatId, InstallationId, ObjectId},
    remote::{Outgoing, Pass, Trouble, encode},
};

use super::{
    Graph,
    refusal::{Asked, judge},
    users::read,
};

/// The chat of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chat {
    /// It exists.
    Found(ChatId),
    /// Not yet: right after an install it may take a moment.
    NotYet,
}

#[derive(Deserialize)]
struct WireChat {
    id: String,
}

impl Graph {
    /// The chat behind `installation` (page "Get chat between user and app").
    /// The id serves the Bot Connector unchanged. `pass` is for `graph_read`.
    pub async fn chat(
        &self,
        pass: Pass,
        person: &ObjectId,
        installation: &InstallationId,
    ) -> Result<Chat, Trouble> {
        let path = format!(
            "/users/{}/teamwork/installedApps/{}/chat",
            encode(person.as_str()),
            encode(installation.as_str())
        );
        let outgoing = Outgoing::get(self.url(&path, &[("$select", "id")]));
        let budget = &self.budgets().graph_read;
        match self.try_call_with(pass, budget, &outgoing).await? {
            Ok(answer) => {
                Ok(ChatId::new(read::<WireChat>(&answer)?.id).map_or(Chat::NotYet, Chat::Found))
            }
            Err(answer) if answer.status == 404 => Ok(Chat::NotYet),
            Err(answer) => Err(judge(&answer, Asked::Chat)),
        }
    }
}
