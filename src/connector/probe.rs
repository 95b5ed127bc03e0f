//! Whether the connector takes our token, found without writing to anybody.

use http::StatusCode;

use crate::remote::{CallError, Outgoing, Trouble, encode, endpoint};

use super::{
    client::Connector,
    refusal::{Meaning, judge},
};

/// No conversation has this id, so nobody's is read.
const NOBODY: &str = "teamcast-check";

impl Connector {
    /// Asks for a conversation that does not exist: who is not refused as a
    /// whole is known to the connector (Teams page "Build conversational
    /// capability", status codes). Gives the status of the answer.
    ///
    /// # Errors
    ///
    /// [`Trouble::Blocked`] where the bot, its channel or the cloud is wrong.
    pub async fn probe(&self) -> Result<Option<StatusCode>, Trouble> {
        let path = format!("/v3/conversations/{}/members", encode(NOBODY));
        let outgoing = Outgoing::get(endpoint(self.base(), &path, &[]));
        match self.call(&outgoing).await {
            Ok(answer) => Ok(Some(answer.status)),
            Err(CallError::Refused(answer)) => match judge(&answer).0 {
                Meaning::Everyone(blocker) => Err(Trouble::Blocked(blocker)),
                Meaning::ChatGone | Meaning::Person(_) => Ok(Some(answer.status)),
            },
            Err(CallError::GaveUp { fault, evidence }) => Err(Trouble::gave_up(fault, evidence)),
            Err(CallError::Unknown { .. }) => Ok(None),
            Err(CallError::Stopped) => Err(Trouble::Stopped),
            Err(CallError::Blocked(blocker)) => Err(Trouble::Blocked(blocker)),
        }
    }
}
