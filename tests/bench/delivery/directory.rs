//! A million people whom nobody listed: memory and pace of reading them all.

use crate::{
    MIB,
    common::{
        campaign::{Campaign, NO_LIMIT},
        client::Client,
        report::{Figure, Goal},
        tenant::Tenant,
    },
};

const PEOPLE: usize = 1_000_000;
/// Everybody in the directory, and a rule that leaves out each of them.
const NOBODY: &str = "include = [ { users = {} } ]\nonly_domains = [\"elsewhere.example\"]";
/// Everybody in the directory but everybody in the directory.
const ALL_EXCLUDED: &str = "include = [ { csv = \"users.csv\" } ]\nexclude = [ { users = {} } ]\n\
                            guests = true\ndisabled = true\nunlicensed = true";

/// The whole directory as an audience and as an exclusion, quotas off.
pub(crate) fn directory() -> Vec<Figure> {
    let tenant = Tenant::start(PEOPLE, &["--quotas", "off"]);
    let client = Client::of(&tenant, 1);
    let read = |audience| {
        let mut campaign = Campaign::of(&client, NO_LIMIT, "auto");
        campaign.say(|settings| settings.audience = audience);
        campaign.run(&[])
    };
    let included = read(NOBODY);
    let excluded = read(ALL_EXCLUDED);
    let memory = |name, memory: Option<f64>| Figure {
        name,
        value: memory.map_or(f64::NAN, |bytes| bytes / MIB),
        unit: "MiB",
        goal: Goal::AtMost(100.0),
    };
    vec![
        memory("memory while reading everybody", included.memory),
        Figure {
            name: "people read and ruled out",
            value: PEOPLE as f64 / included.took.as_secs_f64(),
            unit: "people/s",
            goal: Goal::None,
        },
        memory("memory while excluding everybody", excluded.memory),
    ]
}
