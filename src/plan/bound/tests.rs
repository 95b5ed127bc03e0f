//! What the bound promises.

use proptest::prelude::*;

use super::*;
use crate::campaign::{Install, Resolve};

const CROWD: u64 = 12_000;

fn unknown(lacking: f64) -> People {
    People {
        unknown: CROWD,
        lacking,
        ..People::default()
    }
}

fn by(resolve: Resolve) -> Delivery {
    Delivery {
        resolve,
        ..Delivery::default()
    }
}

/// People a second, by the documented quotas, to one decimal.
fn pace(people: People, delivery: Delivery) -> String {
    let time = bound(people, delivery, &Limits::default()).time;
    format!("{:.1}", number(CROWD) / time.as_secs_f64())
}

#[test]
fn the_documented_quotas_allow_what_is_known_of_them() {
    let everybody = Delivery::default();
    let warm = People {
        known: CROWD,
        ..People::default()
    };

    assert_eq!(pace(unknown(0.0), everybody), "40.0");
    assert_eq!(pace(unknown(0.0), by(Resolve::Graph)), "30.0");
    assert_eq!(pace(unknown(0.0), by(Resolve::Connector)), "25.0");
    assert_eq!(pace(unknown(1.0), everybody), "30.0");
    assert_eq!(pace(warm, everybody), "50.0");
    assert_eq!(pace(unknown(0.3), everybody), "38.2");
}

#[test]
fn the_budget_that_would_help_most_is_the_bottleneck() {
    let bottleneck = |people, delivery| {
        let bound = bound(people, delivery, &Limits::default());
        bound.bottleneck
    };

    let everybody = Delivery::default();
    assert_eq!(bottleneck(unknown(0.0), everybody), Some("connector"));
    assert_eq!(
        bottleneck(unknown(1.0), everybody),
        Some("installed_apps_write")
    );
    assert_eq!(bottleneck(People::default(), everybody), None);
}

#[test]
fn the_best_mix_makes_the_requests_it_is_said_to() {
    let limits = Limits::default();

    let cold = bound(unknown(0.0), Delivery::default(), &limits);

    // 300 seconds: 30 a second by Graph, 10 by the connector, 40 messages.
    assert_eq!(cold.time.as_secs(), 300);
    let rounded = cold.requests.map(|requests| format!("{requests:.0}"));
    assert_eq!(rounded, ["9000", "0", "9000", "15000"]);
}

#[test]
fn somebody_who_lacks_the_app_and_may_not_have_it_is_looked_for_only() {
    let never = Delivery {
        install: Install::Never,
        ..Delivery::default()
    };
    let missing = People {
        missing: CROWD,
        ..People::default()
    };

    assert_eq!(
        bound(missing, never, &Limits::default()).time,
        Duration::ZERO
    );
    // Looking is 30 a second by Graph and 50 by the connector.
    assert_eq!(pace(unknown(1.0), never), "80.0");
}

fn any_people() -> impl Strategy<Value = People> {
    let count = || 0..20_000_u64;
    (count(), count(), count(), count(), count(), 0.0..=1.0).prop_map(
        |(known, installed, present, missing, unknown, lacking)| People {
            known,
            installed,
            present,
            missing,
            unknown,
            lacking,
        },
    )
}

fn any_limits() -> impl Strategy<Value = Limits> {
    let rate = || 1.0..200.0;
    (rate(), rate(), rate(), rate()).prop_map(|(reads, writes, chats, messages)| Limits {
        installed_apps_read: reads,
        installed_apps_write: writes,
        graph_read: chats,
        connector: messages,
        ..Limits::default()
    })
}

fn any_delivery() -> impl Strategy<Value = Delivery> {
    let install = [Install::IfMissing, Install::Never, Install::Team];
    let resolve = [Resolve::Auto, Resolve::Graph, Resolve::Connector];
    let pair = (
        prop::sample::select(install.to_vec()),
        prop::sample::select(resolve.to_vec()),
    );
    pair.prop_map(|(install, resolve)| Delivery {
        install,
        resolve,
        ..Delivery::default()
    })
}

fn seconds(people: People, delivery: Delivery, limits: &Limits) -> f64 {
    bound(people, delivery, limits).time.as_secs_f64()
}

/// How long a mix takes that was made up beforehand.
fn of_mix(people: People, delivery: Delivery, limits: &Limits, mut dice: u64) -> f64 {
    let mut spent = [0.0; BUDGETS.len()];
    for (class, count) in classes(people) {
        let ways = ways(class, delivery);
        let shares: Vec<f64> = ways
            .iter()
            .map(|_| {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                number(dice >> 40) + 1.0
            })
            .collect();
        let whole: f64 = shares.iter().sum();
        for (way, share) in ways.iter().zip(&shares) {
            for (sum, requests) in spent.iter_mut().zip(way) {
                *sum += number(count) * share / whole * requests;
            }
        }
    }
    let times = spent
        .iter()
        .zip(rates(limits))
        .map(|(sum, rate)| sum / rate);
    times.fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn more_of_a_quota_is_never_slower(
        people in any_people(),
        delivery in any_delivery(),
        limits in any_limits(),
        which in 0..BUDGETS.len(),
        more in 1.0..4.0,
    ) {
        let mut larger = limits;
        let rate = [
            &mut larger.installed_apps_read,
            &mut larger.installed_apps_write,
            &mut larger.graph_read,
            &mut larger.connector,
        ];
        for (place, rate) in rate.into_iter().enumerate() {
            if place == which {
                *rate *= more;
            }
        }
        let before = seconds(people, delivery, &limits);
        prop_assert!(seconds(people, delivery, &larger) <= before * (1.0 + 1e-6) + 1e-6);
    }

    #[test]
    fn no_mix_is_faster(
        people in any_people(),
        delivery in any_delivery(),
        limits in any_limits(),
        dice in any::<u64>(),
    ) {
        let least = seconds(people, delivery, &limits);
        prop_assert!(least <= of_mix(people, delivery, &limits, dice) * (1.0 + 1e-6) + 1e-6);
    }

    #[test]
    fn the_mix_that_is_given_takes_no_longer_than_it_says(
        people in any_people(),
        delivery in any_delivery(),
        limits in any_limits(),
    ) {
        let bound = bound(people, delivery, &limits);
        let most = bound.time.as_secs_f64() * (1.0 + 1e-6) + 1e-6;
        for (requests, rate) in bound.requests.iter().zip(rates(&limits)) {
            prop_assert!(requests / rate <= most);
        }
    }

    #[test]
    fn the_order_of_ways_does_not_matter(
        people in any_people(),
        delivery in any_delivery(),
        limits in any_limits(),
    ) {
        let turned = |class| {
            let mut ways = ways(class, delivery);
            ways.reverse();
            ways
        };
        let forwards = least(people, &|class| ways(class, delivery), rates(&limits)).time;
        let backwards = least(people, &turned, rates(&limits)).time;
        let (one, other) = (forwards.as_secs_f64(), backwards.as_secs_f64());
        prop_assert!((one - other).abs() <= one * 1e-6 + 1e-6);
    }

    #[test]
    fn twice_the_people_take_twice_as_long(
        people in any_people(),
        delivery in any_delivery(),
        limits in any_limits(),
    ) {
        let twice = People {
            known: 2 * people.known,
            installed: 2 * people.installed,
            present: 2 * people.present,
            missing: 2 * people.missing,
            unknown: 2 * people.unknown,
            ..people
        };
        let once = seconds(people, delivery, &limits);
        let doubled = seconds(twice, delivery, &limits);
        prop_assert!((doubled - 2.0 * once).abs() <= once * 1e-6 + 1e-6);
    }
}
