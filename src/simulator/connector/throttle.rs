//! What a request to the connector spends.

use std::time::Duration;

use super::{ConnectorCall, ConnectorError};
use crate::simulator::{
    quota::{
        ledger::{App, Exceeded},
        limits::{Budget, Counter},
    },
    request::Exchange,
    tenant::Place,
    world::World,
};

/// Nobody but the bot's own app gets as far as a quota.
const BOT: App = 0;

/// Counts a request, and refuses one too many.
pub(crate) fn pass(
    world: &World,
    exchange: &Exchange,
    call: &ConnectorCall<'_>,
) -> Result<(), ConnectorError> {
    if let Some(team) = call.team(&world.tenant) {
        return spend(world, exchange.now, Some((Counter::TeamRoster, team)))
            .map_err(|Exceeded { wait }| ConnectorError::Throttled(Some(wait)));
    }
    let counter = match call {
        ConnectorCall::Create => Some(Counter::Create),
        ConnectorCall::Send(_) => Some(Counter::Send),
        ConnectorCall::Members(_) | ConnectorCall::PagedMembers(_) | ConnectorCall::Member(..) => {
            Some(Counter::Members)
        }
        ConnectorCall::Conversation(_) => Some(Counter::Conversation),
        ConnectorCall::Update(..) | ConnectorCall::Delete(..) | ConnectorCall::Unknown => None,
    };
    let place = counter.and_then(|_| call.person(&world.tenant, exchange));
    spend(world, exchange.now, counter.zip(place))
        .map_err(|Exceeded { wait }| ConnectorError::Throttled(Some(wait)))
}

/// Counts the second half of a message that was split; it is never refused.
pub(crate) fn count_half(world: &World, exchange: &Exchange, place: Place) {
    if let Err(Exceeded { .. }) = spend(world, exchange.now, Some((Counter::Send, place))) {
        // The message is written already; only later ones can be refused.
    }
}

fn spend(world: &World, now: Duration, counter: Option<(Counter, Place)>) -> Result<(), Exceeded> {
    let mut state = world.state();
    let of_app = state.ledger.spend(now, BOT, Budget::Connector, 1);
    let of_conversation = match counter {
        Some((counter, place)) => state.ledger.count(now, BOT, counter, place),
        None => Ok(()),
    };
    of_app.and(of_conversation)
}
