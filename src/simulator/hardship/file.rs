//! Hardships as they are written down.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::Hardship;
use crate::simulator::{
    file::{File, FileError},
    world::World,
};

/// A script: one `[[hardship]]` each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    hardship: Vec<Spanned<Hardship>>,
}

impl Hardship {
    /// Reads one hardship, or a list of them, from JSON.
    pub(crate) fn from_json(body: &[u8]) -> Result<Vec<Self>, String> {
        let wrong = |error: serde_json::Error| error.to_string();
        let value: Value = serde_json::from_slice(body).map_err(wrong)?;
        let hardships: Vec<Self> = if value.is_array() {
            serde_json::from_value(value).map_err(wrong)?
        } else {
            vec![serde_json::from_value(value).map_err(wrong)?]
        };
        hardships.iter().try_for_each(Self::check)?;
        Ok(hardships)
    }
}

impl World {
    /// Adds the hardships of the script at `path` and says how many there are.
    ///
    /// # Errors
    ///
    /// [`FileError`], with the file, the line and what to do; then nothing is added.
    pub fn load_hardships(&self, path: &Path) -> Result<usize, FileError> {
        let file = File::read(path)?;
        let document: Document = file.toml()?;
        for entry in &document.hardship {
            let place = entry.span().start;
            let hardship = entry.get_ref();
            hardship
                .check()
                .map_err(|problem| file.wrong_at(place, problem))?;
            if let Some(person) = &hardship.person
                && self.tenant.by_key(person).is_none()
            {
                let problem = format!(
                    "nobody in the tenant is called `{person}`; use an object id or a user principal name"
                );
                return Err(file.wrong_at(place, problem));
            }
        }
        let count = document.hardship.len();
        for entry in document.hardship {
            self.script(entry.into_inner());
        }
        Ok(count)
    }
}
