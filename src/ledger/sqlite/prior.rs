//! What a run would find in the ledger, found out without beginning one.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use sqlx::SqliteConnection;
use tokio::sync::Mutex;

use super::super::needs::Needs;
use super::super::{CampaignKey, entry};
use super::lock::CampaignLock;
use super::schema::{self, Format};
use super::{Desk, OpenError, Purpose, ReadError, Scope, load, open, place, reader, rescue};
use crate::model::{ObjectId, State};

/// What earlier runs know of the people of a campaign, and all campaigns of
/// their chats. Nothing is created, changed or taken.
#[derive(Debug)]
pub struct Prior {
    connection: Mutex<SqliteConnection>,
    scope: Scope,
}

/// What is known of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Where they stand in the campaign, if an earlier run came to them.
    pub state: Option<State>,
    /// Whether their chat is known, from this campaign or another one.
    pub has_chat: bool,
}

impl Prior {
    /// Opens the ledger at `path`, with the refusals of a run; nothing where a
    /// run would make a new one.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as a run that is begun now would get it. Only a ledger of
    /// an older format is refused here, and brought up to date by a run.
    pub async fn open(
        path: &Path,
        key: &CampaignKey,
        purpose: &Purpose,
    ) -> Result<Option<Self>, OpenError> {
        let rescued = rescue::copy_of(path);
        if !path.exists() && rescued.exists() {
            return Err(OpenError::OnlyRescued { copy: rescued });
        }
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let remembered = CampaignLock::remembered(&real, &key.name).map_err(OpenError::file)?;
        let lost = || OpenError::Lost {
            campaign: key.name.clone(),
            lock: CampaignLock::path_of(&real, &key.name),
        };
        if !path.exists() {
            return match remembered {
                Some(_) => Err(lost()),
                None => Ok(None),
            };
        }
        let names = place::names(&real).map_err(OpenError::file)?;
        if 1 < names {
            return Err(OpenError::ManyNames { names });
        }
        if CampaignLock::is_held(&real, &key.name) {
            return Err(OpenError::InUse {
                campaign: key.name.clone(),
            });
        }
        let mut connection = reader::read_only(&real).await?;
        // As a run leaves it that was stopped while it made it.
        if schema::format(&mut connection).await? == Format::Empty {
            return match remembered {
                Some(_) => Err(lost()),
                None => Ok(None),
            };
        }
        if let Some(remembered) = remembered {
            if !open::is_known(&mut connection, &key.name).await? {
                return Err(lost());
            }
            let last_event = open::last_event(&mut connection, &key.name).await?;
            if last_event < remembered {
                return Err(OpenError::Older {
                    campaign: key.name.clone(),
                    last_event,
                    remembered,
                    lock: CampaignLock::path_of(&real, &key.name),
                });
            }
        }
        open::check_campaign(&mut connection, key, purpose).await?;
        Ok(Some(Self {
            connection: Mutex::new(connection),
            scope: Scope {
                key: key.clone(),
                run: 0,
            },
        }))
    }

    /// What is known of each of `people`; of whom nothing is known is left out.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub async fn of(
        &self,
        people: &BTreeSet<ObjectId>,
    ) -> Result<HashMap<ObjectId, Whereabouts>, ReadError> {
        let mut connection = self.connection.lock().await;
        let needs = Needs {
            people: people.clone(),
            addresses: people.clone(),
            ..Needs::default()
        };
        let mut desk = Desk::default();
        load::needs(&mut connection, &self.scope, needs, &mut desk).await?;
        let book = desk.book;
        let known = people.iter().filter_map(|id| {
            let (person, has_address) = (book.people.get(id), book.addresses.get(id).is_some());
            let is_known = person.is_some() || has_address;
            is_known.then(|| (id.clone(), whereabouts(person, has_address)))
        });
        Ok(known.collect())
    }
}

fn whereabouts(person: Option<&entry::Recipient>, has_address: bool) -> Whereabouts {
    let state = person.map(|person| person.state.clone());
    let is_addressed = matches!(state, Some(State::Addressed { .. } | State::Sending { .. }));
    Whereabouts {
        has_chat: is_addressed || has_address,
        state,
    }
}
