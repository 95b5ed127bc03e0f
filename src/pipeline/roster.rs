//! People who are reached through a team that has the app.

use std::collections::HashMap;

use tokio::time::sleep;

use crate::{
    campaign::{Install, Source},
    connector::{Connector, SendError},
    graph::{Graph, Installed},
    model::{ChatId, MemberId, ObjectId},
    remote::{Delays, Trouble},
};

use super::{Halt, directory::halt, listing::label};

/// How often a roster is asked for again right after the app was installed;
/// the delays grow from one second.
const POLLS: usize = 4;

/// Under which ids the bot knows the members of teams that have the app.
#[derive(Debug, Default)]
pub struct Rosters(HashMap<ObjectId, MemberId>);

impl Rosters {
    /// Reads the teams among `sources`, as far as they have the app; installs
    /// it first where `install` says so.
    ///
    /// # Errors
    ///
    /// [`Halt`] where a team cannot be read or refuses the app.
    pub async fn read(
        graph: &Graph,
        connector: &Connector,
        sources: &[Source],
        install: Install,
    ) -> Result<Self, Halt> {
        let mut rosters = Self::default();
        for (place, source) in sources.iter().enumerate() {
            if let (Source::Team(id), Install::Never | Install::Team) = (source, install) {
                let team = Team {
                    graph,
                    connector,
                    id,
                };
                let read = team.read(install, &mut rosters).await;
                read.map_err(|trouble| halt(trouble, &label(sources, place)))?;
            }
        }
        Ok(rosters)
    }

    /// Whether nobody is reached through a team.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id under which the bot knows somebody of a team that has the app.
    pub fn member(&self, person: &ObjectId) -> Option<&MemberId> {
        self.0.get(person)
    }
}

/// A team, and who is asked about it.
struct Team<'a> {
    graph: &'a Graph,
    connector: &'a Connector,
    id: &'a str,
}

impl Team<'_> {
    async fn read(&self, install: Install, rosters: &mut Rosters) -> Result<(), Trouble> {
        let Some(conversation) = self.graph.team_conversation(self.id).await? else {
            return Ok(());
        };
        let is_new = install == Install::Team && self.install().await?;
        let mut delays = Delays::new(|delay| delay).take(if is_new { POLLS } else { 0 });
        loop {
            match self.members(&conversation, rosters).await {
                Ok(()) => return Ok(()),
                // The bot is not in the team: nobody is reached through it.
                Err(SendError::ChatGone(_)) => match delays.next() {
                    Some(delay) => sleep(delay).await,
                    None => return Ok(()),
                },
                Err(SendError::Unknown(evidence)) => {
                    let cause = crate::model::Cause::ServiceError;
                    return Err(Trouble::Person { cause, evidence });
                }
                Err(SendError::Trouble(trouble)) => return Err(trouble),
            }
        }
    }

    /// Installs the app unless it is there; says whether it was not.
    async fn install(&self) -> Result<bool, Trouble> {
        if self.graph.is_in_team(self.id).await? {
            return Ok(false);
        }
        Ok(self.graph.install_in_team(self.id).await? == Installed::ByUs)
    }

    async fn members(&self, team: &ChatId, rosters: &mut Rosters) -> Result<(), SendError> {
        let mut next: Option<String> = None;
        loop {
            let page = self.connector.roster(team, next.as_deref()).await?;
            let members = page.members.into_iter();
            rosters
                .0
                .extend(members.map(|member| (member.person, member.id)));
            match page.next {
                // The same token again would lead round in a circle.
                Some(token) if next.as_ref() != Some(&token) => next = Some(token),
                Some(_) | None => return Ok(()),
            }
        }
    }
}
