//! The least time in which the budgets allow a campaign: the pace of the best
//! mix of ways.
//!
//! # How?
//!
//! Let `n_c` people be of class `c`, and let way `w` of the class cost budget
//! `b` so many requests, `a_wb`. A mix sends `x_w` people by way `w`; in `T`
//! seconds a budget lets `r_b T` requests pass. So the least time is
//!
//! ```text
//! least T   where   Σ_w a_wb x_w <= r_b T   for each budget b,
//!                   Σ_{w of c} x_w = n_c    for each class c,   0 <= x.
//! ```
//!
//! By duality of linear programs it is as well
//!
//! ```text
//! most Σ_c n_c y_c   where   y_c <= Σ_b a_wb λ_b   for each way w of class c,
//!                            Σ_b r_b λ_b <= 1,     0 <= y, λ.
//! ```
//!
//! In words: put a price `λ_b` on a request of each budget, so that all that
//! the budgets let pass in a second is worth one; then nobody can be served for
//! less than their cheapest way, and what everybody costs is a time no mix can
//! do without. The best prices give the very time that the best mix takes.
//!
//! This form starts from nothing (`y = λ = 0` keeps every limit), which is all
//! that [`simplex`](super::simplex) needs. The prices of *its* limits are the
//! mix. `r_b λ_b`, which sum to one, say by how much the time would fall were
//! a budget a little larger: the largest is the bottleneck.
//!
//! It is a bound on any run, whatever it learns on its way: a run is a mix. Of
//! people of whom nothing is known it holds on average, since who of them lacks
//! the app is chance: a thousand may be two per cent luckier.

use std::time::Duration;

use crate::campaign::{Delivery, Limits};

use super::{
    simplex::{Limit, most},
    ways::{BUDGETS, Class, Cost, ways},
};

/// How many people there are of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct People {
    /// Whose chat is known.
    pub known: u64,
    /// Whose installation of the app is known.
    pub installed: u64,
    /// Who have the app, and nothing more is known.
    pub present: u64,
    /// Who are known to lack it.
    pub missing: u64,
    /// Of whom nothing is known.
    pub unknown: u64,
    /// How large a share of those is expected to lack it, from 0 to 1.
    pub lacking: f64,
}

/// The least time, and what it is spent on.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// No run can take less.
    pub time: Duration,
    /// The budget that sets the pace; none where nobody is written to.
    pub bottleneck: Option<&'static str>,
    /// How many requests of each of [`BUDGETS`] the best mix makes.
    pub requests: [f64; BUDGETS.len()],
}

/// The least time in which `people` can be written to.
pub fn bound(people: People, delivery: Delivery, limits: &Limits) -> Bound {
    least(people, &|class| ways(class, delivery), rates(limits))
}

fn least(people: People, ways: &dyn Fn(Class) -> Vec<Cost>, rates: Cost) -> Bound {
    let groups: Vec<(f64, Vec<Cost>)> = classes(people)
        .into_iter()
        .filter(|(_, count)| 0 < *count)
        .map(|(class, count)| (number(count), ways(class)))
        .collect();
    // In units in which all numbers are about one, so that rounding stays small.
    let crowd: f64 = groups.iter().map(|(count, _)| count).sum();
    let swiftest = rates.into_iter().fold(0.0, f64::max);
    let rates = rates.map(|rate| rate / swiftest);
    // The unknowns: first the price of each budget, then what each class costs.
    let unknowns = rates.len() + groups.len();
    let mut goal = vec![0.0; rates.len()];
    goal.extend(groups.iter().map(|(count, _)| count / crowd));
    let mut limits = vec![Limit {
        weights: rates.to_vec(),
        room: 1.0,
    }];
    let mut costs: Vec<Cost> = Vec::new();
    for (place, (_, ways)) in groups.iter().enumerate() {
        for way in ways {
            let mut weights: Vec<f64> = way.iter().map(|requests| -requests).collect();
            weights.resize(unknowns, 0.0);
            if let Some(weight) = weights.get_mut(rates.len() + place) {
                *weight = 1.0;
            }
            limits.push(Limit { weights, room: 0.0 });
            costs.push(*way);
        }
    }
    // Prices are limited by the rates, and with them the goal: there is a best.
    let Some(best) = most(&goal, &limits) else {
        return Bound::nothing();
    };
    let shares = best.at.iter().zip(rates).map(|(price, rate)| price * rate);
    let worst = shares
        .zip(BUDGETS)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut requests = [0.0; BUDGETS.len()];
    for (people, cost) in best.prices.iter().skip(1).zip(&costs) {
        for (sum, each) in requests.iter_mut().zip(cost) {
            *sum += crowd * people * each;
        }
    }
    let seconds = crowd * best.value.max(0.0) / swiftest;
    Bound {
        time: Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX),
        bottleneck: worst
            .filter(|(share, _)| 0.0 < *share && 0.0 < best.value)
            .map(|(_, name)| name),
        requests,
    }
}

/// What each of [`BUDGETS`] lets pass in a second.
pub fn rates(limits: &Limits) -> [f64; BUDGETS.len()] {
    [
        limits.installed_apps_read,
        limits.installed_apps_write,
        limits.graph_read,
        limits.connector,
    ]
}

impl Bound {
    fn nothing() -> Self {
        Self {
            time: Duration::ZERO,
            bottleneck: None,
            requests: [0.0; BUDGETS.len()],
        }
    }
}

fn classes(people: People) -> [(Class, u64); 5] {
    [
        (Class::Known, people.known),
        (Class::Installed, people.installed),
        (Class::Present, people.present),
        (Class::Missing, people.missing),
        (Class::Unknown(people.lacking), people.unknown),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a forecast")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
