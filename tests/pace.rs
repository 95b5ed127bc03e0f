//! Pins how long a run takes, against the documented quotas in virtual time.
//!
//! The bounds are those of the best mix of ways: each request spends one of
//! `installed_apps_read` (30 a second), `installed_apps_write` (30),
//! `graph_read` (30) and `connector` (50).

#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

#[expect(dead_code, reason = "each file of tests uses a part")]
mod common;

use std::time::Duration;

use common::scenario::{By, Ended, Play, Scenario};
use http::Method;
use teamcast::{
    campaign::{Limits, Resolve},
    model::Cause,
    simulator::{
        Canned, Effect, Endpoint, Hardship, Installed, Quotas, Registration, RetryAfter, Sessions,
        Shape, When,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn documented(people: usize) -> Scenario {
    Scenario::new().users(people).limits(Limits::default())
}

fn lacking(share: f64) -> Shape {
    Shape {
        installed: 1.0 - share,
        ..Shape::uniform()
    }
}

/// Everybody has the message, nobody was refused, and it took at most so much
/// more than `bound` seconds.
fn assert_pace(play: &Play, ended: &Ended, bound: f64, most: f64) {
    let people = play.list().len();
    let ratio = ended.took.as_secs_f64() / bound;
    assert_eq!(ended.delivered(), people as u64);
    assert!(play.messages().iter().all(|messages| *messages == 1));
    for (name, quota) in play.world.truth().quotas {
        assert_eq!(quota.refused, 0, "{name}");
    }
    for (name, most) in [("connector", 52), ("installed_apps_read", 31)] {
        let quota = play.world.truth().quotas[name];
        assert!(quota.peak_per_second <= most, "{name}: {quota:?}");
    }
    assert!(ratio <= most, "{ratio}");
}

/// The places of those without the app, then of those with it.
fn missing_first(play: &Play) -> Vec<By> {
    let people = || play.world.people().iter().enumerate();
    let with = |has: bool| {
        let of = people().filter(move |(_, person)| (person.app != Installed::Absent) == has);
        of.map(|(place, _)| By::Id(place))
    };
    with(false).chain(with(true)).collect()
}

#[tokio::test(start_paused = true)]
async fn unknown_chats_are_found_by_graph_and_connector_at_once() {
    let (play, ended) = documented(3000).run().await;

    // 30 a second by Graph, and 10 by the connector.
    assert_pace(&play, &ended, 3000.0 / 40.0, 1.03);
}

#[tokio::test(start_paused = true)]
async fn known_chats_are_written_to_at_the_full_rate() {
    let mut play = documented(3000).set().after_an_earlier_campaign().await;

    let ended = play.run().await;

    let ratio = ended.took.as_secs_f64() / 60.0;
    assert_eq!(ended.delivered(), 3000);
    assert!(ratio <= 1.03, "{ratio}");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_has_the_app_installing_is_all_that_takes_time() {
    let (play, ended) = documented(2000).without_app().run().await;

    assert_pace(&play, &ended, 2000.0 / 30.0, 1.03);
}

#[tokio::test(start_paused = true)]
async fn where_some_lack_the_app_every_quota_is_used() {
    let (play, ended) = documented(3000).shape(lacking(0.3)).run().await;

    // Who lacks it is not known; 69 of 100 installed without asking is best.
    assert_pace(&play, &ended, 3000.0 / 38.2, 1.03);
}

#[tokio::test(start_paused = true)]
async fn those_without_the_app_hold_nobody_up_even_when_they_come_first() {
    let mut play = documented(3000).shape(lacking(0.3)).set();
    let list = missing_first(&play);
    play.relist(list);

    let ended = play.run().await;

    assert_pace(&play, &ended, 3000.0 / 38.2, 1.03);
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_kept_where_quotas_are_twenty_times_as_large() {
    let limits = Limits {
        installed_apps_read: 600.0,
        installed_apps_write: 600.0,
        graph_read: 600.0,
        connector: 1000.0,
        directory: 16_000.0,
    };
    let mut play = Scenario::new()
        .users(12_000)
        .shape(lacking(0.3))
        .quotas(Quotas::Scaled(20.0))
        .limits(limits)
        .set();
    let list = missing_first(&play);
    play.relist(list);

    let ended = play.run().await;

    let ratio = ended.took.as_secs_f64() / (12_000.0 / 38.2 / 20.0);
    assert_eq!(ended.delivered(), 12_000);
    // A second goes by before anything is known of anybody.
    assert!(ratio <= 1.08, "{ratio}");
}

#[tokio::test(start_paused = true)]
async fn while_one_service_asks_for_a_pause_people_go_the_other_way() {
    let told = Effect::Respond(Canned::status(429).header("Retry-After", "60"));
    for (endpoint, name) in [
        (Endpoint::ListInstalledApps, "/installedApps"),
        (Endpoint::GetChat, "/chat"),
    ] {
        let (play, ended) = documented(1000)
            .befalls(endpoint, When::Nth(30), told.clone())
            .run()
            .await;

        assert_eq!(ended.delivered(), 1000);
        let log = play.log();
        let of = || log.iter().filter(|one| one.path.ends_with(name));
        let refused = of().find(|one| one.status() == Some(429)).unwrap();
        let closed = refused.answered.unwrap().0;
        let open = closed + 60 * SECOND;
        assert!(!of().any(|one| closed < one.at && one.at < open), "{name}");
        let meanwhile = play.sends().into_iter();
        let meanwhile = meanwhile.filter(|one| closed < one.at && one.at < open);
        // The connector alone finds and writes to 25 people a second.
        assert!(900 <= meanwhile.count(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_way_the_campaign_names_is_the_only_one_taken() {
    let (by_graph, ended) = documented(300).resolving(Resolve::Graph).run().await;
    assert_eq!(ended.delivered(), 300);
    assert!(
        !by_graph
            .log()
            .iter()
            .any(|one| one.path.ends_with("/v3/conversations"))
    );

    let (by_connector, ended) = documented(300).resolving(Resolve::Connector).run().await;
    assert_eq!(ended.delivered(), 300);
    assert!(
        !by_connector
            .log()
            .iter()
            .any(|one| one.path.ends_with("/installedApps"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_bot_with_sessions_writes_to_the_lasting_chat() {
    let registration = Registration {
        sessions: Sessions::Many,
        ..Registration::default()
    };

    let (play, ended) = documented(200).registered(registration).run().await;

    assert_eq!(ended.delivered(), 200);
    let created = play.log().into_iter();
    let created = created.filter(|one| one.path.ends_with("/v3/conversations"));
    assert!(created.count() <= 10);
}

#[tokio::test(start_paused = true)]
async fn neighbours_are_looked_up_together() {
    for by in [By::Id, By::Name, By::Mail] {
        let list: Vec<By> = (0..300).map(by).chain([By::Nobody, By::Nobody]).collect();

        let (play, ended) = documented(300).list(list).run().await;

        assert_eq!(ended.delivered(), 300);
        let log = play.log();
        let lookups = log
            .iter()
            .filter(|one| one.path == "/v1.0/users" || one.path.starts_with("/v1.0/users/left"));
        assert!(lookups.count() <= 22, "{:?}", by(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_lookup_of_many_is_made_one_by_one() {
    let refused = Effect::Respond(Canned::status(400));

    let (play, ended) = documented(30)
        .befalls(Endpoint::ListUsers, When::Nth(1), refused)
        .run()
        .await;

    assert_eq!(ended.delivered(), 30);
    let alone = play.log().into_iter().filter(|one| {
        one.method == Method::GET
            && one.path.split('/').count() == "/v1.0/users/x".split('/').count()
    });
    assert_eq!(alone.count(), 15);
}

#[tokio::test(start_paused = true)]
async fn whoever_shares_a_mail_address_is_ambiguous_and_spoils_no_neighbour() {
    let shape = Shape {
        shared_mail: 0.1,
        ..Shape::uniform()
    };
    let mut play = documented(60).shape(shape).set();
    let mails: Vec<_> = play.world.people().iter().map(|one| &one.mail).collect();
    let is_shared = |mail| mails.iter().filter(|other| **other == mail).count() > 1;
    let shared = mails.iter().filter(|mail| is_shared(**mail)).count() as u64;
    let list: Vec<By> = (0..60).map(By::Mail).collect();
    play.relist(list);

    let ended = play.run().await;

    assert!(0 < shared);
    assert_eq!(ended.because(Cause::AmbiguousUser), shared);
    assert_eq!(ended.delivered(), 60 - shared);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_looked_up_where_the_object_id_is_all_that_is_needed() {
    let list: Vec<By> = (0..30).map(By::Id).collect();

    let (play, ended) = documented(30).for_everybody().list(list).run().await;

    assert_eq!(ended.delivered(), 30);
    assert_eq!(ended.budget("directory").requests, 0);
    assert!(play.messages().iter().all(|messages| *messages == 1));
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_allows_half_is_used_to_the_full_in_every_form_it_asks_to_wait() {
    for form in [
        RetryAfter::Seconds,
        RetryAfter::Fractional,
        RetryAfter::Date,
    ] {
        let mut play = documented(1500)
            .retry_after(form)
            .set()
            .after_an_earlier_campaign()
            .await;
        let halved = Effect::Quota {
            times: 0.5,
            name: None,
        };
        play.world.script(Hardship::new(Endpoint::Any, halved));
        let begun = play.sends().last().unwrap().at;
        let found = begun + 30 * SECOND;

        let ended = play.run().await;

        let ratio = ended.took.as_secs_f64() / 60.0;
        assert_eq!(ended.delivered(), 1500);
        assert!(ratio <= 1.2, "{form:?}: {ratio}");
        // Once what it allows is found, hardly anybody is refused.
        let sends = play.sends();
        let late = sends.iter().filter(|sent| found <= sent.at);
        let refused = late.clone().filter(|sent| sent.status() == Some(429));
        let share = refused.count() as f64 / late.count() as f64;
        assert!(share <= 0.01, "{form:?}: {share}");
    }
}
