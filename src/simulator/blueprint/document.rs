//! A tenant as TOML.

use std::{path::Path, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use super::{
    Blueprint, SEED,
    group::{self, ListedGroup, ListedTeam},
    list,
    roster::{Listed, Roster},
};
use crate::simulator::{
    file::{File, FileError},
    hardship::span,
    options::{Options, Shape},
    tenant::registration::{Registration, RetryAfter, Sessions, Transcript, WebApplication},
};

/// The file as typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    seed: Option<u64>,
    domain: Option<String>,
    people: Option<People>,
    #[serde(default)]
    shape: Shape,
    #[serde(default)]
    app: App,
    #[serde(default)]
    person: Vec<Spanned<Listed>>,
    #[serde(default)]
    group: Vec<ListedGroup>,
    #[serde(default)]
    team: Vec<ListedTeam>,
}

/// People who are not in the file itself.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "`people` is a number of people to draw, or the name of a CSV file"
)]
enum People {
    Drawn(usize),
    Listed(String),
}

/// How app and bot are registered; what is left out is registered right.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    permissions: Option<Vec<String>>,
    web_application: Option<WebApplication>,
    resource_specific_permissions: Option<Vec<String>>,
    supports_sessions: Option<bool>,
    version: Option<String>,
    outdated_version: Option<String>,
    token_lifetime: Option<Spanned<String>>,
    retry_after: Option<RetryAfter>,
    transcript: Option<Transcript>,
}

/// Reads a tenant; files it names are in `dir`.
pub(super) fn read(file: &File<'_>, dir: &Path) -> Result<Blueprint, FileError> {
    let document: Document = file.toml()?;
    let mut roster = Roster::default();
    let mut drawn = 0;
    match document.people {
        Some(People::Drawn(count)) => drawn = count,
        Some(People::Listed(name)) => {
            let path = dir.join(name);
            let file = File::read(&path)?;
            for (line, person) in list::read(&file)? {
                roster.add(&file, line, person)?;
            }
        }
        None => {}
    }
    for person in document.person {
        let line = file.line(person.span().start);
        roster.add(file, line, person.into_inner())?;
    }
    if drawn + roster.len() == 0 {
        let problem = "nobody is in this tenant; add `people = 100`, `people = \"people.csv\"` or a [[person]]";
        return Err(file.wrong(None, problem));
    }
    roster.groups = group::plan(file, &roster, &document.group, &document.team)?;
    if let Some(domain) = document.domain {
        roster.domain = domain;
    }
    Ok(Blueprint {
        options: Options {
            people: drawn + roster.len(),
            seed: document.seed.unwrap_or(SEED),
            shape: document.shape,
            ..Options::default()
        },
        registration: document.app.registration(file)?,
        roster,
    })
}

impl App {
    fn registration(self, file: &File<'_>) -> Result<Registration, FileError> {
        let usual = Registration::default();
        let sessions = |supports| {
            if supports {
                Sessions::Many
            } else {
                Sessions::One
            }
        };
        Ok(Registration {
            permissions: self.permissions.unwrap_or(usual.permissions),
            web_application: self.web_application.unwrap_or(usual.web_application),
            sessions: self.supports_sessions.map_or(usual.sessions, sessions),
            resource_specific_permissions: self
                .resource_specific_permissions
                .unwrap_or(usual.resource_specific_permissions),
            version: self.version.unwrap_or(usual.version),
            outdated_version: self.outdated_version.unwrap_or(usual.outdated_version),
            token_lifetime: match self.token_lifetime {
                Some(text) => time(file, &text)?,
                None => usual.token_lifetime,
            },
            retry_after: self.retry_after.unwrap_or(usual.retry_after),
            transcript: self.transcript.unwrap_or(usual.transcript),
            ..usual
        })
    }
}

fn time(file: &File<'_>, text: &Spanned<String>) -> Result<Duration, FileError> {
    span::read(text.get_ref()).map_err(|problem| file.wrong_at(text.span().start, problem))
}
