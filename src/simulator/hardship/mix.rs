//! A mix of hardships, drawn from a seed.

use std::time::Duration;

use super::{Effect, Endpoint, Hardship, When};
use crate::simulator::{tenant::dice::Dice, world::World};

/// Separates this mix from everything else drawn from the same number.
const PURPOSE: u64 = 0x6861_7264;

impl World {
    /// Adds a mix of everything that can go wrong, always the same for the
    /// same seed, and says how many hardships it is.
    ///
    /// It is bad, not hopeless: whoever waits and asks again gets through,
    /// except for a few people who block the bot.
    pub fn mix_hardships(&self, seed: u64) -> usize {
        let mut dice = Dice::new(seed, PURPOSE);
        let mut mix = transport(&mut dice);
        mix.extend(services(&mut dice));
        mix.extend(storms(&mut dice));
        mix.extend(self.people_change(&mut dice));
        let count = mix.len();
        for hardship in mix {
            self.script(hardship);
        }
        count
    }

    /// A few people do something in mid-run.
    fn people_change(&self, dice: &mut Dice) -> Vec<Hardship> {
        let effects = [Effect::StaleChat, Effect::BlockBot, Effect::UninstallApp];
        let people = self.people();
        let count = people.len().div_ceil(100);
        let one = |number: usize| {
            let place = usize::try_from(dice.roll()).unwrap_or_default() % people.len().max(1);
            let person = people.get(place)?.object_id;
            let effect = effects.get(number % effects.len())?.clone();
            let when = When::Nth(1 + dice.roll() % 3);
            Some(
                Hardship::new(Endpoint::Any, effect)
                    .person(person)
                    .when(when),
            )
        };
        (0..count).filter_map(one).collect()
    }
}

/// What the network does.
fn transport(dice: &mut Dice) -> Vec<Hardship> {
    let slow = Effect::Delay(seconds(dice, 1, 5));
    [
        (Effect::LoseRequest, 0.02),
        (Effect::LoseAnswer, 0.02),
        (Effect::CutAnswer, 0.01),
        (slow, 0.03),
    ]
    .map(|(effect, most)| Hardship::new(Endpoint::Any, effect).share(most * dice.share()))
    .to_vec()
}

/// What the services do.
fn services(dice: &mut Dice) -> Vec<Hardship> {
    let page = usize::try_from(1 + dice.roll() % 50).unwrap_or(1);
    let failures = [
        (Endpoint::Any, Effect::Fail(503), 0.02),
        (Endpoint::Any, Effect::Fail(500), 0.01),
        (Endpoint::Any, Effect::FailAfter(502), 0.01),
        (Endpoint::SendActivity, Effect::Fail(412), 0.02),
        (Endpoint::InstallApp, Effect::EntitlementFailure, 0.1),
        (
            Endpoint::InstallApp,
            Effect::SettleAfter(seconds(dice, 1, 10)),
            0.3,
        ),
        (
            Endpoint::Token,
            Effect::ExpireToken(seconds(dice, 10, 60)),
            0.5,
        ),
        (Endpoint::ListUsers, Effect::Page(page), 0.5),
        (Endpoint::ListUsers, Effect::Page(0), 0.1),
    ];
    failures
        .map(|(endpoint, effect, most)| Hardship::new(endpoint, effect).share(most * dice.share()))
        .to_vec()
}

/// What comes and goes.
fn storms(dice: &mut Dice) -> Vec<Hardship> {
    let mut storms = Vec::new();
    for _ in 0..=dice.roll() % 3 {
        let from = seconds(dice, 0, 120);
        let until = from + seconds(dice, 2, 10);
        let retry_after = Some(seconds(dice, 1, 8));
        let storm = Hardship::new(Endpoint::Any, Effect::Throttle { retry_after });
        storms.push(storm.between(from, until).share(0.3 + 0.7 * dice.share()));
    }
    let from = seconds(dice, 0, 120);
    let effect = Effect::Quota {
        name: None,
        times: 0.3 + 0.5 * dice.share(),
    };
    let quota = Hardship::new(Endpoint::Any, effect);
    storms.push(quota.between(from, from + seconds(dice, 10, 60)));
    storms
}

fn seconds(dice: &mut Dice, least: u64, most: u64) -> Duration {
    let range = 1000 * (most - least);
    Duration::from_millis(1000 * least + dice.roll() % range.max(1))
}
