//! `users = { new = true }`: who came since the campaign's last run.

use std::collections::BTreeSet;

use teamcast::simulator::{Canned, Effect, Endpoint, Guid, Licence, When};

use crate::stage::{Stage, counts};

/// A campaign for whoever is new.
fn stage(people: usize) -> Stage {
    let stage = Stage::new(people);
    stage.edit(r#"{ csv = "users.csv" }"#, "{ users = { new = true } }");
    stage
}

/// Somebody joins the company.
fn joins(stage: &Stage, name: &str) -> Guid {
    let mut person = stage.world.newcomer();
    person.upn = format!("{name}@contoso.com").into();
    let id = person.object_id;
    stage.world.add_person(person).unwrap();
    id
}

fn messages(stage: &Stage, id: Guid) -> usize {
    stage.world.truth_of(id).unwrap().messages.len()
}

/// Which people the report has.
fn reported(stage: &Stage) -> BTreeSet<String> {
    let rows = stage.report().into_iter();
    rows.map(|row| row["object_id"].clone()).collect()
}

fn ids<const N: usize>(people: [Guid; N]) -> BTreeSet<String> {
    people.map(|id| id.to_string()).into()
}

/// How many requests asked who is new.
fn pages(stage: &Stage) -> u64 {
    stage.world.truth().quotas["directory"].seen
}

#[test]
fn the_first_run_is_for_everybody_and_later_ones_for_who_came_since() {
    let stage = stage(5);
    stage.run().code(0);
    assert_eq!(stage.account(), counts([("delivered", 5)]));

    stage.run().code(0);
    assert_eq!(stage.report().len(), 0);
    let ann = joins(&stage, "ann");
    stage.run().code(0);
    assert_eq!(reported(&stage), ids([ann]));
    let bob = joins(&stage, "bob");
    stage.run().code(0);

    assert_eq!(reported(&stage), ids([bob]));
    assert_eq!((messages(&stage, ann), messages(&stage, bob)), (1, 1));
    assert_eq!(stage.messages(), 7);
}

#[test]
fn when_the_directory_has_forgotten_everybody_is_read_again_and_nobody_written_to_twice() {
    let stage = stage(30);
    stage.run().code(0);
    stage.world.expire_delta_tokens();
    let ann = joins(&stage, "ann");

    stage.run().code(0).says(&["everybody is read again"]);
    assert_eq!(stage.report().len(), 31);
    assert_eq!((messages(&stage, ann), stage.messages()), (1, 31));

    let bob = joins(&stage, "bob");
    stage.run().code(0);
    assert_eq!(reported(&stage), ids([bob]));
}

#[test]
fn who_gets_a_licence_later_is_welcomed_then() {
    let stage = stage(2);
    stage.run().code(0);
    let ann = joins(&stage, "ann");
    let licence = |licence| {
        let change = |person: &mut teamcast::simulator::Person| person.licence = licence;
        stage.world.change_person(ann, change).unwrap();
    };
    licence(Licence::Missing);
    stage.run().code(0);
    assert_eq!(stage.row_of(ann)["cause"], "unlicensed");

    licence(Licence::Enabled);
    stage.run().code(0);

    assert_eq!(reported(&stage), ids([ann]));
    assert_eq!(messages(&stage, ann), 1);
}

#[test]
fn who_left_and_who_only_changed_gets_nothing() {
    let stage = stage(4);
    stage.run().code(0);
    let change = |person: &mut teamcast::simulator::Person| person.display_name = "Z".into();
    let id = stage.person(0).object_id;
    stage.world.change_person(id, change).unwrap();
    stage
        .world
        .remove_person(stage.person(1).object_id)
        .unwrap();

    stage.run().code(0);

    assert_eq!(reported(&stage), ids([id]));
    assert_eq!(stage.messages(), 4);
}

#[test]
fn nobody_new_is_lost_when_a_run_is_killed() {
    let stage = stage(1);
    stage.run().code(0);
    let came: Vec<_> = (0..60)
        .map(|number| joins(&stage, &format!("n{number}")))
        .collect();
    let mut running = stage.spawn();
    stage.wait_for_messages(10);
    running.kill().unwrap();
    running.wait().unwrap();

    let ended = stage.run();

    assert!(matches!(ended.code, 0 | 4), "{}", ended.stderr);
    let doubtful = stage
        .report()
        .iter()
        .filter(|row| row["outcome"] == "in-doubt")
        .count();
    let reached = came.iter().filter(|id| messages(&stage, **id) == 1).count();
    assert!(60 <= reached + doubtful, "{reached} and {doubtful}");
    assert!(came.iter().all(|id| messages(&stage, *id) <= 1));
}

#[test]
fn a_reading_that_breaks_off_is_done_again_by_the_next_run() {
    let stage = stage(3);
    stage.run().code(0);
    stage.trouble(Endpoint::DeltaUsers, Effect::Page(2));
    stage.world.expire_delta_tokens();
    let ann = joins(&stage, "ann");
    let broken = Effect::Respond(Canned::status(418));
    stage
        .trouble(Endpoint::DeltaUsers, broken)
        .when(When::Nth(3));
    stage.run();
    assert_eq!(messages(&stage, ann), 0);

    stage.run().code(0);

    assert_eq!(messages(&stage, ann), 1);
    assert_eq!(stage.messages(), 4);
}

#[test]
fn whoever_failed_is_found_again_by_a_retry() {
    let stage = stage(2);
    stage.run().code(0);
    let ann = joins(&stage, "ann");
    let refused = Effect::Respond(Canned::status(413));
    stage.trouble(Endpoint::SendActivity, refused);
    stage.run().code(3);
    stage.world.relent();
    let before = pages(&stage);
    stage.run().code(0);
    assert_eq!((pages(&stage) - before, messages(&stage, ann)), (1, 0));

    stage.run_with(&["--retry", "failed"]).code(0);

    assert_eq!(stage.account(), counts([("delivered", 3)]));
    assert_eq!(messages(&stage, ann), 1);
}

#[test]
fn a_pilot_does_not_forget_the_others() {
    let stage = stage(6);

    stage.run_with(&["--limit", "2"]).code(0);
    assert_eq!(stage.messages(), 2);
    stage.run().code(0);

    assert_eq!(stage.messages(), 6);
}

#[test]
fn somebody_in_doubt_who_has_no_message_after_all_is_found_again() {
    let stage = stage(2);
    stage.run().code(0);
    let ann = joins(&stage, "ann");
    stage.trouble(Endpoint::SendActivity, Effect::LoseRequest);
    stage.run().code(4);
    stage.world.relent();
    let reconcile = ["reconcile", "campaign.toml", "--yes", "--settling", "0s"];
    stage.start(&reconcile, &[]);
    assert_eq!(messages(&stage, ann), 0);

    stage.run().code(0).says(&["left people open"]);

    assert_eq!((messages(&stage, ann), stage.messages()), (1, 3));
}
