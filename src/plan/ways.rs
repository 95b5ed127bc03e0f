//! The ways to a delivered message, and what each costs each budget.

use crate::campaign::{Delivery, Install, Resolve};

/// The budgets that set the pace, by their names under `[limits]`.
pub const BUDGETS: [&str; 4] = [
    "installed_apps_read",
    "installed_apps_write",
    "graph_read",
    "connector",
];

/// Requests of each of [`BUDGETS`].
pub(super) type Cost = [f64; BUDGETS.len()];

/// One `GET installedApps`.
const LIST: Cost = [1.0, 0.0, 0.0, 0.0];
/// One `POST installedApps`.
const POST: Cost = [0.0, 1.0, 0.0, 0.0];
/// One `GET chat`.
const CHAT: Cost = [0.0, 0.0, 1.0, 0.0];
/// One conversation asked of the connector.
const CREATE: Cost = [0.0, 0.0, 0.0, 1.0];
/// One message.
const SEND: Cost = [0.0, 0.0, 0.0, 1.0];

/// What is known of somebody before the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Class {
    /// Their chat.
    Known,
    /// The app's installation.
    Installed,
    /// That they have the app.
    Present,
    /// That they lack it.
    Missing,
    /// Nothing; so large a share lacks the app.
    Unknown(f64),
}

/// Every way to serve somebody of that class, by what it costs on average.
///
/// A way settles all choices beforehand. Who is asked for the chat of somebody
/// found to have the app, and of somebody it was installed for, are choices of
/// their own: the costs of a mix are those of its parts.
pub(super) fn ways(class: Class, delivery: Delivery) -> Vec<Cost> {
    match class {
        Class::Known => vec![SEND],
        Class::Installed => then_send(&from_installation(delivery.resolve)),
        Class::Present => then_send(&from_person(delivery.resolve)),
        Class::Missing => without_app(delivery),
        Class::Unknown(missing) => unknown(delivery, missing.clamp(0.0, 1.0)),
    }
}

/// To the chat of an installation that is known by its id.
fn from_installation(resolve: Resolve) -> Vec<Cost> {
    match resolve {
        Resolve::Auto => vec![CHAT, CREATE],
        Resolve::Graph => vec![CHAT],
        Resolve::Connector => vec![CREATE],
    }
}

/// To the chat of somebody who has the app.
fn from_person(resolve: Resolve) -> Vec<Cost> {
    let by_graph = sum(LIST, CHAT);
    match resolve {
        Resolve::Auto => vec![by_graph, CREATE],
        Resolve::Graph => vec![by_graph],
        Resolve::Connector => vec![CREATE],
    }
}

/// From somebody known to lack the app to their message, if there is one.
fn without_app(delivery: Delivery) -> Vec<Cost> {
    match delivery.install {
        Install::IfMissing => {
            let chats = from_person(delivery.resolve).into_iter();
            then_send(&chats.map(|chat| sum(POST, chat)).collect::<Vec<_>>())
        }
        // Through their team, under the id the bot knows them by.
        Install::Team => then_send(&[CREATE]),
        Install::Never => vec![[0.0; BUDGETS.len()]],
    }
}

/// For somebody of whom nothing is known: the first question, and for either
/// answer what comes after it.
fn unknown(delivery: Delivery, missing: f64) -> Vec<Cost> {
    let mut ways = Vec::new();
    let mut add = |first: Cost, had_it: &[Cost], lacked_it: &[Cost]| {
        for one in had_it {
            for other in lacked_it {
                let rest = sum(times(*one, 1.0 - missing), times(*other, missing));
                ways.push(sum(first, rest));
            }
        }
    };
    let lacked_it = without_app(delivery);
    if delivery.resolve != Resolve::Connector {
        let had_it = then_send(&from_installation(delivery.resolve));
        add(LIST, &had_it, &lacked_it);
    }
    if delivery.resolve != Resolve::Graph {
        // Who has the app has a chat at once; who lacks it is refused one.
        add(CREATE, &[SEND], &lacked_it);
    }
    if delivery.install == Install::IfMissing {
        // Refused to those who have it: either way they have it now.
        let after = then_send(&from_person(delivery.resolve));
        add(POST, &after, &after);
    }
    ways
}

fn then_send(ways: &[Cost]) -> Vec<Cost> {
    ways.iter().map(|way| sum(*way, SEND)).collect()
}

fn sum(mut one: Cost, other: Cost) -> Cost {
    for (mine, more) in one.iter_mut().zip(other) {
        *mine += more;
    }
    one
}

fn times(mut cost: Cost, share: f64) -> Cost {
    for part in &mut cost {
        *part *= share;
    }
    cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_ends_with_a_message_to_whoever_can_get_one() {
        for install in [Install::IfMissing, Install::Never, Install::Team] {
            for resolve in [Resolve::Auto, Resolve::Graph, Resolve::Connector] {
                let delivery = Delivery {
                    install,
                    resolve,
                    ..Delivery::default()
                };
                for class in [Class::Known, Class::Installed, Class::Present] {
                    let ways = ways(class, delivery);
                    assert!(!ways.is_empty());
                    assert!(ways.iter().all(|way| 1.0 <= way[3]));
                }
                let unknown = ways(Class::Unknown(0.3), delivery);
                let least = if install == Install::Never { 0.7 } else { 1.0 };
                assert!(unknown.iter().all(|way| least <= way[3] + 1e-9));
            }
        }
    }

    #[test]
    fn what_the_campaign_closes_costs_nothing() {
        let by_graph = Delivery {
            resolve: Resolve::Graph,
            ..Delivery::default()
        };
        let never = Delivery {
            install: Install::Never,
            ..Delivery::default()
        };

        let all = |delivery| ways(Class::Unknown(0.5), delivery).into_iter();

        assert!(all(by_graph).all(|way| way[3] <= 1.0));
        assert!(all(never).all(|way| way[1] == 0.0));
        assert_eq!(ways(Class::Missing, never), [[0.0; 4]]);
    }
}
