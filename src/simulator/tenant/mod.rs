//! The tenant: who is in it, which apps it has, and what their ids look like.
//!
//! Nothing in here changes once it is made. Lookups go by hash, never by
//! looking at everybody.

pub(crate) mod catalog;
mod census;
pub(crate) mod dice;
pub(crate) mod ids;
mod names;
pub(crate) mod person;
pub(crate) mod registration;

use std::collections::HashMap;

use self::{
    catalog::App,
    dice::Dice,
    ids::Ids,
    person::Person,
    registration::{Registration, WebApplication},
};
use super::{blueprint::Roster, guid::Guid, options::Options};

/// The place of a person in the tenant.
pub(crate) type Place = usize;

/// What somebody who uses the tenant has to know about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Facts {
    /// The tenant's id.
    pub tenant_id: String,
    /// A verified domain, usable in place of the tenant's id.
    pub domain: String,
    /// The app that signs in.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The Entra app id of the bot.
    pub bot_id: String,
    /// The app's id in the catalogue.
    pub catalog_id: String,
    /// The app's id in its manifest.
    pub manifest_id: String,
}

/// The unchanging part of the world.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) facts: Facts,
    pub(crate) id: Guid,
    pub(crate) client: Guid,
    pub(crate) ids: Ids,
    pub(crate) seed: u64,
    pub(crate) people: Vec<Person>,
    pub(crate) own: App,
    pub(crate) others: Vec<App>,
    pub(crate) registration: Registration,
    by_id: HashMap<Guid, u32>,
    by_upn: HashMap<Box<str>, u32>,
    by_mail: HashMap<Box<str>, Vec<u32>>,
}

impl Tenant {
    /// Makes the tenant that `options` describe.
    #[cfg(test)]
    pub(crate) fn new(options: &Options, registration: Registration) -> Self {
        Self::listed(options, registration, &Roster::default())
    }

    /// Makes the tenant that `options` describe, its last people as they are in `roster`.
    pub(crate) fn listed(options: &Options, registration: Registration, roster: &Roster) -> Self {
        let mut dice = Dice::new(options.seed, 1);
        let (id, client, secret) = (dice.guid(), dice.guid(), dice.guid());
        let client_app = match registration.web_application {
            WebApplication::Matches => client,
            WebApplication::Mismatch => dice.guid(),
        };
        let mut own = App::own(
            &mut dice,
            client_app,
            client,
            registration.resource_specific_permissions.clone(),
        );
        own.version.clone_from(&registration.version);
        own.outdated_version
            .clone_from(&registration.outdated_version);
        let facts = Facts {
            tenant_id: id.to_string(),
            domain: roster.domain.clone(),
            client_id: client.to_string(),
            client_secret: format!("sim~{}", secret.to_string().replace('-', "")),
            bot_id: own.bot.to_string(),
            catalog_id: own.catalog_id.to_string(),
            manifest_id: own.manifest_id.to_string(),
        };
        let mut people = census::people(options, &facts.domain, "contoso.onmicrosoft.com");
        roster.correct(options.seed, &mut people);
        let mut by_id = HashMap::with_capacity(people.len());
        let mut by_upn = HashMap::with_capacity(people.len());
        let mut by_mail: HashMap<Box<str>, Vec<u32>> = HashMap::with_capacity(people.len());
        for (place, person) in (0..).zip(&people) {
            by_id.insert(person.object_id, place);
            by_upn.insert(fold(&person.upn), place);
            if let Some(mail) = &person.mail {
                by_mail.entry(fold(mail)).or_default().push(place);
            }
        }
        Self {
            ids: Ids::new(&mut dice, own.bot),
            others: vec![App::store(&mut dice), App::foreign(&mut dice)],
            facts,
            id,
            client,
            seed: options.seed,
            people,
            own,
            registration,
            by_id,
            by_upn,
            by_mail,
        }
    }

    /// Returns everybody at `place`, which is one person or none.
    pub(crate) fn person(&self, place: Place) -> Option<&Person> {
        self.people.get(place)
    }

    /// Finds a person by object id.
    pub(crate) fn by_object_id(&self, id: Guid) -> Option<Place> {
        self.by_id.get(&id).copied().and_then(to_place)
    }

    /// Finds a person by user principal name, in any case.
    pub(crate) fn by_upn(&self, upn: &str) -> Option<Place> {
        self.by_upn.get(&fold(upn)).copied().and_then(to_place)
    }

    /// Finds everybody who has this mail address.
    pub(crate) fn by_mail(&self, mail: &str) -> Vec<Place> {
        self.by_mail
            .get(&fold(mail))
            .into_iter()
            .flatten()
            .copied()
            .filter_map(to_place)
            .collect()
    }

    /// Finds a person by what Graph accepts in a path: object id or principal name.
    pub(crate) fn by_key(&self, key: &str) -> Option<Place> {
        match key.parse() {
            Ok(id) => self.by_object_id(id),
            Err(_) => self.by_upn(key),
        }
    }

    /// Returns every app of the catalogue, our own first.
    pub(crate) fn apps(&self) -> impl Iterator<Item = &App> {
        std::iter::once(&self.own).chain(&self.others)
    }
}

fn to_place(place: u32) -> Option<Place> {
    Place::try_from(place).ok()
}

fn fold(name: &str) -> Box<str> {
    name.to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::{
        super::options::{Quotas, Shape},
        *,
    };

    fn tenant(people: usize, seed: u64, shape: Shape) -> Tenant {
        let options = Options {
            people,
            seed,
            quotas: Quotas::Off,
            shape,
        };
        Tenant::new(&options, Registration::default())
    }

    #[test]
    fn the_same_seed_gives_the_same_tenant() {
        let (one, two) = (
            tenant(50, 7, Shape::default()),
            tenant(50, 7, Shape::default()),
        );

        assert_eq!(one.facts, two.facts);
        assert_eq!(format!("{:?}", one.people), format!("{:?}", two.people));
        assert_ne!(one.facts, tenant(50, 8, Shape::default()).facts);
    }

    #[test]
    fn everybody_is_found_by_each_of_their_names() {
        let tenant = tenant(
            500,
            7,
            Shape {
                odd_names: 0.5,
                ..Shape::default()
            },
        );

        for (place, person) in tenant.people.iter().enumerate() {
            assert_eq!(Some(place), tenant.by_key(&person.object_id.to_string()));
            assert_eq!(Some(place), tenant.by_key(&person.upn.to_uppercase()));
            if let Some(mail) = &person.mail {
                assert!(tenant.by_mail(mail).contains(&place));
            }
        }
    }

    #[test]
    fn an_organisation_app_has_two_ids_and_a_store_app_has_one() {
        let tenant = tenant(1, 7, Shape::uniform());

        assert_ne!(tenant.own.catalog_id, tenant.own.manifest_id);
        assert!(
            tenant
                .others
                .iter()
                .any(|app| app.catalog_id == app.manifest_id)
        );
    }
}
