//! The samples are what the program reads.

use std::path::Path;

use teamcast::{campaign::Campaign, pipeline};

#[test]
fn the_sample_campaign_is_read_with_its_list_and_message() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/announcement/campaign.toml");

    let campaign = Campaign::load(&path, &|_| Some("from-the-environment".to_owned())).unwrap();
    let survey = pipeline::survey(&campaign.audience.include).unwrap();

    assert_ne!(survey.rows, Some(0));
    assert!(survey.columns.contains("department") || !survey.columns.is_empty());
}
