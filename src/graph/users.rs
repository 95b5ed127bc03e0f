//! People: one by one, and the directory page by page.

use serde::Deserialize;
use url::Url;

use crate::{
    model::{ObjectId, Person, UserKey},
    remote::{Answer, Blocker, Outgoing, Trouble, encode, same_origin},
};

use super::{
    Graph,
    refusal::{Asked, judge},
};

/// Properties read of every user; `userType`, `accountEnabled` and
/// `assignedPlans` come only when selected (page "List users").
pub(super) const SELECT: &str = "id,displayName,givenName,surname,userPrincipalName,mail,department,jobTitle,\
                      preferredLanguage,userType,accountEnabled,assignedPlans";
/// The largest page Graph gives.
const PAGE_SIZE: &str = "999";
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
/// What advanced queries need beside `$count=true`.
const ADVANCED: (&str, &str) = ("ConsistencyLevel", "eventual");

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

/// One page of the directory.
#[derive(Debug)]
pub struct Page {
    /// The people on it, in the service's order.
    pub people: Vec<Person>,
    /// Where the next page is; on the configured host.
    pub next: Option<Url>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    id: String,
    display_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    user_principal_name: Option<String>,
    mail: Option<String>,
    department: Option<String>,
    job_title: Option<String>,
    preferred_language: Option<String>,
    user_type: Option<String>,
    account_enabled: Option<bool>,
    assigned_plans: Option<Vec<WirePlan>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePlan {
    service_plan_id: Option<String>,
    service: Option<String>,
    capability_status: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WirePage {
    pub(super) value: Vec<WireUser>,
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

    /// The first page of all users, or of those that match `filter`.
    pub async fn first_users(&self, filter: Option<&str>) -> Result<Page, Trouble> {
        let mut query = vec![("$select", SELECT), ("$top", PAGE_SIZE)];
        if let Some(filter) = filter {
            query.extend([("$filter", filter), ("$count", "true")]);
        }
        self.users_page(self.url("/users", &query)).await
    }

    /// The page at `link`, which came with the page before.
    pub async fn more_users(&self, link: Url) -> Result<Page, Trouble> {
        self.users_page(link).await
    }

    async fn users_page(&self, url: Url) -> Result<Page, Trouble> {
        let mut outgoing = Outgoing::get(url);
        // Sent with every page: a link does not carry its headers.
        outgoing.headers.push(ADVANCED);
        let answer = self
            .call(&self.budgets().directory, &outgoing, Asked::Directory)
            .await?;
        let page: WirePage = read(&answer)?;
        let people = page
            .value
            .into_iter()
            .filter_map(WireUser::into_person)
            .collect();
        let next = page
            .next
            .map(|link| same_origin(self.base(), &link))
            .transpose()
            .map_err(|foreign| Trouble::Blocked(Blocker::ForeignHost(foreign)))?;
        Ok(Page { people, next })
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
        let outgoing = Outgoing::get(self.url("/users", &query));
        let answer = self
            .call(&self.budgets().directory, &outgoing, Asked::User)
            .await?;
        let mut people: Vec<Person> = read::<WirePage>(&answer)?
            .value
            .into_iter()
            .filter_map(WireUser::into_person)
            .collect();
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
                .map(|plans| plans.iter().any(WirePlan::is_teams)),
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
