//! How many people an audience has, before anybody is touched.

use std::{future, pin::pin};

use futures::TryStreamExt;

use crate::{
    campaign::Source,
    graph::{List, Next, Page},
    remote::Trouble,
};

use super::{
    Halt,
    directory::{directory, halt},
    listing::{Supply, label, list_of},
};

/// How exactly an audience is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// To the last row.
    Rows,
    /// No further than to see that every source can be read.
    Readable,
}

/// Asks for every list of the directory among `sources`, so that one that
/// cannot be read stops the run before anybody is touched. Gives their rows,
/// which the service counts where it can; a list is read only where it cannot.
pub async fn size(sources: &[Source], supply: Supply<'_>, count: Count) -> Result<u64, Halt> {
    let mut rows = 0;
    for (place, source) in sources.iter().enumerate() {
        if let Some(list) = list_of(source) {
            rows += size_of(list, &label(sources, place), supply, count).await?;
        }
    }
    Ok(rows)
}

async fn size_of(
    list: List<'_>,
    name: &str,
    supply: Supply<'_>,
    count: Count,
) -> Result<u64, Halt> {
    let is_counted = list != List::Changes || supply.changes.is_everybody();
    let counted = if is_counted {
        supply.graph.count(list).await
    } else {
        Ok(None)
    };
    let failed = |trouble: Trouble| halt(trouble, name);
    match (counted.map_err(failed)?, count) {
        (Some(rows), _) => Ok(rows),
        // Its link is asked when it is read; should it be forgotten, everybody is.
        (None, Count::Readable) if list == List::Changes => Ok(0),
        (None, Count::Readable) => {
            let Page { entries, next } = supply.graph.first_page(list).await.map_err(failed)?;
            let more = u64::from(next != Next::End);
            Ok(entries.len() as u64 + more)
        }
        (None, Count::Rows) => {
            let rows = pin!(directory(supply, list, name.to_owned()));
            rows.try_fold(0, |rows, _| future::ready(Ok(rows + 1)))
                .await
        }
    }
}
