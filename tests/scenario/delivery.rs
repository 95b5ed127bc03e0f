//! Who gets the message, and by which way.

use std::time::Duration;

use teamcast::{
    campaign::Resolve,
    model::{Cause, OutcomeKind},
    simulator::{Effect, Endpoint, Hardship, Obstacle, Shape, When},
};

use crate::{
    canned,
    common::scenario::{Cut, Scenario},
    posts, spread,
};

#[tokio::test(start_paused = true)]
async fn everybody_with_and_without_the_app_gets_exactly_one_message() {
    let half = Shape {
        installed: 0.5,
        ..Shape::uniform()
    };

    let (play, ended) = Scenario::new().users(100).shape(half).run().await;

    assert_eq!(spread(&play), [0, 100]);
    assert_eq!(
        ended.account.to_string(),
        "100 rows = 100 delivered + 0 skipped + 0 failed + 0 in-doubt + 0 pending"
    );
    let installs = posts(&play, "/installedApps").into_iter();
    let created = installs.filter(|one| one.status() == Some(201));
    assert_eq!(created.count(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_second_run_of_the_same_campaign_sends_nothing() {
    let (mut play, _) = Scenario::new().users(20).run().await;
    let requests = play.log().len();

    let again = play.run().await;

    assert_eq!(again.delivered(), 20);
    assert_eq!(play.log().len(), requests);
}

#[tokio::test(start_paused = true)]
async fn a_known_chat_is_written_to_with_one_request_to_teams() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    let before = play.log().len();

    let ended = play.run().await;

    // All are looked up in the directory together, and each is written to.
    assert_eq!(ended.delivered(), 10);
    assert_eq!(play.log().len() - before, 11);
    assert_eq!(spread(&play), [0, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_gone_with_the_app_is_resolved_again_and_written_to_once() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    play.world.uninstall(play.id(2));
    play.world.uninstall(play.id(5));
    play.world.delete_chat(play.id(5));

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
    for place in [2, 5] {
        assert_eq!(
            play.story(place),
            [
                "chat-resolved",
                "send-started",
                "chat-forgotten",
                "found-missing",
                "app-installed",
                "found-installed",
                "chat-resolved",
                "send-started",
                "delivered",
            ]
        );
    }
}

fn slow(endpoint: Endpoint) -> Hardship {
    Hardship::new(endpoint, Effect::Delay(Duration::from_secs(30)))
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_gone_since_an_earlier_run_found_it_is_installed() {
    for resolve in [Resolve::Graph, Resolve::Auto] {
        // Found installed, and the run ends before anything is done about it.
        let mut play = Scenario::new()
            .users(1)
            .resolving(resolve)
            .suffering(slow(Endpoint::GetChat))
            .suffering(slow(Endpoint::CreateConversation))
            .cut(Cut::Kill(Duration::from_secs(2)))
            .set();
        play.run().await;
        play.world.relent();
        assert_eq!(play.story(0), ["found-installed"]);
        play.world.uninstall(play.id(0));
        play.world.delete_chat(play.id(0));
        play.cut(Cut::Never);

        let ended = play.run().await;

        assert_eq!(ended.delivered(), 1);
        assert_eq!(play.story(0)[1..3], ["found-missing", "app-installed"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chat_the_person_deleted_is_made_anew_by_the_connector_and_written_to_once() {
    let mut play = Scenario::new()
        .resolving(Resolve::Connector)
        .set()
        .after_an_earlier_campaign()
        .await;
    play.world.delete_chat(play.id(3));

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
    assert_eq!(
        play.story(3),
        [
            "chat-resolved",
            "send-started",
            "chat-forgotten",
            "chat-resolved",
            "send-started",
            "delivered"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_passing_fault_of_the_installation_store_is_repeated() {
    let body = r#"{"error":{"code":"BadRequest","message":"Failed to execute request CreateOrUpdateUserAppEntitlementForTeamsAsync."}}"#;
    let fault = Effect::Respond(canned(400).body(body));
    let (play, ended) = Scenario::new()
        .without_app()
        .befalls(Endpoint::InstallApp, When::EveryNth(4), fault)
        .run()
        .await;

    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
    assert_eq!(posts(&play, "/installedApps").len(), 13);
}

#[tokio::test(start_paused = true)]
async fn an_install_whose_answer_is_lost_is_repeated_and_found_to_be_there() {
    let (play, ended) = Scenario::new()
        .without_app()
        .befalls(Endpoint::InstallApp, When::Nth(3), Effect::LoseAnswer)
        .run()
        .await;

    let there = (0..10).filter(|place| play.story(*place).contains(&"already-installed"));
    assert_eq!(there.count(), 1);
    assert_eq!(ended.delivered(), 10);
    assert_eq!(spread(&play), [0, 10]);
}

#[tokio::test(start_paused = true)]
async fn without_leave_to_install_people_without_the_app_are_skipped() {
    let shape = Shape {
        installed: 0.7,
        ..Shape::uniform()
    };
    let (play, ended) = Scenario::new().shape(shape).never_installing().run().await;

    assert_eq!(ended.delivered(), 7);
    assert_eq!(ended.because(Cause::NotInstalled), 3);
    assert_eq!(spread(&play), [3, 7]);
    assert_eq!(posts(&play, "/installedApps").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn people_who_cannot_be_reached_fail_with_the_cause_of_what_stands_between() {
    let mut play = Scenario::new().set();
    for (place, obstacle) in [
        (1, Obstacle::BlockedByUser),
        (2, Obstacle::WritesBlocked),
        (3, Obstacle::DisabledByAdmin),
        (4, Obstacle::PermissionPolicy),
        (5, Obstacle::NeverSignedIn),
    ] {
        play.world.obstruct(play.id(place), obstacle);
    }
    play.world.uninstall(play.id(4));
    play.world.uninstall(play.id(5));

    let ended = play.run().await;

    let causes = ended.rows.iter().map(|row| row.cause).collect::<Vec<_>>();
    assert_eq!(
        causes[..6],
        [
            None,
            Some(Cause::BlockedByUser),
            Some(Cause::BlockedByUser),
            Some(Cause::BlockedByPolicy),
            Some(Cause::BlockedByPolicy),
            Some(Cause::AppNotInCatalog),
        ]
    );
    assert_eq!(ended.delivered(), 5);
    assert_eq!(spread(&play), [5, 5]);
}

#[tokio::test(start_paused = true)]
async fn the_campaigns_rules_leave_people_out_before_teams_is_asked() {
    let shape = Shape {
        guests: 0.2,
        disabled: 0.1,
        unlicensed: 0.1,
        ..Shape::uniform()
    };
    let (play, ended) = Scenario::new().users(50).shape(shape).run().await;

    let skipped =
        [Cause::Guest, Cause::Disabled, Cause::Unlicensed].map(|cause| ended.because(cause));
    let people = (0..50).map(|place| play.is_deliverable(place));
    let messages = play.messages().into_iter().map(|count| count == 1);
    assert!(people.eq(messages));
    assert_eq!(
        skipped.iter().sum::<u64>(),
        ended.count(OutcomeKind::Skipped)
    );
    assert_eq!(ended.delivered() + ended.count(OutcomeKind::Skipped), 50);
}

#[tokio::test(start_paused = true)]
async fn a_chat_the_person_deleted_is_made_anew_when_graph_gives_the_stale_id_again() {
    let mut play = Scenario::new().set().after_an_earlier_campaign().await;
    play.world.delete_chat(play.id(3));

    let ended = play.run().await;

    assert_eq!(ended.delivered(), 10, "{:?}", play.story(3));
    assert!(play.messages().iter().all(|count| 1 <= *count));
}
