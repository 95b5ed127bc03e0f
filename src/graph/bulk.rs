//! Several people with one request.

use std::collections::HashMap;

use crate::{
    model::{Person, UserKey},
    remote::Trouble,
};

use super::{Graph, Lookup, refusal::Asked, users::SELECT};

/// The most names in one filter; more clauses are refused (page "Use the
/// $filter query parameter").
pub const TOGETHER: usize = 15;
/// Room for people who share a mail address.
const ROOM: &str = "999";

/// The property by which the directory is asked for `key` first.
fn property(key: &UserKey) -> &'static str {
    match key {
        UserKey::ObjectId(_) => "id",
        UserKey::UserPrincipalName(_) | UserKey::Either(_) => "userPrincipalName",
        UserKey::Mail(_) => "mail",
    }
}

/// Whether nobody goes by `key` where nobody has it as that property.
fn is_certain(key: &UserKey) -> bool {
    match key {
        UserKey::ObjectId(_) | UserKey::UserPrincipalName(_) => true,
        UserKey::Mail(_) | UserKey::Either(_) => false,
    }
}

/// Whether one request can ask for both.
pub fn go_together(one: &UserKey, other: &UserKey) -> bool {
    property(one) == property(other)
}

/// `keys` by the requests that ask for them.
pub fn groups(mut keys: Vec<UserKey>) -> Vec<Vec<UserKey>> {
    let mut groups: Vec<Vec<UserKey>> = Vec::new();
    while let Some(first) = keys.first().cloned() {
        let (alike, rest): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|key| go_together(&first, key));
        keys = rest;
        groups.extend(alike.chunks(TOGETHER).map(<[_]>::to_vec));
    }
    groups
}

impl Graph {
    /// Who each of `keys` is, which make one of the [`groups`]: with one
    /// request, and alone where that was no use.
    ///
    /// # Errors
    ///
    /// What ends the run. What is wrong with one person's name stands in their
    /// place.
    pub async fn each_user(
        &self,
        keys: Vec<UserKey>,
    ) -> Result<Vec<(UserKey, Result<Lookup, Trouble>)>, Trouble> {
        let together = match keys.as_slice() {
            // One alone is better asked for alone.
            [_] => vec![None],
            _ => match self.users(&keys).await {
                Ok(found) => found,
                Err(Trouble::Person { .. }) => vec![None; keys.len()],
                Err(trouble @ (Trouble::Blocked(_) | Trouble::Stopped)) => return Err(trouble),
            },
        };
        let mut known = Vec::with_capacity(keys.len());
        for (key, found) in keys.into_iter().zip(together) {
            let lookup = match found {
                Some(lookup) => Ok(lookup),
                None => match self.user(&key).await {
                    Err(trouble @ (Trouble::Blocked(_) | Trouble::Stopped)) => return Err(trouble),
                    lookup => lookup,
                },
            };
            known.push((key, lookup));
        }
        Ok(known)
    }

    /// Who `keys` are, in their order: at most [`TOGETHER`], which
    /// [`go_together`]. Nothing for a key that has to be asked for alone.
    ///
    /// # Errors
    ///
    /// One key that is no valid name spoils the request; then each has to be
    /// asked for alone.
    pub async fn users(&self, keys: &[UserKey]) -> Result<Vec<Option<Lookup>>, Trouble> {
        let Some(property) = keys.first().map(property) else {
            return Ok(Vec::new());
        };
        let names: Vec<String> = keys
            .iter()
            .map(|key| format!("'{}'", key.as_str().replace('\'', "''")))
            .collect();
        let filter = format!("{property} in ({})", names.join(","));
        let query = [
            ("$filter", filter.as_str()),
            ("$select", SELECT),
            ("$top", ROOM),
        ];
        let found = self.found(self.url("/users", &query), Asked::Directory);
        let people = by_name(property, found.await?);
        Ok(keys.iter().map(|key| lookup(&people, key)).collect())
    }
}

fn by_name(property: &str, found: Vec<Person>) -> HashMap<String, Vec<Person>> {
    let mut people: HashMap<String, Vec<Person>> = HashMap::new();
    for person in found {
        let name = match property {
            "id" => Some(person.object_id.as_str()),
            "mail" => person.mail.as_deref(),
            _ => person.user_principal_name.as_deref(),
        };
        if let Some(name) = name.map(str::to_lowercase) {
            people.entry(name).or_default().push(person);
        }
    }
    people
}

fn lookup(people: &HashMap<String, Vec<Person>>, key: &UserKey) -> Option<Lookup> {
    match people.get(&key.as_str().to_lowercase()).map(Vec::as_slice) {
        Some([person]) => Some(Lookup::Found(Box::new(person.clone()))),
        Some(several @ [_, _, ..]) => Some(Lookup::Ambiguous {
            at_least: several.len(),
        }),
        Some([]) | None => is_certain(key).then_some(Lookup::Unknown),
    }
}
