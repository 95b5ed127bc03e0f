//! People, one by one.

use serde::{Deserialize, de::IgnoredAny};
use url::Url;

use crate::{
    model::{ObjectId, Person, UserKey},
    remote::{Answer, Blocker, Outgoing, Trouble, encode, same_origin},
};

use super::{
    Graph,
    bounded::bounded,
    refusal::{Asked, judge},
};

/// Properties read of every user; `userType`, `accountEnabled` and
/// `assignedPlans` come only when selected (page "List users").
pub(super) const SELECT: &str = "id,displayName,givenName,surname,userPrincipalName,mail,department,jobTitle,\
                      preferredLanguage,userType,accountEnabled,assignedPlans";
/// More pages than a search for a few people can have.
const PAGES: usize = 1_000;
/// Enough matches to see that there are several.
const SEVERAL: &str = "5";
/// Teams service plans: worldwide, GCC High and `DoD`.
const TEAMS_PLANS: [&str; 3] = [
    "57ff2da0-773e-42df-b2af-ffb7a2317929",
    "9953b155-8aef-4c56-92f3-72b0487fce41",
    "fd500458-c24c-478e-856c-a6067a8376cd",
];
/// The service behind every Teams plan, also where the plan id is not published.
const TEAMS_SERVICE: &str = "TeamspaceAPI";
/// Plan states in which Teams can be used; `Warning` is the grace period.
const USABLE: [&str; 2] = ["Enabled", "Warning"];

/// What the directory knows of a listed user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Exactly one person.
    Found(Box<Person>),
    /// Nobody.
    Unknown,
    /// Several people have that mail address.
    Ambiguous {
        /// How many at least.
        at_least: usize,
    },
}

/// A user, one who was removed, or a member of a team: then `id` is not the
/// user's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    id: String,
    #[serde(rename = "@removed")]
    pub(super) removed: Option<IgnoredAny>,
    pub(super) user_id: Option<String>,
    pub(super) display_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    user_principal_name: Option<String>,
    mail: Option<String>,
    department: Option<String>,
    job_title: Option<String>,
    preferred_language: Option<String>,
    user_type: Option<String>,
    account_enabled: Option<bool>,
    assigned_plans: Option<Plans>,
}

#[derive(Deserialize)]
struct Plans(#[serde(deserialize_with = "bounded")] Vec<WirePlan>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePlan {
    service_plan_id: Option<String>,
    service: Option<String>,
    capability_status: Option<String>,
}

#[derive(Deserialize)]
struct WirePage {
    #[serde(deserialize_with = "bounded")]
    value: Vec<WireUser>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl Graph {
    /// Who `key` is.
    pub async fn user(&self, key: &UserKey) -> Result<Lookup, Trouble> {
        match key {
            UserKey::ObjectId(id) => self.user_by_segment(id.as_str()).await,
            UserKey::UserPrincipalName(name) => self.user_by_segment(name).await,
            UserKey::Mail(mail) => match self.user_by_mail(mail).await? {
                Lookup::Unknown => self.user_by_segment(mail).await,
                known @ (Lookup::Found(_) | Lookup::Ambiguous { .. }) => Ok(known),
            },
            UserKey::Either(name) => match self.user_by_segment(name).await? {
                Lookup::Unknown => self.user_by_mail(name).await,
                known @ (Lookup::Found(_) | Lookup::Ambiguous { .. }) => Ok(known),
            },
        }
    }

    /// Everybody a search finds: a service may spread a few over several pages.
    pub(super) async fn found(&self, url: Url, asked: Asked) -> Result<Vec<Person>, Trouble> {
        let mut people = Vec::new();
        let mut next = Some(url);
        for _ in 0..PAGES {
            let Some(url) = next.take() else { break };
            let outgoing = Outgoing::get(url);
            let budget = &self.budgets().directory;
            let answer = self.call(budget, &outgoing, asked).await?;
            let page: WirePage = read(&answer)?;
            people.extend(page.value.into_iter().filter_map(WireUser::into_person));
            let link = page.next.map(|link| same_origin(self.base(), &link));
            next = link
                .transpose()
                .map_err(|foreign| Trouble::Blocked(Blocker::ForeignHost(foreign)))?;
        }
        Ok(people)
    }

    async fn user_by_segment(&self, name: &str) -> Result<Lookup, Trouble> {
        // A name that begins with `$` needs the key form (page "Get user").
        let path = if name.starts_with('$') {
            format!("/users('{}')", encode(&name.replace('\'', "''")))
        } else {
            format!("/users/{}", encode(name))
        };
        let outgoing = Outgoing::get(self.url(&path, &[("$select", SELECT)]));
        match self.try_call(&self.budgets().directory, &outgoing).await? {
            Ok(answer) => Ok(match read::<WireUser>(&answer)?.into_person() {
                Some(person) => Lookup::Found(Box::new(person)),
                None => Lookup::Unknown,
            }),
            // 400: a text that can be no user's name.
            Err(answer) if answer.status == 404 || answer.status == 400 => Ok(Lookup::Unknown),
            Err(answer) => Err(judge(&answer, Asked::User)),
        }
    }

    async fn user_by_mail(&self, mail: &str) -> Result<Lookup, Trouble> {
        let filter = format!("mail eq '{}'", mail.replace('\'', "''"));
        let query = [
            ("$filter", filter.as_str()),
            ("$select", SELECT),
            ("$top", SEVERAL),
        ];
        let url = self.url("/users", &query);
        let mut people = self.found(url, Asked::User).await?;
        Ok(match (people.pop(), people.len()) {
            (None, _) => Lookup::Unknown,
            (Some(person), 0) => Lookup::Found(Box::new(person)),
            (Some(_), others) => Lookup::Ambiguous {
                at_least: others + 1,
            },
        })
    }
}

impl WireUser {
    pub(super) fn into_person(self) -> Option<Person> {
        let guest = match (
            self.user_type.as_deref(),
            self.user_principal_name.as_deref(),
        ) {
            (Some(kind), _) => Some(kind.eq_ignore_ascii_case("guest")),
            // Old accounts have no type; the name of a guest gives them away.
            (None, Some(name)) => Some(name.to_ascii_uppercase().contains("#EXT#")),
            (None, None) => None,
        };
        Some(Person {
            object_id: ObjectId::new(self.id).ok()?,
            user_principal_name: self.user_principal_name,
            display_name: self.display_name,
            mail: self.mail,
            given_name: self.given_name,
            surname: self.surname,
            department: self.department,
            job_title: self.job_title,
            preferred_language: self.preferred_language,
            guest,
            enabled: self.account_enabled,
            licensed: self
                .assigned_plans
                .map(|Plans(plans)| plans.iter().any(WirePlan::is_teams)),
        })
    }
}

impl WirePlan {
    fn is_teams(&self) -> bool {
        let is = |value: &Option<String>, words: &[&str]| {
            value
                .as_deref()
                .is_some_and(|text| words.iter().any(|w| w.eq_ignore_ascii_case(text)))
        };
        (is(&self.service_plan_id, &TEAMS_PLANS) || is(&self.service, &[TEAMS_SERVICE]))
            && is(&self.capability_status, &USABLE)
    }
}

/// The body, or trouble with this person when it is not what was documented.
pub(super) fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    answer
        .json()
        .map_err(|detail| Trouble::person(crate::model::Cause::ServiceError, answer, None, detail))
}
