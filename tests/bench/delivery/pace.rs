//! How near a run comes to the least time that the quotas allow.
//!
//! The bounds are those of the best mix of ways (see `teamcast plan`), with
//! quotas twenty times the documented ones, so that a minute does for twenty.

use std::time::Duration;

use serde_json::Value;

use crate::common::{
    campaign::Campaign,
    client::Client,
    report::{Figure, Goal},
    tenant::Tenant,
};

/// How many times the documented quotas the tenant allows.
const TIMES: f64 = 20.0;
const PEOPLE: usize = 48_000;
/// The documented quotas of what a run asks for, a second.
const QUOTAS: [(&str, f64); 4] = [
    ("installed_apps_read", 30.0),
    ("installed_apps_write", 30.0),
    ("graph_read", 30.0),
    ("connector", 50.0),
];

/// Whole campaigns against the bounds, and what the tenant saw in any second.
pub(crate) fn makespan() -> Vec<Figure> {
    let mut peak: f64 = 0.0;
    let mut figures = Vec::new();
    // The share with the app, and the people a second by the documented quotas.
    for (name, warm, share, bound) in [
        (
            "(a) all installed, cold",
            Some("(c) the same, warm"),
            1.0,
            40.0,
        ),
        ("(b) 30 % missing, first", None, 0.7, 38.2),
        ("(d) all missing", None, 0.0, 30.0),
    ] {
        let tenant = Tenant::with_app(share, PEOPLE, &["--quota-scale", &TIMES.to_string()]);
        let client = Client::of(&tenant, PEOPLE);
        let mut campaign = Campaign::of(&client, TIMES, "auto");
        campaign.list(&missing_first(&client.truth()));
        figures.push(ratio(name, campaign.run(&[]).took, bound));
        if let Some(name) = warm {
            campaign.say(|settings| settings.name = "another");
            figures.push(ratio(name, campaign.run(&[]).took, 50.0));
        }
        peak = peak.max(busiest(&client.truth()));
    }
    figures.push(Figure {
        name: "politeness: the busiest second",
        value: peak,
        unit: "of quota",
        goal: Goal::AtMost(1.05),
    });
    figures
}

/// The connector's quota drops to half in mid-run, then recovers; now and then
/// everything is throttled for a while. Everybody is reached by the connector.
///
/// At the documented quotas: how soon a throttled answer is heeded takes as long
/// with twenty times as many requests, and twenty times as many are on their way.
pub(crate) fn storm() -> Vec<Figure> {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), STORM).unwrap();
    let options = ["--hardships", script.path().to_str().unwrap()];
    let tenant = Tenant::start(IN_A_STORM, &options);
    let client = Client::of(&tenant, IN_A_STORM);
    let campaign = Campaign::of(&client, 1.0, "connector");
    let took = campaign.run(&[]).took.as_secs_f64();
    let truth = client.truth();
    let (seen, refused) = seen(&truth);
    // Two requests a person; half the quota was gone for so many seconds.
    let full = 2.0 * IN_A_STORM as f64 / 50.0;
    let bound = full + HALVED / 2.0 + BURSTS;
    vec![
        Figure {
            name: "storm: time",
            value: took / bound,
            unit: "of bound",
            goal: Goal::AtMost(1.15),
        },
        Figure {
            name: "storm: throttled answers",
            value: 100.0 * refused / seen,
            unit: "%",
            goal: Goal::AtMost(1.0),
        },
    ]
}

/// People of the storm: a hundred seconds of the connector.
const IN_A_STORM: usize = 2_500;
/// How long the quota is halved, in seconds.
const HALVED: f64 = 30.0;
/// How long everything is throttled, with the pause it asks for, in seconds.
const BURSTS: f64 = 6.0;
const STORM: &str = r#"
[[hardship]]
from = "30s"
until = "1m"
effect = { quota = { name = "connector", times = 0.5 } }

[[hardship]]
name = "burst"
from = "15s"
until = "15.2s"
effect = { throttle = { retry_after = "2s" } }

[[hardship]]
name = "burst"
from = "70s"
until = "70.2s"
effect = { throttle = { retry_after = "2s" } }

[[hardship]]
name = "burst"
from = "80s"
until = "80.2s"
effect = { throttle = { retry_after = "2s" } }
"#;

fn ratio(name: &'static str, took: Duration, bound: f64) -> Figure {
    let bound = PEOPLE as f64 / (bound * TIMES);
    Figure {
        name,
        value: took.as_secs_f64() / bound,
        unit: "of bound",
        goal: Goal::AtMost(1.03),
    }
}

/// Everybody, those without the app first.
fn missing_first(truth: &Value) -> Vec<String> {
    let mut people: Vec<_> = truth["people"].as_array().unwrap().iter().collect();
    people.sort_by_key(|person| person["has_app"].as_bool().unwrap());
    let ids = people.iter().map(|person| person["object_id"].as_str());
    ids.map(|id| id.unwrap().to_owned()).collect()
}

/// The most requests in any second, by the quota they were for.
fn busiest(truth: &Value) -> f64 {
    let peaks = QUOTAS.map(|(name, quota)| {
        let peak = truth["quotas"][name]["peak_per_second"].as_f64().unwrap();
        peak / (quota * TIMES)
    });
    peaks.into_iter().fold(0.0, f64::max)
}

/// Requests to the connector, and how many of them were refused for its quota or
/// in a burst.
fn seen(truth: &Value) -> (f64, f64) {
    let quota = &truth["quotas"]["connector"];
    let struck = truth["hardships"].as_array().unwrap().iter();
    let bursts = struck.filter(|one| one["name"] == "burst");
    let bursts = bursts.map(|one| one["struck"].as_f64().unwrap());
    (
        quota["seen"].as_f64().unwrap(),
        quota["refused"].as_f64().unwrap() + bursts.sum::<f64>(),
    )
}
