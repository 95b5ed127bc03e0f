//! The simplex method, for problems of a dozen unknowns.
//!
//! It takes the problem *most of `goal · z` where `limits[i] · z <= room[i]` and
//! `0 <= z`*, with no negative room, so that it may start from nothing. Bland's
//! rule (always the first unknown that helps, and of several rows that stop it
//! the one with the first unknown) never goes round in a circle.

/// Smaller numbers are rounding.
const NOTHING: f64 = 1e-9;
/// Far more turns than a problem of this size has corners on its way.
const TURNS: usize = 10_000;

/// One limit of a problem: what it weighs each unknown by, and how much there
/// is room for.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) weights: Vec<f64>,
    pub(super) room: f64,
}

/// The best there is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Best {
    /// What the goal comes to.
    pub(super) value: f64,
    /// The unknowns.
    pub(super) at: Vec<f64>,
    /// What one more of each limit's room would add to the goal.
    pub(super) prices: Vec<f64>,
}

/// The most of `goal` that `limits` allow; nothing where they allow any amount.
pub(super) fn most(goal: &[f64], limits: &[Limit]) -> Option<Best> {
    let mut table = Table::new(goal, limits);
    for _ in 0..TURNS {
        let Some(column) = table.entering() else {
            return Some(table.best(goal.len()));
        };
        let row = table.leaving(column)?;
        table.turn(row, column);
    }
    None
}

/// The limits as equations, each with slack, solved for as many unknowns as
/// there are limits; below them the goal.
struct Table {
    rows: Vec<Vec<f64>>,
    goal: Vec<f64>,
    /// Which unknown each row is solved for.
    solved: Vec<usize>,
}

impl Table {
    fn new(goal: &[f64], limits: &[Limit]) -> Self {
        let unknowns = goal.len();
        let line = |weights: &[f64], slack: Option<usize>, room: f64| {
            let mut line = vec![0.0; unknowns + limits.len() + 1];
            for (cell, weight) in line.iter_mut().zip(weights) {
                *cell = *weight;
            }
            if let Some(cell) = slack.and_then(|place| line.get_mut(unknowns + place)) {
                *cell = 1.0;
            }
            if let Some(cell) = line.last_mut() {
                *cell = room;
            }
            line
        };
        let rows = limits.iter().enumerate();
        let losses: Vec<f64> = goal.iter().map(|gain| -gain).collect();
        Self {
            rows: rows
                .map(|(place, limit)| line(&limit.weights, Some(place), limit.room))
                .collect(),
            goal: line(&losses, None, 0.0),
            solved: (unknowns..unknowns + limits.len()).collect(),
        }
    }

    /// The first unknown of which more is better.
    fn entering(&self) -> Option<usize> {
        let (_, unknowns) = self.goal.split_last()?;
        unknowns.iter().position(|loss| *loss < -NOTHING)
    }

    /// The row that first stops the unknown from growing.
    fn leaving(&self, column: usize) -> Option<usize> {
        let mut tightest: Option<(f64, usize, usize)> = None;
        for (place, (row, solved)) in self.rows.iter().zip(&self.solved).enumerate() {
            let weight = at(row, column);
            if weight <= NOTHING {
                continue;
            }
            let most = row.last().copied().unwrap_or(0.0) / weight;
            let is_tighter = tightest.is_none_or(|(least, first, _)| {
                most < least - NOTHING || (most < least + NOTHING && *solved < first)
            });
            if is_tighter {
                tightest = Some((most, *solved, place));
            }
        }
        tightest.map(|(_, _, place)| place)
    }

    /// Solves the row for another unknown.
    fn turn(&mut self, row: usize, column: usize) {
        let Some(chosen) = self.rows.get_mut(row) else {
            return;
        };
        let weight = at(chosen, column);
        for cell in chosen.iter_mut() {
            *cell /= weight;
        }
        let chosen = chosen.clone();
        let others = self.rows.iter_mut().enumerate();
        let others = others.filter_map(|(place, other)| (place != row).then_some(other));
        for other in others.chain([&mut self.goal]) {
            let times = at(other, column);
            if times != 0.0 {
                for (cell, part) in other.iter_mut().zip(&chosen) {
                    *cell -= times * part;
                }
            }
        }
        if let Some(solved) = self.solved.get_mut(row) {
            *solved = column;
        }
    }

    fn best(&self, unknowns: usize) -> Best {
        let mut values = vec![0.0; unknowns];
        for (row, solved) in self.rows.iter().zip(&self.solved) {
            if let Some(value) = values.get_mut(*solved) {
                *value = row.last().copied().unwrap_or(0.0);
            }
        }
        let slack = self.goal.get(unknowns..self.goal.len().saturating_sub(1));
        Best {
            value: self.goal.last().copied().unwrap_or(0.0),
            at: values,
            prices: slack.unwrap_or_default().to_vec(),
        }
    }
}

fn at(row: &[f64], column: usize) -> f64 {
    row.get(column).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(weights: &[f64], room: f64) -> Limit {
        Limit {
            weights: weights.to_vec(),
            room,
        }
    }

    #[test]
    fn the_best_corner_is_found_with_its_prices() {
        let limits = [
            limit(&[1.0, 0.0], 4.0),
            limit(&[0.0, 2.0], 12.0),
            limit(&[3.0, 2.0], 18.0),
        ];

        let best = most(&[3.0, 5.0], &limits).unwrap();

        assert!((best.value - 36.0).abs() < 1e-9);
        assert_eq!(best.at, [2.0, 6.0]);
        assert_eq!(best.prices, [0.0, 1.5, 1.0]);
    }

    /// Beale's example, on which the usual rule goes round for ever.
    #[test]
    fn it_does_not_go_round_in_a_circle() {
        let limits = [
            limit(&[0.25, -60.0, -0.04, 9.0], 0.0),
            limit(&[0.5, -90.0, -0.02, 3.0], 0.0),
            limit(&[0.0, 0.0, 1.0, 0.0], 1.0),
        ];

        let best = most(&[0.75, -150.0, 0.02, -6.0], &limits).unwrap();

        assert!((best.value - 0.05).abs() < 1e-9);
    }

    #[test]
    fn what_nothing_limits_has_no_best() {
        assert_eq!(most(&[1.0], &[limit(&[-1.0], 1.0)]), None);
    }
}
