//! The time left, as the operator reads it, against the time it then took.

use std::time::Duration;

use teamcast::{
    campaign::{Limits, Resolve},
    simulator::Shape,
};

use crate::common::scenario::{Ended, Scenario};

/// From here on it has to be right.
const KNOWN: Duration = Duration::from_mins(1);
/// How far it may be off, of the truth.
const OFF: f64 = 0.01;
/// Near the end a second is a large share.
const SECONDS: f64 = 1.0;

fn documented(people: usize) -> Scenario {
    Scenario::new().users(people).limits(Limits::default())
}

/// After the first minute nobody is told anything that is more than a hundredth off.
#[track_caller]
fn assert_told(ended: &Ended) {
    let told = ended.told.iter().filter(|(at, _)| KNOWN <= *at);
    let mut count = 0;
    for (at, left) in told {
        let truth = ended.took.as_secs_f64() - at.as_secs_f64();
        // Nobody waits for a budget any more once the last are under way.
        let left = left.map_or(0.0, |left| left.as_secs_f64());
        let off = (left - truth).abs();
        assert!(
            off <= (OFF * truth).max(SECONDS),
            "after {at:?} it said {left:.0} s, and it took {truth:.0} s"
        );
        count += 1;
    }
    assert!(4 <= count, "it was over after {:?}", ended.took);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_known_after_a_minute_where_no_chat_is_known() {
    let (_, ended) = documented(4000).run().await;

    assert_told(&ended);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_known_after_a_minute_where_every_chat_is_known() {
    let mut play = documented(5000).set().after_an_earlier_campaign().await;

    let ended = play.run().await;

    assert_told(&ended);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_known_after_a_minute_where_some_lack_the_app() {
    let shape = Shape {
        installed: 0.7,
        ..Shape::uniform()
    };

    let (_, ended) = documented(3900).shape(shape).run().await;

    assert_told(&ended);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_known_after_a_minute_where_nobody_has_the_app() {
    let (_, ended) = documented(3000).without_app().run().await;

    assert_told(&ended);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_known_after_a_minute_where_one_way_is_open() {
    for resolve in [Resolve::Graph, Resolve::Connector] {
        let (_, ended) = documented(3000).resolving(resolve).run().await;

        assert_told(&ended);
    }
}
