//! Several campaigns and several processes around one ledger.

use crate::stage::{Ended, Stage};

/// A campaign of another name beside the first, to the same people.
fn another(stage: &Stage) {
    let campaign = stage.read("campaign.toml");
    let other = campaign
        .replace("name = \"townhall\"", "name = \"picnic\"")
        .replace("Hello", "Come along,");
    stage.write("picnic.toml", other);
}

/// How many people have so many messages.
fn people_with(stage: &Stage, messages: usize) -> usize {
    let people = stage.world.truth().people;
    let with = people.iter().filter(|one| one.messages.len() == messages);
    with.count()
}

#[test]
fn two_campaigns_at_once_in_one_ledger_each_reach_everybody_once() {
    let stage = Stage::new(300);
    another(&stage);
    let picnic = ["run", "picnic.toml", "--yes"];

    let first = stage.spawn();
    let second = stage.program(picnic).spawn().unwrap();

    Ended::when_done(first).code(0);
    Ended::when_done(second).code(0);
    assert_eq!(people_with(&stage, 2), 300);
    for campaign in ["campaign.toml", "picnic.toml"] {
        let status = stage.start(&["status", campaign], &[]).code(0);
        assert!(status.stdout.contains("300 delivered"), "{}", status.stdout);
    }
}

#[test]
fn two_campaigns_at_once_killed_and_started_again_each_reach_everybody_once() {
    let stage = Stage::new(200);
    another(&stage);
    let picnic = ["run", "picnic.toml", "--yes"];
    for enough in [20, 120, 250] {
        let mut first = stage.spawn();
        let mut second = stage.program(picnic).spawn().unwrap();
        stage.wait_for_messages(enough);
        for process in [&mut first, &mut second] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    let first = stage.spawn();
    let second = stage.program(picnic).spawn().unwrap();

    for process in [first, second] {
        let ended = Ended::when_done(process);
        assert!(matches!(ended.code, 0 | 4), "{}", ended.stderr);
    }
    for campaign in ["Hello", "Come along,"] {
        for person in stage.world.truth().people {
            let texts = person.messages.iter().filter_map(|one| one.text.as_deref());
            let of_it = texts.filter(|text| text.starts_with(campaign)).count();
            assert!(of_it <= 1, "{campaign}: {person:?}");
        }
    }
}
