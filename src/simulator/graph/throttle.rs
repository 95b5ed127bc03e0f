//! What a request to Graph spends.

use super::{
    GraphCall,
    call::Depth,
    error::{GraphError, Throttled},
};
use crate::simulator::{
    quota::{
        ledger::Exceeded,
        limits::{Budget, Counter},
    },
    reply::{self, Reply},
    request::Exchange,
    state::Grant,
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
    grant: &Grant,
) -> Result<Units, GraphError> {
    // Nothing is asked by a batch itself; what is in it counts by itself.
    if matches!(call, GraphCall::Batch) {
        return Ok(Units(None));
    }
    let (budget, cost) = price(exchange, call);
    let counters = counters(world, call);
    let app = world.tenant.number_of(grant.app);
    let mut state = world.state();
    // Every quota counts the attempt, whichever of them refuses it.
    let mut refused: Option<Throttled> = None;
    let mut note = |outcome: Result<(), Exceeded>, budget: Option<Budget>| {
        if let Err(Exceeded { wait }) = outcome
            && refused.is_none_or(|before| before.wait < Some(wait))
        {
            refused = Some(Throttled {
                wait: Some(wait),
                spent: budget.map(|budget| (budget, app)),
            });
        }
    };
    note(
        state.ledger.spend(exchange.now, app, Budget::Graph, 1),
        Some(Budget::Graph),
    );
    if let Some(budget) = budget {
        note(
            state.ledger.spend(exchange.now, app, budget, cost),
            Some(budget),
        );
    }
    for (counter, place) in counters {
        note(state.ledger.count(exchange.now, app, counter, place), None);
    }
    drop(state);
    match refused {
        Some(throttled) => Err(GraphError::throttled(throttled)),
        None => Ok(Units((budget == Some(Budget::Directory)).then_some(cost))),
    }
}

/// Returns what is counted per person or per team.
fn counters(world: &World, call: &GraphCall<'_>) -> Vec<(Counter, usize)> {
    let lists_chats = matches!(call, GraphCall::ListChats(_) | GraphCall::GetChat(..));
    let reads_chat = matches!(call, GraphCall::GetChat(..) | GraphCall::ListMessages(_));
    let mut counters = Vec::new();
    if (lists_chats || reads_chat)
        && let Some(place) = call.person(&world.tenant)
    {
        counters.extend(lists_chats.then_some((Counter::ChatsOfUser, place)));
        counters.extend(reads_chat.then_some((Counter::Chat, place)));
    }
    let team = call.team(&world.tenant);
    counters.extend(team.map(|number| (Counter::Team, number)));
    counters
}

/// Says what a request cost, where the directory says so.
pub(crate) fn report(world: &World, grant: &Grant, reply: &mut Reply, units: Units) {
    let Some(cost) = units.0 else { return };
    reply::header(reply, "x-ms-resource-unit", &cost.to_string());
    let app = world.tenant.number_of(grant.app);
    let spent = world.state().ledger.spent(app, Budget::Directory);
    if 0.8 <= spent {
        reply::header(
            reply,
            "x-ms-throttle-limit-percentage",
            &format!("{:.1}", spent.min(1.8)),
        );
    }
}

fn price(exchange: &Exchange, call: &GraphCall<'_>) -> (Option<Budget>, u64) {
    let directory = |base| (Some(Budget::Directory), units(exchange, base));
    match call {
        GraphCall::ListUsers => directory(2),
        GraphCall::GetUser(_)
        | GraphCall::CountUsers
        | GraphCall::DeltaUsers
        | GraphCall::ListLicenses(_)
        | GraphCall::ListGroups
        | GraphCall::CountGroups
        | GraphCall::GetGroup(_) => directory(1),
        GraphCall::ListMembers(_, Depth::Direct, _)
        | GraphCall::CountMembers(_, Depth::Direct, _) => directory(3),
        GraphCall::ListMembers(_, Depth::Transitive, _)
        | GraphCall::CountMembers(_, Depth::Transitive, _) => directory(5),
        GraphCall::ListInstalled(_) | GraphCall::GetInstalled(..) => {
            (Some(Budget::InstalledAppsRead), 1)
        }
        GraphCall::Install(_) => (Some(Budget::InstalledAppsWrite), 1),
        GraphCall::Uninstall(..) => (Some(Budget::InstalledAppsDelete), 1),
        GraphCall::Upgrade(..) => (Some(Budget::GraphWrite), 1),
        GraphCall::GetTeam(_)
        | GraphCall::GetChat(..)
        | GraphCall::ListChats(_)
        | GraphCall::ListMessages(_) => (Some(Budget::GraphRead), 1),
        GraphCall::ListTeamMembers(_) => (Some(Budget::TeamMembersRead), 1),
        GraphCall::ListCatalog => (Some(Budget::CatalogRead), 1),
        GraphCall::Batch | GraphCall::OtherMethod | GraphCall::Unknown(_) => (None, 0),
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
