//! From the file to the campaign.

use std::{fs, path::Path};

use serde::Deserialize;

use super::{
    App, Audience, Campaign, CampaignError, Cloud, Endpoints, Identity, Place, Tenant, Wording,
    delivery::{Delivery, Install, Resolve},
    identity::Surroundings,
    problem::Problem,
    typed::File,
};

/// The longest name of a campaign.
const MAX_NAME: usize = 64;

/// Parts of keys that are likely to hold a secret.
const SECRET_WORDS: [&str; 5] = ["secret", "password", "token", "private_key", "credential"];

impl Campaign {
    /// Reads and checks the campaign file at `path`; `env` gives the values of
    /// environment variables.
    ///
    /// # Errors
    ///
    /// [`CampaignError`], with the file, the key or line, and what to do.
    pub fn load(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, CampaignError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(source) => {
                let path = path.to_owned();
                return Err(CampaignError::Unreadable { path, source });
            }
        };
        Self::parse(path, &text, env)
    }

    fn parse(
        path: &Path,
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, CampaignError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = typed(path, text)?;
        let dir = path.parent().unwrap_or(Path::new(""));
        Self::from_typed(file, dir, env).map_err(|problem| placed(path, text, problem))
    }

    fn from_typed(
        file: File,
        dir: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Problem> {
        if file.rollout.is_some() {
            return Err(Problem::not_yet("rollout", "a rollout in waves"));
        }
        let campaign_name = name(file.name)?;
        let app = App::from_typed(file.app)?;
        let audience = Audience::from_typed(file.audience, dir)?;
        let message = Wording::from_typed(file.message, dir)?;
        let limits = file.limits.checked()?;
        let delivery = possible(file.tenant.cloud, file.delivery)?;
        if file.delivery.install == Install::Team && !audience.has_team() {
            let problem = "the audience names no team; include one, as in { team = \"…\" }";
            return Err(Problem::invalid("delivery.install", problem));
        }
        let tenant = Tenant::from_typed(&file.tenant, env)?;
        let endpoints = Endpoints::from_typed(tenant.cloud, file.tenant.endpoints, dir)?;
        Identity::check(&file.identity, &endpoints.authority)?;
        // Last, so that a missing credential never hides a mistake in the file.
        let around = Surroundings {
            env,
            dir,
            bot_id: &app.bot_id,
        };
        let identity = Identity::from_typed(&file.identity, around)?;
        Ok(Self {
            name: campaign_name,
            dir: dir.to_owned(),
            tenant,
            endpoints,
            identity,
            app,
            audience,
            message,
            delivery,
            limits,
        })
    }
}

fn name(name: String) -> Result<String, Problem> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || MAX_NAME < name.len() || !name.chars().all(fits) {
        let problem = format!(
            "`{name}` is no campaign name; use 1 to {MAX_NAME} of the characters a-z, 0-9 and -"
        );
        return Err(Problem::invalid("name", problem));
    }
    Ok(name)
}

/// How people are reached in this cloud, unless it cannot do what is asked.
fn possible(cloud: Cloud, delivery: Delivery) -> Result<Delivery, Problem> {
    let facts = cloud.facts();
    if facts.has_app_installation {
        return Ok(delivery);
    }
    let name = facts.name;
    match (delivery.install, delivery.resolve) {
        (Install::IfMissing | Install::Team, _) => Err(Problem::invalid(
            "delivery.install",
            format!(
                "in the cloud `{name}` Graph cannot install apps for people; set install = \
                 \"never\" and install the app by an app setup policy in the Teams admin centre"
            ),
        )),
        (Install::Never, Resolve::Graph) => Err(Problem::invalid(
            "delivery.resolve",
            format!(
                "in the cloud `{name}` Graph cannot find chats; set resolve = \"connector\", \
                 which asks the Bot Connector"
            ),
        )),
        (Install::Never, Resolve::Auto | Resolve::Connector) => Ok(Delivery {
            resolve: Resolve::Connector,
            ..delivery
        }),
    }
}

fn placed(path: &Path, text: &str, problem: Problem) -> CampaignError {
    match problem {
        Problem::Invalid { key, problem } => CampaignError::Invalid {
            place: Place::of_key(path, text, &key),
            key,
            problem,
        },
        Problem::NotYet { key, feature } => CampaignError::NotYet {
            place: Place::of_key(path, text, &key),
            key,
            feature,
        },
        Problem::MissingCredential { variable, advice } => CampaignError::MissingCredential {
            path: path.to_owned(),
            variable,
            advice,
        },
    }
}

fn typed(path: &Path, text: &str) -> Result<File, CampaignError> {
    let document = toml::Deserializer::parse(text).map_err(|error| CampaignError::Syntax {
        place: Place::at_offset(path, text, error.span().map(|span| span.start)),
        problem: error.message().to_owned(),
    })?;
    let mut track = serde_path_to_error::Track::new();
    let document = serde_path_to_error::Deserializer::new(document, &mut track);
    File::deserialize(document)
        .map_err(|error| mistyped(path, text, &track.path().to_string(), &error))
}

/// Says what is wrong with the first thing serde could not read.
fn mistyped(path: &Path, text: &str, key: &str, error: &toml::de::Error) -> CampaignError {
    let problem = error.message();
    let offset = error.span().map(|span| span.start);
    let place = Place::at_offset(path, text, offset);
    // serde says it in words only: unknown field `a`, expected one of `b`, `c`.
    let mut words = problem.split('`').skip(1).step_by(2);
    let unknown = words.next().unwrap_or_default();
    if problem.starts_with("unknown field") {
        let is_secret = |word: &&str| unknown.to_ascii_lowercase().contains(*word);
        let key = unknown.to_owned();
        if SECRET_WORDS.iter().any(is_secret) {
            return CampaignError::SecretInFile { place, key };
        }
        let advice = advice(unknown, &words.collect::<Vec<_>>());
        return CampaignError::UnknownKey { place, key, advice };
    }
    let key = if key == "." { "campaign" } else { key }.to_owned();
    CampaignError::Invalid {
        place,
        key,
        problem: problem.to_owned(),
    }
}

/// Names the known key that is nearest to `unknown`, or all of them.
fn advice(unknown: &str, known: &[&str]) -> String {
    let likeness = |key: &&&str| strsim::jaro_winkler(unknown, key);
    let nearest = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let all = known
        .iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? (known here: {all})"),
        None => "remove it".to_owned(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
