//! Looking up the people of neighbouring rows with one request.

use std::sync::Arc;

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use crate::{
    audience,
    graph::{Lookup, TOGETHER, go_together},
    ledger::Standing,
    model::{Listed, Row, RowContent, UserKey},
    remote::{Blocker, Trouble},
};

use super::{Cx, row::is_open};

/// What came of a request for several people; nothing where it was no use.
type Found = Result<Option<Arc<[Option<Lookup>]>>, Blocker>;

/// One row's part in a request that its neighbours share. Whoever needs it
/// first makes it.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    request: Shared<BoxFuture<'a, Found>>,
    place: usize,
}

impl Ask<'_> {
    /// Who the row's user is; nothing where they have to be asked for alone.
    pub(super) async fn answer(self) -> Result<Option<Lookup>, Trouble> {
        let found = self.request.await.map_err(Trouble::Blocked)?;
        Ok(found.and_then(|found| found.get(self.place).cloned().flatten()))
    }
}

/// For each of `rows`, the request it shares with others, if any does.
pub(super) fn together<'a>(cx: Cx<'a>, rows: &[(Row, Standing)]) -> Vec<Option<Ask<'a>>> {
    let mut asks: Vec<Option<Ask<'a>>> = rows.iter().map(|_| None).collect();
    let mut open: Vec<(usize, &UserKey)> = rows
        .iter()
        .enumerate()
        .filter_map(|(place, (row, standing))| Some((place, wanted(cx, row, standing)?)))
        .collect();
    while let Some((_, first)) = open.first().copied() {
        let (mut alike, rest): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|(_, key)| go_together(first, key));
        open = rest;
        while !alike.is_empty() {
            let group: Vec<_> = alike.drain(..alike.len().min(TOGETHER)).collect();
            share(cx, &group, &mut asks);
        }
    }
    asks
}

/// Whether somebody of whom only the object id is known will do.
pub(super) fn id_is_enough(cx: Cx<'_>, listed: &Listed) -> bool {
    audience::id_is_enough(cx.rules, cx.bounds, cx.message.fields(), listed)
}

/// The key by which the row's user has to be looked up, if they have to.
fn wanted<'r>(cx: Cx<'_>, row: &'r Row, standing: &Standing) -> Option<&'r UserKey> {
    let RowContent::Listed(listed) = &row.content else {
        return None;
    };
    let known = match standing {
        Standing::New => false,
        Standing::Known { .. } => true,
        Standing::Settled(outcome) => !is_open(cx, *outcome, listed),
    };
    let by_id = matches!(listed.key, UserKey::ObjectId(_)) && id_is_enough(cx, listed);
    (!known && !by_id && listed.person.is_none()).then_some(&listed.key)
}

fn share<'a>(cx: Cx<'a>, group: &[(usize, &UserKey)], asks: &mut [Option<Ask<'a>>]) {
    // One alone is better asked for alone.
    if group.len() < 2 {
        return;
    }
    let keys: Vec<UserKey> = group.iter().map(|(_, key)| (*key).clone()).collect();
    let request = async move {
        match cx.graph.users(&keys).await {
            Ok(found) => Ok(Some(found.into())),
            Err(Trouble::Blocked(blocker)) => Err(blocker),
            Err(Trouble::Person { .. } | Trouble::Stopped) => Ok(None),
        }
    }
    .boxed()
    .shared();
    for (place, (row, _)) in group.iter().enumerate() {
        if let Some(ask) = asks.get_mut(*row) {
            *ask = Some(Ask {
                request: request.clone(),
                place,
            });
        }
    }
}
