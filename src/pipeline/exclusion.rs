//! Whom the campaign's `exclude` leaves out, before anybody is touched.

use std::pin::pin;

use futures::{StreamExt, stream};
use tracing::warn;

use crate::{
    audience::{AudienceError, Excluded, NAMES_NOBODY},
    campaign::Source,
    graph::{Graph, Lookup, TOGETHER, groups},
    model::{RowContent, UserKey},
};

use super::{
    Halt,
    directory::halt,
    listing::{Supply, rows},
};

/// Names that are kept until they are looked up together.
const WAITING: usize = 20 * TOGETHER;
/// Lookups under way at once.
const AT_ONCE: usize = 20;
/// What the list is called where it cannot be read.
const NAME: &str = "audience.exclude";

/// Reads everybody who is left out, by the object id under which they are met.
///
/// # Errors
///
/// Any [`Halt`]: half a list would let people through who are to be left out.
pub async fn excluded(sources: &[Source], supply: Supply<'_>) -> Result<Excluded, Halt> {
    let mut reading = Reading::default();
    let mut rows = pin!(rows(sources, supply));
    while let Some(row) = rows.next().await {
        let row = row?;
        match row.content {
            RowContent::Listed(listed) => match listed.key {
                UserKey::ObjectId(id) => reading.excluded.add(&id),
                key @ (UserKey::UserPrincipalName(_) | UserKey::Mail(_) | UserKey::Either(_)) => {
                    reading.names.push(key);
                }
            },
            RowContent::Malformed { reason, .. } if NAMES_NOBODY.contains(&&*reason) => {
                warn!(
                    row = row.label,
                    reason, "a row of audience.exclude names nobody"
                );
            }
            // It means somebody, who would be written to.
            RowContent::Malformed { reason, .. } => {
                let row = row.label;
                return Err(Halt::Audience(AudienceError::Exclusion { row, reason }));
            }
        }
        if WAITING <= reading.names.len() {
            reading.look_up(supply.graph).await?;
        }
    }
    reading.look_up(supply.graph).await?;
    if 0 < reading.unknown {
        let unknown = reading.unknown;
        warn!(
            unknown,
            "users of audience.exclude are not known to the directory"
        );
    }
    Ok(reading.excluded)
}

/// What was read of the list so far.
#[derive(Default)]
struct Reading {
    excluded: Excluded,
    /// Those whose object id is not known yet.
    names: Vec<UserKey>,
    unknown: u64,
}

impl Reading {
    async fn look_up(&mut self, graph: &Graph) -> Result<(), Halt> {
        let requests = groups(std::mem::take(&mut self.names));
        let answers = stream::iter(requests).map(|keys| graph.each_user(keys));
        let mut answers = pin!(answers.buffer_unordered(AT_ONCE));
        while let Some(answer) = answers.next().await {
            for (key, lookup) in answer.map_err(|trouble| halt(trouble, NAME))? {
                match lookup.map_err(|trouble| halt(trouble, NAME))? {
                    Lookup::Found(person) => self.excluded.add(&person.object_id),
                    Lookup::Ambiguous { .. } => self.excluded.add_name(key.as_str()),
                    Lookup::Unknown => {
                        self.unknown += 1;
                        self.excluded.add_name(key.as_str());
                    }
                }
            }
        }
        Ok(())
    }
}
