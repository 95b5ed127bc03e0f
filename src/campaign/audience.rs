//! `[audience]`: who is to get the message.

use std::{
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use super::{
    problem::{Problem, not_blank},
    typed,
};

/// Where recipients come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A CSV file, maybe the report of an earlier run.
    Csv(PathBuf),
    /// A CSV on standard input.
    StandardInput,
    /// The users of the directory.
    Users {
        /// Graph's `$filter`; everybody without one.
        filter: Option<String>,
    },
    /// The users who came or changed since the campaign's last run.
    NewUsers,
    /// The members of a group, however deep, by its object id.
    Group(String),
    /// The members of a team, by its id.
    Team(String),
}

/// Who is to get the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// At least one source.
    pub include: Vec<Source>,
    /// Who is left out.
    pub exclude: Vec<Source>,
    /// Whether guests get it.
    pub guests: bool,
    /// Whether disabled accounts get it.
    pub disabled: bool,
    /// Whether people without a Teams licence get it.
    pub unlicensed: bool,
    /// More recipients than this is an error before anything is sent.
    pub max_recipients: Option<NonZeroU64>,
    /// Where everybody's addresses must be, in lower case; anywhere if empty.
    pub only_domains: Vec<String>,
}

impl Audience {
    pub(super) fn from_typed(typed: typed::Audience, dir: &Path) -> Result<Self, Problem> {
        if typed.include.is_empty() {
            let problem = "it is empty; name at least one source, as in { csv = \"users.csv\" }";
            return Err(Problem::invalid("audience.include", problem));
        }
        let include = sources("audience.include", typed.include, dir)?;
        let exclude = sources("audience.exclude", typed.exclude, dir)?;
        if let Some(place) = exclude
            .iter()
            .position(|source| *source == Source::NewUsers)
        {
            let problem = "who is new changes from run to run; name whom to leave out otherwise";
            return Err(Problem::invalid(
                format!("audience.exclude[{place}]"),
                problem,
            ));
        }
        for (single, word) in [
            (Source::StandardInput, "standard input (`-`) can be read"),
            (Source::NewUsers, "who is new can be asked"),
        ] {
            let everywhere = include.iter().chain(&exclude);
            if 1 < everywhere.filter(|source| **source == single).count() {
                let problem = format!("{word} only once; remove the second one");
                return Err(Problem::invalid("audience", problem));
            }
        }
        Ok(Self {
            include,
            exclude,
            guests: typed.guests,
            disabled: typed.disabled,
            unlicensed: typed.unlicensed,
            max_recipients: typed.max_recipients,
            only_domains: domains(typed.only_domains)?,
        })
    }

    /// Whether somebody may be in it who is a member of a team.
    pub(super) fn has_team(&self) -> bool {
        let is_team = |source: &Source| matches!(source, Source::Team(_));
        self.include.iter().any(is_team)
    }
}

fn sources(key: &str, typed: Vec<typed::Source>, dir: &Path) -> Result<Vec<Source>, Problem> {
    let sources = typed.into_iter().enumerate();
    sources
        .map(|(place, source)| Source::from_typed(&format!("{key}[{place}]"), source, dir))
        .collect()
}

fn domains(typed: Vec<String>) -> Result<Vec<String>, Problem> {
    let key = "audience.only_domains";
    let domains = typed.into_iter().map(|domain| {
        let domain = domain.trim().to_lowercase();
        if domain.is_empty() || domain.contains(['@', '*', ' ', '/']) {
            let problem = format!("`{domain}` is no domain; give something like contoso.com");
            return Err(Problem::invalid(key, problem));
        }
        Ok(domain)
    });
    domains.collect()
}

impl Source {
    fn from_typed(key: &str, typed: typed::Source, dir: &Path) -> Result<Self, Problem> {
        match typed {
            typed::Source::Csv(path) if path.as_os_str().is_empty() => {
                Err(Problem::invalid(key, "the path is empty; name a CSV file"))
            }
            typed::Source::Csv(path) if path.as_os_str() == "-" => Ok(Self::StandardInput),
            typed::Source::Csv(path) => Ok(Self::Csv(dir.join(path))),
            typed::Source::Users(users) => Self::users(&format!("{key}.users"), users),
            typed::Source::Group(id) => Ok(Self::Group(guid(&format!("{key}.group"), &id)?)),
            typed::Source::Team(id) => Ok(Self::Team(guid(&format!("{key}.team"), &id)?)),
        }
    }

    fn users(key: &str, typed: typed::Users) -> Result<Self, Problem> {
        let typed::Users { filter, new } = typed;
        if !new {
            let filter = filter.map(|filter| not_blank(&format!("{key}.filter"), &filter));
            let filter = filter.transpose()?;
            return Ok(Self::Users { filter });
        }
        if filter.is_some() {
            let problem = "the directory cannot filter who is new; leave one of the two out";
            return Err(Problem::invalid(key, problem));
        }
        Ok(Self::NewUsers)
    }
}

/// The object id of a group or team, in the directory's lower case.
fn guid(key: &str, text: &str) -> Result<String, Problem> {
    let id = text.trim().to_ascii_lowercase();
    let lengths = id.split('-').map(str::len);
    let is_hex = id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    if is_hex && lengths.eq([8, 4, 4, 4, 12]) {
        return Ok(id);
    }
    let problem = format!("`{text}` is no object id; groups and teams are named by their GUID");
    Err(Problem::invalid(key, problem))
}
