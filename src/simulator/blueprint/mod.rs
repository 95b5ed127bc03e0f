//! A tenant as it is written down: a TOML file, or a plain list of people as CSV.

mod document;
mod group;
mod list;
mod roster;
#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use self::roster::Roster;
use super::{
    file::{File, FileError},
    options::Options,
    tenant::registration::Registration,
};

/// The seed of a tenant that names none.
const SEED: u64 = 7;

/// A tenant that can be made.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// How many people it has, and what they are drawn from.
    pub options: Options,
    /// How its app and bot are registered.
    pub registration: Registration,
    pub(crate) roster: Roster,
}

impl Blueprint {
    /// Reads the tenant at `path`: a list of people if its name ends in
    /// `.csv`, and TOML otherwise. `seed` goes before the seed of the file.
    ///
    /// # Errors
    ///
    /// [`FileError`], with the file, the line and what to do.
    pub fn load(path: &Path, seed: Option<u64>) -> Result<Self, FileError> {
        let file = File::read(path)?;
        let is_list = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let mut blueprint = if is_list {
            Self::of_list(&file)?
        } else {
            document::read(&file, path.parent().unwrap_or(Path::new("")))?
        };
        if let Some(seed) = seed {
            blueprint.options.seed = seed;
        }
        Ok(blueprint)
    }

    fn of_list(file: &File<'_>) -> Result<Self, FileError> {
        let mut roster = Roster::default();
        for (line, person) in list::read(file)? {
            roster.add(file, line, person)?;
        }
        Ok(Self {
            options: Options {
                people: roster.len(),
                seed: SEED,
                ..Options::default()
            },
            registration: Registration::default(),
            roster,
        })
    }
}
