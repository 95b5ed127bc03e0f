//! Who is left out by name or by address, whatever else is known of them.

use std::collections::HashSet;

use crate::model::{ObjectId, Person, UserKey};

/// What stands between the name of a guest's home and the tenant's.
const EXTERNAL: &str = "#ext#";

/// People who are left out.
#[derive(Debug, Clone, Default)]
pub struct Excluded {
    /// Object ids, sixteen bytes each: whole groups may be left out.
    guids: HashSet<u128>,
    /// Object ids that are no GUIDs.
    ids: HashSet<ObjectId>,
    /// Names the directory could not tell apart or does not know, in lower case.
    names: HashSet<String>,
}

/// Who is left out by name or by address.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    /// These people.
    pub excluded: Excluded,
    /// Everybody with an address in another domain; nobody, if empty.
    pub only_domains: Vec<String>,
}

impl Excluded {
    /// Leaves out the person with this id.
    pub fn add(&mut self, id: &ObjectId) {
        match guid(id) {
            Some(guid) => self.guids.insert(guid),
            None => self.ids.insert(id.clone()),
        };
    }

    /// Leaves out everybody with this user principal name or mail address.
    pub fn add_name(&mut self, name: &str) {
        self.names.insert(name.to_lowercase());
    }

    /// Whether nobody is left out.
    pub fn is_empty(&self) -> bool {
        self.guids.is_empty() && self.ids.is_empty() && self.names.is_empty()
    }

    /// Whether the person is left out.
    pub fn has(&self, person: &Person) -> bool {
        let names = [&person.user_principal_name, &person.mail];
        let mut names = names.into_iter().flatten();
        self.has_id(&person.object_id) || names.any(|name| self.has_name(name))
    }

    /// Whether somebody is left out whom the input names so.
    pub fn has_key(&self, key: &UserKey) -> bool {
        match key {
            UserKey::ObjectId(id) => self.has_id(id),
            UserKey::UserPrincipalName(name) | UserKey::Mail(name) | UserKey::Either(name) => {
                self.has_name(name)
            }
        }
    }

    /// Whether the object id alone says who is left out.
    pub fn goes_by_id(&self) -> bool {
        self.names.is_empty()
    }

    fn has_id(&self, id: &ObjectId) -> bool {
        match guid(id) {
            Some(guid) => self.guids.contains(&guid),
            None => self.ids.contains(id),
        }
    }

    fn has_name(&self, name: &str) -> bool {
        !self.names.is_empty() && self.names.contains(&name.to_lowercase())
    }
}

impl Bounds {
    /// Whether the object id alone says who is left out.
    pub fn go_by_id(&self) -> bool {
        self.only_domains.is_empty() && self.excluded.goes_by_id()
    }

    /// Why the person is left out, in words, if they are.
    pub fn leave_out(&self, person: &Person) -> Option<String> {
        if self.excluded.has(person) {
            return Some("the exclude list has this person".to_owned());
        }
        self.abroad(person)
    }

    /// Which address of the person is in no domain of the campaign.
    fn abroad(&self, person: &Person) -> Option<String> {
        if self.only_domains.is_empty() {
            return None;
        }
        let name = person.user_principal_name.as_deref();
        let mut addresses = [name, person.mail.as_deref()]
            .into_iter()
            .flatten()
            .peekable();
        if addresses.peek().is_none() {
            return Some("no address is known that audience.only_domains could allow".to_owned());
        }
        let at_home = |address: &&str| {
            domain(address).is_some_and(|domain| self.only_domains.contains(&domain))
        };
        let abroad = addresses.find(|address| !at_home(address))?;
        Some(format!("{abroad} is outside audience.only_domains"))
    }
}

/// The domain of an address; of a guest's user principal name that of their
/// home, as `ann_fabrikam.com#EXT#@contoso.onmicrosoft.com` has it.
fn domain(address: &str) -> Option<String> {
    let address = address.to_lowercase();
    let (_, domain) = match address.split_once(EXTERNAL) {
        Some((home, _)) => home.rsplit_once('_')?,
        None => address.rsplit_once('@')?,
    };
    Some(domain.to_owned())
}

fn guid(id: &ObjectId) -> Option<u128> {
    let text = id.as_str();
    let lengths = text.split('-').map(str::len);
    let is_guid = lengths.eq([8, 4, 4, 4, 12]);
    is_guid
        .then(|| u128::from_str_radix(&text.replace('-', ""), 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, upn: &str, mail: Option<&str>) -> Person {
        Person {
            user_principal_name: Some(upn.to_owned()),
            mail: mail.map(ToOwned::to_owned),
            ..Person::unknown(ObjectId::new(id).unwrap())
        }
    }

    fn bounds(domains: &[&str]) -> Bounds {
        Bounds {
            only_domains: domains.iter().map(ToString::to_string).collect(),
            ..Bounds::default()
        }
    }

    #[test]
    fn somebody_is_left_out_by_id_however_it_is_spelt() {
        let mut excluded = Excluded::default();
        for id in ["A0000000-0000-4000-8000-00000000000F", "x-1"] {
            excluded.add(&ObjectId::new(id).unwrap());
        }

        assert!(excluded.has(&person("a0000000-0000-4000-8000-00000000000f", "a@b", None)));
        assert!(excluded.has(&person("x-1", "a@b", None)));
        assert!(!excluded.has(&person("a0000000-0000-4000-8000-00000000000e", "a@b", None)));
    }

    #[test]
    fn a_name_the_directory_cannot_tell_leaves_out_everybody_who_has_it() {
        let mut excluded = Excluded::default();
        excluded.add_name("Info@Contoso.com");

        assert!(excluded.has(&person("1", "ann@contoso.com", Some("info@contoso.com"))));
        assert!(excluded.has(&person("2", "INFO@contoso.com", None)));
        assert!(!excluded.has(&person("3", "bob@contoso.com", None)));
        assert!(!excluded.goes_by_id());
    }

    #[test]
    fn every_address_has_to_be_at_home() {
        let home = bounds(&["contoso.com", "contoso.de"]);
        let stays = |upn, mail| home.leave_out(&person("1", upn, mail)).is_none();

        assert!(stays("ann@contoso.com", None));
        assert!(stays("ann@CONTOSO.com", Some("ann@contoso.de")));
        assert!(!stays("ann@contoso.com", Some("ann@fabrikam.com")));
        assert!(!stays("ann@sub.contoso.com", None));
        assert!(!stays("ann@evilcontoso.com", None));
        assert!(!stays("ann_fabrikam.com#EXT#@contoso.com", None));
        let nobody = Person::unknown(ObjectId::new("1").unwrap());
        assert!(home.leave_out(&nobody).is_some());
        assert!(bounds(&[]).leave_out(&nobody).is_none());
    }
}
