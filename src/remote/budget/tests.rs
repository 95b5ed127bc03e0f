//! What a budget lets pass, alone and against a service that counts.

use std::cell::{Cell, RefCell};

use futures::{StreamExt, stream};

use super::*;

const ONE: NonZeroU32 = NonZeroU32::MIN;
const SECOND: Duration = Duration::from_secs(1);

async fn passes(budget: &Budget, rank: Rank, number: u32) -> Duration {
    let stop = CancellationToken::new();
    for _ in 0..number {
        drop(budget.pass(ONE, rank, &stop).await.unwrap());
    }
    budget.origin.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_budget_lets_its_rate_pass_and_no_more() {
    for (rate, most) in [(30, 31), (50, 52), (1000, 1021)] {
        let budget = Budget::new("connector", f64::from(rate));

        let took = passes(&budget, Rank::Due, 20 * rate + 1).await;

        assert!(took <= 20 * SECOND, "{rate}: {took:?}");
        assert!(Duration::from_millis(19_940) <= took, "{rate}: {took:?}");
        let peak = budget.figures().peak_per_second;
        assert!(peak <= most, "{rate}: {peak}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_of_several_units_costs_as_many() {
    let budget = Budget::new("directory", 100.0);
    let stop = CancellationToken::new();

    for _ in 0..201 {
        drop(budget.pass(ONE.saturating_add(1), Rank::Due, &stop).await);
    }

    assert_eq!(format!("{:.1?}", budget.origin.elapsed()), "4.0s");
}

#[tokio::test(start_paused = true)]
async fn nobody_passes_while_the_gate_is_closed() {
    let budget = Budget::new("connector", 50.0);

    budget.throttle(30 * SECOND);

    assert!(30 * SECOND <= passes(&budget, Rank::Due, 1).await);
    assert_eq!(budget.figures().throttled, 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_another_way_lets_the_others_pass_first() {
    let budget = Budget::new("connector", 50.0);

    let (new, due, begun) = tokio::join!(
        passes(&budget, Rank::New, 50),
        passes(&budget, Rank::Due, 50),
        passes(&budget, Rank::Begun, 50),
    );

    let seconds = [due, begun, new].map(|took| format!("{:.0}", took.as_secs_f64()));
    assert_eq!(seconds, ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_first_leave_over_is_used_to_the_full() {
    let budget = Budget::new("connector", 50.0);
    let slow = async {
        for _ in 0..300 {
            passes(&budget, Rank::Due, 1).await;
            sleep(Duration::from_millis(30)).await;
        }
    };

    let (rest, ()) = tokio::join!(passes(&budget, Rank::New, 300), slow);

    assert!(budget.origin.elapsed().max(rest) <= 12_300 * Duration::from_millis(1));
    assert_eq!(budget.figures().requests, 600);
}

#[tokio::test(start_paused = true)]
async fn no_more_are_on_the_wire_than_sockets_allow() {
    let budget = Budget::new("connector", 1e9);
    let stop = CancellationToken::new();
    let mut under_way = Vec::new();
    for _ in 0..ON_THE_WIRE {
        under_way.push(budget.pass(ONE, Rank::Due, &stop).await.unwrap());
    }

    let answered = async {
        sleep(SECOND).await;
        under_way.pop();
    };
    let (next, ()) = tokio::join!(passes(&budget, Rank::Due, 1), answered);

    assert_eq!(next, SECOND);
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_the_wait_at_once() {
    let budget = Budget::new("connector", 50.0);
    let stop = CancellationToken::new();
    budget.hold(Duration::from_hours(1));

    let (end, ()) = tokio::join!(budget.pass(ONE, Rank::Due, &stop), async {
        sleep(SECOND).await;
        stop.cancel();
    });

    assert_eq!(end.unwrap_err(), Stopped);
    assert_eq!(budget.origin.elapsed(), SECOND);
}

/// A service with a quota of its own: a bucket of one second, in which refused
/// requests count as well.
struct Service<Q> {
    quota: Q,
    left: Cell<f64>,
    at: Cell<f64>,
    arrivals: RefCell<Vec<f64>>,
}

/// What a long run against a [`Service`] came to.
struct Ran {
    /// How much longer it took than the quota makes necessary.
    excess: f64,
    /// The share of the answers that asked to slow down.
    refused: f64,
    /// The most requests that arrived within one second.
    peak: usize,
}

impl<Q: Fn(f64) -> f64> Service<Q> {
    /// How long to wait, where the quota is spent.
    fn refuses(&self, now: f64) -> Option<f64> {
        let quota = (self.quota)(now);
        let left = (self.left.get() + (now - self.at.get()) * quota).min(quota);
        self.at.set(now);
        self.left.set((left - 1.0).max(-quota));
        self.arrivals.borrow_mut().push(now);
        (left < 1.0).then(|| (1.0 - self.left.get()) / quota)
    }

    fn peak(&self) -> usize {
        let arrivals = self.arrivals.borrow();
        let until = |from: f64| arrivals.partition_point(|at| *at < from + 1.0);
        let counts = (0..)
            .zip(arrivals.iter())
            .map(|(place, from)| until(*from) - place);
        counts.max().unwrap_or_default()
    }
}

/// Asks a service for as long as `seconds` of its quota should take, with a
/// tenth of a second for each answer. `storm` refuses on top of the quota.
async fn ask(
    full: f64,
    quota: impl Fn(f64) -> f64,
    storm: impl Fn(f64) -> bool,
    seconds: u32,
) -> Ran {
    let wanted: f64 = (0..seconds).map(|second| quota(f64::from(second))).sum();
    let service = Service {
        left: Cell::new(quota(0.0)),
        quota,
        at: Cell::new(0.0),
        arrivals: RefCell::default(),
    };
    let budget = Budget::new("connector", full);
    let (done, refusals) = (Cell::new(0.0), Cell::new(0.0));
    let stop = CancellationToken::new();
    let requests = stream::repeat(()).map(|()| async {
        let pass = budget.pass(ONE, Rank::Due, &stop).await?;
        sleep(Duration::from_millis(50)).await;
        let now = budget.origin.elapsed().as_secs_f64();
        let wait = service.refuses(now).or(storm(now).then_some(2.0));
        sleep(Duration::from_millis(50)).await;
        drop(pass);
        match wait {
            Some(wait) => {
                refusals.set(refusals.get() + 1.0);
                budget.throttle(Duration::from_secs_f64(wait));
            }
            None => done.set(done.get() + 1.0),
        }
        if wanted <= done.get() {
            stop.cancel();
        }
        Ok::<(), Stopped>(())
    });
    let mut requests = std::pin::pin!(requests.buffer_unordered(500));
    while requests.next().await.is_some_and(|end| end.is_ok()) {}
    Ran {
        excess: budget.origin.elapsed().as_secs_f64() / f64::from(seconds),
        refused: refusals.get() / (done.get() + refusals.get()),
        peak: service.peak(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_allows_less_than_documented_is_used_to_within_a_few_per_cent() {
    for share in [0.9, 0.7, 0.5] {
        let ran = ask(50.0, |_| 50.0 * share, |_| false, 300).await;

        assert!(ran.excess <= 1.04, "{share}: {}", ran.excess);
        assert!(ran.refused <= 0.01, "{share}: {}", ran.refused);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_halves_and_comes_back_costs_little_time_and_few_refusals() {
    let step = |now| {
        if (60.0..120.0).contains(&now) {
            25.0
        } else {
            50.0
        }
    };

    let ran = ask(50.0, step, |_| false, 180).await;

    assert!(ran.excess <= 1.08, "{}", ran.excess);
    assert!(ran.refused < 0.01, "{}", ran.refused);
    assert!(ran.peak <= 52, "{}", ran.peak);
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_shrinks_slowly_is_followed() {
    let ramp = |now: f64| 50.0 - 25.0 * ((now - 30.0) / 60.0).clamp(0.0, 1.0);

    let ran = ask(50.0, ramp, |_| false, 180).await;

    assert!(ran.excess <= 1.08, "{}", ran.excess);
    assert!(ran.refused < 0.01, "{}", ran.refused);
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_refusals_for_no_reason_is_soon_forgotten() {
    let storm = |now: f64| now % 30.0 < 0.1 && 1.0 < now;

    let ran = ask(50.0, |_| 50.0, storm, 180).await;

    assert!(ran.excess <= 1.15, "{}", ran.excess);
    assert!(ran.refused < 0.01, "{}", ran.refused);
}
