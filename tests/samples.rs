//! The samples are what the program reads.

use std::path::Path;

use teamcast::{
    campaign::Campaign,
    pipeline,
    simulator::{Blueprint, World},
};

#[test]
fn the_sample_campaign_is_read_with_its_list_and_message() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/announcement/campaign.toml");

    let campaign = Campaign::load(&path, &|_| Some("from-the-environment".to_owned())).unwrap();
    let survey = pipeline::survey(&campaign.audience.include, None).unwrap();

    assert_ne!(survey.rows, Some(0));
    assert!(survey.columns.contains("department") || !survey.columns.is_empty());
}

#[test]
fn the_sample_tenant_is_read_with_its_hardships() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/simulator");

    let blueprint = Blueprint::load(&samples.join("tenant.toml"), None).unwrap();
    let world = World::planned(&blueprint);
    let hardships = world.load_hardships(&samples.join("hardships.toml"));

    assert_eq!(202, world.people().len());
    assert_eq!(19, hardships.unwrap());
    let names = world.account().hardships;
    assert!(
        names
            .iter()
            .any(|hardship| hardship.name == "throttle storm")
    );
}
