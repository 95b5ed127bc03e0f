//! Rows of the list: duplicates, oddities, and their order.

use std::time::Duration;

use teamcast::{
    model::{Cause, OutcomeKind},
    simulator::{Effect, Endpoint, Hardship, Shape, When},
};

use crate::{
    SECOND,
    common::scenario::{By, Cut, Scenario},
    spread,
};

#[tokio::test(start_paused = true)]
async fn a_later_run_reaches_only_who_is_new_wherever_they_are_listed() {
    let (mut play, _) = Scenario::new()
        .list([By::Name(0), By::Name(1), By::Name(2)])
        .run()
        .await;
    play.relist([
        By::Name(3),
        By::Id(2),
        By::Mail(0),
        By::Name(1),
        By::Name(4),
    ]);

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 5);
    assert_eq!(play.sends().len(), 5);
    assert_eq!(spread(&play), [5, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_later_row_for_the_same_person_is_a_duplicate_and_names_the_first() {
    let (play, ended) = Scenario::new()
        .list([
            By::Mail(0),
            By::Name(1),
            By::Name(0),
            By::Id(0),
            By::Id(1),
            By::Nobody,
            By::Name(0),
        ])
        .run()
        .await;

    let details = ended
        .rows
        .iter()
        .map(|row| (row.cause, row.detail.as_deref()));
    let same = |row| (Some(Cause::Duplicate), Some(row));
    assert_eq!(
        details.collect::<Vec<_>>(),
        [
            (None, None),
            (None, None),
            same("the same person as users.csv:2"),
            same("the same person as users.csv:2"),
            same("the same person as users.csv:3"),
            (Some(Cause::UnknownUser), None),
            same("the same person as users.csv:2"),
        ]
    );
    assert_eq!(spread(&play), [8, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_is_skipped_and_stops_nobody() {
    let (play, ended) = Scenario::new()
        .list([By::Name(0), By::Nonsense, By::Nobody, By::Name(1)])
        .run()
        .await;

    assert_eq!(ended.because(Cause::MalformedRow), 1);
    assert_eq!(ended.because(Cause::UnknownUser), 1);
    assert_eq!(ended.delivered(), 2);
    assert_eq!(spread(&play), [8, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_malformed_row_in_between_does_not_change_which_row_comes_first() {
    let (_, ended) = Scenario::new()
        .befalls(Endpoint::ListUsers, When::Always, Effect::Delay(SECOND))
        .list([By::Mail(0), By::Nonsense, By::Name(0)])
        .run()
        .await;

    assert_eq!(ended.rows[0].cause, None);
    assert_eq!(ended.rows[2].cause, Some(Cause::Duplicate));
}

#[tokio::test(start_paused = true)]
async fn the_first_row_stays_first_on_resume_behind_a_known_row() {
    let mut play = Scenario::new()
        .list([By::Name(5), By::Name(1)])
        .without_app()
        .cut(Cut::Kill(Duration::from_millis(400)))
        .set();
    play.run().await;
    play.world.script(Hardship::new(
        Endpoint::ListUsers,
        Effect::Delay(30 * SECOND),
    ));
    play.relist([By::Mail(0), By::Name(1), By::Name(0)]);

    let ended = play.finish(1).await;

    assert_eq!(ended.rows[0].cause, None);
    assert_eq!(ended.rows[2].cause, Some(Cause::Duplicate));
}

#[tokio::test(start_paused = true)]
async fn a_row_does_not_wait_for_the_delivery_of_a_known_row_before_it() {
    let slow = Hardship::new(Endpoint::GetChat, Effect::Delay(120 * SECOND));
    let mut play = Scenario::new()
        .list([By::Name(0)])
        .befalls(
            Endpoint::GetChat,
            When::First(1),
            Effect::Delay(120 * SECOND),
        )
        .cut(Cut::Kill(SECOND))
        .set();
    play.run().await;
    play.world.script(slow.when(When::First(1)));
    play.relist([By::Name(0), By::Name(1)]);

    play.cut(Cut::Stop(10 * SECOND));

    let stopped = play.run().await;

    assert_eq!(stopped.rows[1].outcome, OutcomeKind::Delivered);
}

#[tokio::test(start_paused = true)]
async fn neighbours_are_bound_with_one_commit() {
    let shape = Shape {
        guests: 1.0,
        ..Shape::uniform()
    };

    let (play, ended) = Scenario::new().users(300).shape(shape).run().await;

    assert_eq!(ended.because(Cause::Guest), 300);
    assert!(play.store.commits() < 150, "{}", play.store.commits());
}
