//! Who is in a team that has the bot.

use serde::Deserialize;

use crate::{
    model::{Cause, ChatId, MemberId, ObjectId},
    remote::{Outgoing, Trouble, encode, endpoint},
};

use super::{Connector, SendError, client::refused};

/// The largest page Teams gives (page "Get Teams specific context for your bot").
const PAGE_SIZE: &str = "500";

/// Somebody in a team, as the bot knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// By the directory's id.
    pub person: ObjectId,
    /// By the bot's.
    pub id: MemberId,
}

/// A page of a team's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Those of them whom the directory knows.
    pub members: Vec<Member>,
    /// With what to ask for the next page, if there is one.
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRoster {
    members: Vec<WireMember>,
    continuation_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMember {
    id: String,
    aad_object_id: Option<String>,
    object_id: Option<String>,
}

impl Connector {
    /// A page of the members of the team whose conversation is `team`: the
    /// first, or the one at `next`.
    ///
    /// # Errors
    ///
    /// [`SendError::ChatGone`] when the app is not in the team.
    pub async fn roster(&self, team: &ChatId, next: Option<&str>) -> Result<Roster, SendError> {
        let path = format!("/v3/conversations/{}/pagedmembers", encode(team.as_str()));
        let mut query = vec![("pageSize", PAGE_SIZE)];
        query.extend(next.map(|token| ("continuationToken", token)));
        let outgoing = Outgoing::get(endpoint(self.base(), &path, &query));
        let called = self.service.call(&self.budget, &outgoing, &self.stop).await;
        let answer = called.map_err(|error| refused(error, Cause::ServiceError))?;
        let page: WireRoster = answer.json().map_err(|detail| {
            SendError::Trouble(Trouble::person(Cause::ServiceError, &answer, None, detail))
        })?;
        Ok(Roster {
            members: page.members.into_iter().filter_map(member).collect(),
            next: page.continuation_token.filter(|token| !token.is_empty()),
        })
    }
}

fn member(wire: WireMember) -> Option<Member> {
    Some(Member {
        person: ObjectId::new(wire.aad_object_id.or(wire.object_id)?).ok()?,
        id: MemberId::new(wire.id).ok()?,
    })
}
