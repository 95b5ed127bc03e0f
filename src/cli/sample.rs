//! A campaign for a simulated tenant, written as a person would write it.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use crate::simulator::{Facts, World};

use super::RunError;

const MESSAGE: &str = "\
**Town hall moved to 3 pm**

Hello {{ display_name }}, this week's town hall starts at 3 pm instead of 2 pm.
";

/// Rows of the sample's list that are not simply people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Oddities {
    /// None.
    None,
    /// Somebody who left, and a row with too many cells.
    UnknownAndMalformed,
}

/// Where a simulated tenant is served.
#[derive(Debug)]
pub(super) struct Served<'a> {
    pub(super) base_url: &'a str,
    pub(super) ca_pem: &'a str,
    /// How many times the documented quotas the tenant allows.
    pub(super) quota_scale: f64,
}

/// Writes campaign, list, message and certificate into `dir`, and gives the
/// campaign's path.
pub(super) fn write(
    dir: &Path,
    world: &World,
    served: &Served<'_>,
    oddities: Oddities,
) -> Result<PathBuf, RunError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| RunError::Write { path, source }
    };
    fs::create_dir_all(dir).map_err(failed(dir))?;
    let files = [
        ("ca.pem", served.ca_pem.to_owned()),
        ("users.csv", list(world, oddities)),
        ("message.md", MESSAGE.to_owned()),
        ("campaign.toml", campaign(world.facts(), served)),
    ];
    for (name, text) in files {
        let path = dir.join(name);
        fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(dir.join("campaign.toml"))
}

/// The environment variables the campaign needs.
pub(super) fn environment(facts: &Facts) -> [(&'static str, &str); 3] {
    [
        ("AZURE_TENANT_ID", &facts.tenant_id),
        ("AZURE_CLIENT_ID", &facts.client_id),
        ("AZURE_CLIENT_SECRET", &facts.client_secret),
    ]
}

fn list(world: &World, oddities: Oddities) -> String {
    let mut text = String::from("user_principal_name,building\n");
    for (place, person) in world.people().iter().enumerate() {
        // Writing into a string cannot fail.
        writeln!(text, "{},Building {}", person.upn, place % 7 + 1).ok();
        if place == 10 && oddities == Oddities::UnknownAndMalformed {
            text.push_str("somebody.who.left@contoso.example,Building 1\n");
            text.push_str("one,cell,too many\n");
        }
    }
    text
}

fn campaign(facts: &Facts, served: &Served<'_>) -> String {
    let Served {
        base_url,
        quota_scale,
        ..
    } = served;
    let limit = |documented: f64| documented * quota_scale;
    format!(
        "\
# A campaign for a simulated tenant.
# Needs AZURE_CLIENT_SECRET in the environment, as a real one does.
# Every start of the tenant is a new campaign: its chats are empty again.
name = \"townhall-{started}\"

[tenant]
id = \"{tenant}\"

[tenant.endpoints]
authority = \"{base_url}\"
graph = \"{base_url}\"
connector = \"{base_url}/teams\"
ca_file = \"ca.pem\"

[identity]
kind = \"client-secret\"
client_id = \"{client}\"

[app]
catalog_id = \"{catalog}\"
bot_id = \"{bot}\"

[audience]
include = [ {{ csv = \"users.csv\" }} ]

[message]
text_file = \"message.md\"

[limits]
installed_apps_read = {thirty:.1}
installed_apps_write = {thirty:.1}
graph_read = {thirty:.1}
connector = {fifty:.1}
directory = {directory:.1}
",
        started = Timestamp::now().as_second(),
        tenant = facts.tenant_id,
        client = facts.client_id,
        catalog = facts.catalog_id,
        bot = facts.bot_id,
        thirty = limit(30.0),
        fifty = limit(50.0),
        directory = limit(350.0),
    )
}
