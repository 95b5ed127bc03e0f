//! People who are known by name; what is not said of them is drawn.

use std::{collections::HashMap, mem};

use serde::Deserialize;

use crate::simulator::{
    file::{File, FileError},
    guid::Guid,
    tenant::{
        dice,
        person::{Installed, Licence, Obstacle, Person, UserType},
        planned::PlannedGroup,
    },
};

/// A verified domain of a tenant that names none.
const DOMAIN: &str = "contoso.example";

/// What is said of a person; the rest is drawn from the seed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    pub(super) object_id: Option<Guid>,
    pub(super) user_principal_name: Option<String>,
    /// An empty one is none.
    pub(super) mail: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) given_name: Option<String>,
    pub(super) surname: Option<String>,
    pub(super) department: Option<String>,
    /// An empty one is none.
    pub(super) preferred_language: Option<String>,
    pub(super) user_type: Option<UserType>,
    pub(super) account_enabled: Option<bool>,
    pub(super) licence: Option<Licence>,
    pub(super) obstacle: Option<Obstacle>,
    pub(super) app: Option<Installed>,
}

/// Everybody who is known by name.
#[derive(Debug, Clone)]
pub(crate) struct Roster {
    pub(crate) domain: String,
    people: Vec<Listed>,
    /// The number and the line of each id and name.
    seen: HashMap<String, (usize, usize)>,
    /// Groups and teams that were written down.
    pub(crate) groups: Vec<PlannedGroup>,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            domain: DOMAIN.to_owned(),
            people: Vec::new(),
            seen: HashMap::new(),
            groups: Vec::new(),
        }
    }
}

impl Roster {
    /// Adds the person who stands on `line`, unless it is somebody who is there already.
    pub(super) fn add(
        &mut self,
        file: &File<'_>,
        line: usize,
        person: Listed,
    ) -> Result<(), FileError> {
        let id = person.object_id.map(|id| id.to_string());
        let name = person.principal_name().map(str::to_lowercase);
        for key in [id, name].into_iter().flatten() {
            let number = self.people.len();
            if let Some((_, before)) = self.seen.insert(key.clone(), (number, line)) {
                let problem = format!("`{key}` is on line {before} already; remove one of the two");
                return Err(file.wrong(Some(line), problem));
            }
        }
        self.people.push(person);
        Ok(())
    }

    /// Returns how many people there are.
    pub(crate) fn len(&self) -> usize {
        self.people.len()
    }

    /// Returns the number of somebody with this object id or principal name.
    pub(super) fn number_of(&self, key: &str) -> Option<usize> {
        let (number, _) = self.seen.get(&key.to_lowercase())?;
        Some(*number)
    }

    /// Makes the last of the drawn `people` those who are known by name.
    pub(crate) fn correct(&self, seed: u64, people: &mut [Person]) {
        let drawn = people.len().saturating_sub(self.people.len());
        for (person, listed) in people.iter_mut().skip(drawn).zip(&self.people) {
            listed.correct(seed, person);
        }
    }
}

impl Listed {
    /// Without a principal name, the mail address has to do.
    fn principal_name(&self) -> Option<&str> {
        let mail = self.mail.as_deref().filter(|mail| !mail.is_empty());
        self.user_principal_name.as_deref().or(mail)
    }

    fn correct(&self, seed: u64, person: &mut Person) {
        if let Some(name) = self.principal_name() {
            // A row that moves keeps its id.
            person.object_id = dice::id_of(seed, name);
            person.mail = person.mail.take().map(|_| name.into());
            person.user_type = match (person.user_type, name.contains("#EXT#")) {
                (None, _) => None,
                (Some(_), true) => Some(UserType::Guest),
                (Some(_), false) => Some(UserType::Member),
            };
            person.upn = name.into();
        }
        set(&mut person.object_id, self.object_id);
        set(&mut person.user_type, self.user_type.map(Some));
        set(&mut person.account_enabled, self.account_enabled);
        set(&mut person.licence, self.licence);
        set(&mut person.obstacle, self.obstacle);
        if let Some(mail) = &self.mail {
            person.mail = (!mail.is_empty()).then(|| mail.as_str().into());
        }
        if let Some(language) = &self.preferred_language {
            person.preferred_language = (!language.is_empty()).then(|| language.clone().into());
        }
        let department = self.department.clone().map(Into::into);
        set(&mut person.department, department);
        self.correct_names(person);
        match self.app {
            Some(app) => person.app = app,
            None if !person.may_have_app() => person.app = Installed::Absent,
            None => {}
        }
    }

    /// A display name alone is taken apart, and parts alone are put together.
    fn correct_names(&self, person: &mut Person) {
        if let Some(name) = &self.display_name {
            let (given, surname) = name.rsplit_once(' ').unwrap_or((name, ""));
            person.given_name = given.to_owned().into();
            person.surname = surname.to_owned().into();
        }
        let named = self.given_name.is_some() || self.surname.is_some();
        set(
            &mut person.given_name,
            self.given_name.clone().map(Into::into),
        );
        set(&mut person.surname, self.surname.clone().map(Into::into));
        match &self.display_name {
            Some(name) => person.display_name = name.as_str().into(),
            None if named => {
                let name = format!("{} {}", person.given_name, person.surname);
                person.display_name = name.trim().into();
            }
            None => {}
        }
    }
}

impl Person {
    /// Nobody has what nobody could have installed for them.
    fn may_have_app(&self) -> bool {
        let guest = self.user_type == Some(UserType::Guest) || self.upn.contains("#EXT#");
        let obstacle = matches!(
            self.obstacle,
            Obstacle::NeverSignedIn | Obstacle::PermissionPolicy
        );
        !guest && !obstacle && self.licence == Licence::Enabled
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        drop(mem::replace(place, value));
    }
}
