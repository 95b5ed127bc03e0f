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
    /// A CSV file.
    Csv(PathBuf),
    /// The users of the directory.
    Users {
        /// Graph's `$filter`; everybody without one.
        filter: Option<String>,
    },
    /// The members of a group.
    Group(String),
    /// The members of a team.
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
}

impl Audience {
    pub(super) fn from_typed(typed: typed::Audience, dir: &Path) -> Result<Self, Problem> {
        if typed.include.is_empty() {
            let problem = "it is empty; name at least one source, as in { csv = \"users.csv\" }";
            return Err(Problem::invalid("audience.include", problem));
        }
        if !typed.exclude.is_empty() {
            return Err(Problem::not_yet("audience.exclude", "leaving people out"));
        }
        let include = typed
            .include
            .into_iter()
            .enumerate()
            .map(|(place, source)| Source::from_typed(place, source, dir))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            include,
            exclude: Vec::new(),
            guests: typed.guests,
            disabled: typed.disabled,
            unlicensed: typed.unlicensed,
            max_recipients: typed.max_recipients,
        })
    }
}

impl Source {
    fn from_typed(place: usize, typed: typed::Source, dir: &Path) -> Result<Self, Problem> {
        let key = format!("audience.include[{place}]");
        match typed {
            typed::Source::Csv(path) if path.as_os_str().is_empty() => {
                Err(Problem::invalid(key, "the path is empty; name a CSV file"))
            }
            typed::Source::Csv(path) => Ok(Self::Csv(dir.join(path))),
            typed::Source::Users(typed::Users { filter: None }) => Ok(Self::Users { filter: None }),
            typed::Source::Users(typed::Users {
                filter: Some(filter),
            }) => Ok(Self::Users {
                filter: Some(not_blank(&format!("{key}.users.filter"), &filter)?),
            }),
            typed::Source::Group(id) => Err(Problem::not_yet(
                key,
                format!("a group (`{id}`) as audience"),
            )),
            typed::Source::Team(id) => Err(Problem::not_yet(
                key,
                format!("a team (`{id}`) as audience"),
            )),
        }
    }
}
