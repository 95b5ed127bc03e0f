//! The tenant: who is in it, which apps it has, and what their ids look like.
//!
//! Only the directory changes once the tenant is made: people come, change and
//! leave. Lookups go by hash, never by looking at everybody.

pub(crate) mod application;
pub(crate) mod catalog;
mod census;
pub(crate) mod changes;
pub(crate) mod dice;
mod founding;
pub(crate) mod groups;
pub(crate) mod ids;
mod manifest;
mod names;
pub(crate) mod person;
pub(crate) mod planned;
pub(crate) mod registration;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use self::{
    application::{AppFacts, Principal},
    catalog::App,
    changes::{Changes, Standing},
    dice::Dice,
    groups::Groups,
    ids::Ids,
    person::Person,
    registration::{Registration, WebApplication},
};
use super::{blueprint::Roster, guid::Guid, options::Options};

/// The place of a person in the tenant.
pub(crate) type Place = usize;

/// A group, as whoever looks after the tenant knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFacts {
    /// Its object id, which is also its team's.
    pub id: Guid,
    /// Its name.
    pub name: String,
    /// The object ids of the people in it, however deep.
    pub people: Vec<Guid>,
}

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
    /// The apps registered beside the bot's.
    pub apps: Vec<AppFacts>,
    /// What the program finds in its surroundings, where it runs without a secret.
    pub surroundings: Surroundings,
}

/// What the platforms that vouch for a program tell it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Surroundings {
    /// App Service's `IDENTITY_HEADER`; its endpoint is `/msi/token`.
    pub identity_header: String,
    /// GitHub's `ACTIONS_ID_TOKEN_REQUEST_TOKEN`; its address is `/github/idtoken?api-version=2.0`.
    pub github_request_token: String,
    /// Azure Pipelines' `SYSTEM_ACCESSTOKEN`; its address is `/azure-pipelines/oidctoken`.
    pub pipelines_access_token: String,
    /// The id of the service connection of Azure Pipelines.
    pub service_connection_id: String,
}

impl Surroundings {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 22);
        let mut draw = || dice.guid().to_string();
        Self {
            identity_header: draw(),
            github_request_token: draw(),
            pipelines_access_token: draw(),
            service_connection_id: draw(),
        }
    }
}

/// The tenant, of which only the directory changes.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) facts: Facts,
    pub(crate) id: Guid,
    pub(crate) ids: Ids,
    pub(crate) seed: u64,
    /// Everybody the tenant began with.
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Groups,
    pub(crate) own: App,
    pub(crate) others: Vec<App>,
    pub(crate) registration: Registration,
    pub(crate) principals: Vec<Principal>,
    by_id: HashMap<Guid, u32>,
    by_upn: HashMap<Box<str>, u32>,
    by_mail: HashMap<Box<str>, Vec<u32>>,
    changes: RwLock<Changes>,
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
        let own = App::own(&mut dice, client_app, client, &registration);
        let principals = principals(options.seed, client, secret, &registration);
        let others = std::iter::zip(&registration.apps, principals.iter().skip(1))
            .map(|(app, principal)| principal.facts(&app.name))
            .collect();
        let facts = Facts {
            tenant_id: id.to_string(),
            domain: roster.domain.clone(),
            client_id: client.to_string(),
            client_secret: application::secret(secret),
            bot_id: own.bot.to_string(),
            catalog_id: own.catalog_id.to_string(),
            manifest_id: own.manifest_id.to_string(),
            apps: others,
            surroundings: Surroundings::new(options.seed),
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
            seed: options.seed,
            groups: Groups::new(options, &people, roster),
            people,
            own,
            registration,
            principals,
            by_id,
            by_upn,
            by_mail,
            changes: RwLock::default(),
        }
    }

    /// Returns the person at `place`, unless nobody is or they left.
    pub(crate) fn person(&self, place: Place) -> Option<Cow<'_, Person>> {
        match self.changes().standing(place) {
            None => self.people.get(place).map(Cow::Borrowed),
            Some(Standing::Here(person)) => Some(Cow::Owned(Person::clone(person))),
            Some(Standing::Gone(_)) => None,
        }
    }

    /// Returns who is or was at `place`.
    pub(crate) fn last_known(&self, place: Place) -> Option<Cow<'_, Person>> {
        match self.changes().standing(place) {
            None => self.people.get(place).map(Cow::Borrowed),
            Some(Standing::Here(person) | Standing::Gone(person)) => {
                Some(Cow::Owned(Person::clone(person)))
            }
        }
    }

    /// Returns how many places there are, those of people who left included.
    pub(crate) fn places(&self) -> Place {
        self.people.len() + self.changes().arrivals()
    }

    /// Returns what changed, for as long as the guard lives.
    pub(crate) fn changes(&self) -> RwLockReadGuard<'_, Changes> {
        self.changes.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what changed, to be changed.
    pub(crate) fn changes_mut(&self) -> RwLockWriteGuard<'_, Changes> {
        self.changes.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a person by object id.
    pub(crate) fn by_object_id(&self, id: Guid) -> Option<Place> {
        self.ever(id)
            .filter(|&place| self.changes().allows(place, |_| true))
    }

    /// Finds a person by object id, whether they left or not.
    pub(crate) fn ever(&self, id: Guid) -> Option<Place> {
        let began = self.by_id.get(&id).copied().and_then(to_place);
        began.or_else(|| self.changes().by_id(id))
    }

    /// Finds a person by user principal name, in any case.
    pub(crate) fn by_upn(&self, upn: &str) -> Option<Place> {
        let upn = fold(upn);
        let changes = self.changes();
        let began = self.by_upn.get(&upn).copied().and_then(to_place);
        let mut found = changes.by_upn(&upn).into_iter().chain(began);
        found.find(|&place| changes.allows(place, |person| fold(&person.upn) == upn))
    }

    /// Finds everybody who has this mail address.
    pub(crate) fn by_mail(&self, mail: &str) -> Vec<Place> {
        let mail = fold(mail);
        let changes = self.changes();
        let began = self.by_mail.get(&mail).into_iter().flatten().copied();
        let has_it = |person: &Person| person.mail.as_deref().map(fold).as_ref() == Some(&mail);
        let mut places: Vec<Place> = began
            .filter_map(to_place)
            .chain(changes.by_mail(&mail).iter().copied())
            .filter(|&place| changes.allows(place, has_it))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Finds a person by what Graph accepts in a path: object id or principal name.
    pub(crate) fn by_key(&self, key: &str) -> Option<Place> {
        match key.parse() {
            Ok(id) => self.by_object_id(id),
            Err(_) => self.by_upn(key),
        }
    }

    /// Returns the next person who might join: a plain member with a Teams licence.
    pub(crate) fn newcomer(&self) -> Person {
        census::newcomer(self.seed, self.places(), &self.facts.domain)
    }

    /// Finds an app by its client id.
    pub(crate) fn principal(&self, client: &str) -> Option<&Principal> {
        let client = client.parse().ok()?;
        self.principals.iter().find(|app| app.client == client)
    }

    /// Returns the number of a registered app; the bot's own is the first.
    pub(crate) fn number_of(&self, client: Guid) -> usize {
        let mut apps = self.principals.iter();
        apps.position(|app| app.client == client)
            .unwrap_or_default()
    }

    /// Returns every app of the catalogue, our own first.
    pub(crate) fn apps(&self) -> impl Iterator<Item = &App> {
        std::iter::once(&self.own).chain(&self.others)
    }
}

/// Returns every app that can sign in, the bot's first.
fn principals(
    seed: u64,
    client: Guid,
    secret: Guid,
    registration: &Registration,
) -> Vec<Principal> {
    let bots = Principal::bots(
        seed,
        client,
        application::secret(secret),
        &registration.permissions,
        &registration.credentials,
    );
    let others = registration
        .apps
        .iter()
        .map(|app| Principal::new(seed, app));
    std::iter::once(bots).chain(others).collect()
}

fn to_place(place: u32) -> Option<Place> {
    Place::try_from(place).ok()
}

/// Returns a name as it is looked up: in lower case.
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
