//! What a request to Graph spends.

use super::{
    GraphCall,
    error::{GraphError, Throttled},
};
use crate::simulator::{
    quota::{
        ledger::Exceeded,
        limits::{Budget, Counter},
    },
    reply::{self, Reply},
    request::Exchange,
    world::World,
};

/// Resource units of the directory that a request cost, if it cost any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Units(Option<u64>);

/// Counts a request, and refuses one too many.
pub(crate) fn pass(
    world: &World,
    exchange: &Exchange,
    call: &GraphCall<'_>,
) -> Result<Units, GraphError> {
    let (budget, cost) = price(exchange, call);
    let place = call.person(&world.tenant);
    let counters: &[Counter] = match call {
        GraphCall::GetChat(..) => &[Counter::ChatsOfUser, Counter::Chat],
        GraphCall::ListChats(_) => &[Counter::ChatsOfUser],
        GraphCall::ListMessages(_) => &[Counter::Chat],
        GraphCall::ListUsers
        | GraphCall::GetUser(_)
        | GraphCall::ListInstalled(_)
        | GraphCall::Install(_)
        | GraphCall::GetInstalled(..)
        | GraphCall::Upgrade(..)
        | GraphCall::Uninstall(..)
        | GraphCall::ListCatalog
        | GraphCall::OtherMethod
        | GraphCall::Unknown(_) => &[],
    };
    let mut state = world.state();
    // Every quota counts the attempt, whichever of them refuses it.
    let mut refused: Option<Throttled> = None;
    let mut note = |outcome: Result<(), Exceeded>, budget| {
        if let Err(Exceeded { wait }) = outcome
            && refused.is_none_or(|before| before.wait < Some(wait))
        {
            refused = Some(Throttled {
                wait: Some(wait),
                budget,
            });
        }
    };
    note(
        state.ledger.spend(exchange.now, Budget::Graph, 1),
        Some(Budget::Graph),
    );
    if let Some(budget) = budget {
        note(state.ledger.spend(exchange.now, budget, cost), Some(budget));
    }
    for counter in counters {
        if let Some(place) = place {
            note(state.ledger.count(exchange.now, *counter, place), None);
        }
    }
    drop(state);
    match refused {
        Some(throttled) => Err(GraphError::throttled(throttled)),
        None => Ok(Units((budget == Some(Budget::Directory)).then_some(cost))),
    }
}

/// Says what a request cost, where the directory says so.
pub(crate) fn report(world: &World, reply: &mut Reply, units: Units) {
    let Some(cost) = units.0 else { return };
    reply::header(reply, "x-ms-resource-unit", &cost.to_string());
    let spent = world.state().ledger.spent(Budget::Directory);
    if 0.8 <= spent {
        reply::header(
            reply,
            "x-ms-throttle-limit-percentage",
            &format!("{:.1}", spent.min(1.8)),
        );
    }
}

fn price(exchange: &Exchange, call: &GraphCall<'_>) -> (Option<Budget>, u64) {
    match call {
        GraphCall::ListUsers => (Some(Budget::Directory), units(exchange, 2)),
        GraphCall::GetUser(_) => (Some(Budget::Directory), units(exchange, 1)),
        GraphCall::ListInstalled(_) | GraphCall::GetInstalled(..) => {
            (Some(Budget::InstalledAppsRead), 1)
        }
        GraphCall::Install(_) => (Some(Budget::InstalledAppsWrite), 1),
        GraphCall::Uninstall(..) => (Some(Budget::InstalledAppsDelete), 1),
        GraphCall::Upgrade(..) => (Some(Budget::GraphWrite), 1),
        GraphCall::GetChat(..) | GraphCall::ListChats(_) | GraphCall::ListMessages(_) => {
            (Some(Budget::GraphRead), 1)
        }
        GraphCall::ListCatalog => (Some(Budget::CatalogRead), 1),
        GraphCall::OtherMethod | GraphCall::Unknown(_) => (None, 0),
    }
}

/// `$select` and a small `$top` make a query cheaper, `$expand` dearer; one unit is the least.
fn units(exchange: &Exchange, base: u64) -> u64 {
    let Ok(query) = &exchange.query else {
        return base;
    };
    let expand = u64::from(query.get("$expand").is_some());
    let small = query
        .get("$top")
        .and_then(|top| top.parse::<u64>().ok())
        .is_some_and(|top| top < 20);
    let savings = u64::from(query.get("$select").is_some()) + u64::from(small);
    (base + expand).saturating_sub(savings).max(1)
}
