//! A person as the directory shows and filters them.

use serde_json::{Map, Value, json};

use super::{error::GraphError, question::Askable};
use crate::simulator::{
    guid::Guid,
    odata::{
        filter::{Cell, Filter, Row},
        schema::{Kind, Schema},
    },
    tenant::person::{Licence, Person, UserType},
};

/// The Teams service plan of the commercial cloud.
const TEAMS_PLAN: u128 = 0x57ff_2da0_773e_42df_b2af_ffb7_a231_7929;
/// The Exchange service plan that everybody has.
const EXCHANGE_PLAN: u128 = 0x9aaf_7827_d63c_4b61_89c3_182f_06f8_2e5c;

/// What comes without `$select`.
const DEFAULT: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What `User.ReadBasic.All` shows.
const BASIC: &[&str] = &[
    "displayName",
    "givenName",
    "id",
    "mail",
    "photo",
    "surname",
    "userPrincipalName",
];

/// Known properties that nobody here has.
const UNUSED: &[&str] = &[
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "employeeId",
    "externalUserState",
    "jobTitle",
    "mobilePhone",
    "officeLocation",
    "onPremisesSyncEnabled",
    "postalCode",
    "state",
    "streetAddress",
    "usageLocation",
];

/// What people may be filtered by.
pub(crate) const SCHEMA: Schema = Schema {
    properties: &[
        ("id", Kind::Text),
        ("userPrincipalName", Kind::Text),
        ("mail", Kind::Text),
        ("displayName", Kind::Text),
        ("givenName", Kind::Text),
        ("surname", Kind::Text),
        ("department", Kind::Text),
        ("preferredLanguage", Kind::Text),
        ("userType", Kind::Text),
        ("accountEnabled", Kind::Bool),
    ],
    collections: &[(
        "assignedPlans",
        Schema {
            properties: &[
                ("servicePlanId", Kind::Guid),
                ("capabilityStatus", Kind::Text),
                ("service", Kind::Text),
            ],
            collections: &[],
        },
    )],
};

/// What may be asked about people.
pub(super) const ASKABLE: Askable = Askable {
    schema: &SCHEMA,
    searchable: &[
        "displayName",
        "givenName",
        "surname",
        "mail",
        "userPrincipalName",
    ],
    sortable: &["displayName", "userPrincipalName"],
};

/// Which properties of a person are shown.
#[derive(Debug, Clone)]
pub(crate) struct Selection<'a>(Vec<&'a str>);

/// A property that does not exist.
#[derive(Debug)]
pub(crate) struct UnknownProperty<'a>(pub(crate) &'a str);

impl UnknownProperty<'_> {
    /// Returns the refusal of it.
    pub(super) fn refusal(&self) -> GraphError {
        GraphError::bad_request(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{}' on type \
             'microsoft.graph.user'.",
            self.0
        ))
    }
}

impl<'a> Selection<'a> {
    /// Checks what was asked for; without anything, the default set.
    pub(crate) fn new(asked: Option<Vec<&'a str>>) -> Result<Self, UnknownProperty<'a>> {
        let Some(asked) = asked else {
            return Ok(Self(DEFAULT.to_vec()));
        };
        let names = asked.into_iter().map(|name| {
            if is_known(name) {
                Ok(name)
            } else {
                Err(UnknownProperty(name))
            }
        });
        names.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the basic profile has all of it.
    pub(crate) fn is_basic(&self) -> bool {
        self.0.iter().all(|name| BASIC.contains(name))
    }

    /// Returns what the basic profile has of it.
    pub(crate) fn basic(self) -> Self {
        Self(
            self.0
                .into_iter()
                .filter(|name| BASIC.contains(name))
                .collect(),
        )
    }

    /// Returns nothing but the id.
    pub(crate) fn only_id() -> Self {
        Self(vec!["id"])
    }

    /// Returns the names of the properties.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().copied()
    }

    /// Shows `person`.
    pub(crate) fn show(&self, person: &Person) -> Value {
        let fields: Map<String, Value> = self
            .0
            .iter()
            .map(|name| ((*name).to_owned(), property(person, name)))
            .collect();
        Value::Object(fields)
    }
}

/// Whether the basic profile has a property.
pub(crate) fn is_basic(name: &str) -> bool {
    BASIC.contains(&name)
}

/// Whether the basic profile has what `filter` asks about.
pub(crate) fn is_basic_filter(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().all(is_basic_filter),
        Filter::Not(part) => is_basic_filter(part),
        Filter::Equal(path, _)
        | Filter::Unequal(path, _)
        | Filter::In(path, _)
        | Filter::Starts(path, _)
        | Filter::Ends(path, _) => BASIC.contains(&path.as_str()),
        Filter::Any(..) => false,
    }
}

/// Whether people have such a property.
pub(crate) fn is_known(name: &str) -> bool {
    DEFAULT.contains(&name)
        || UNUSED.contains(&name)
        || matches!(
            name,
            "accountEnabled" | "userType" | "department" | "assignedPlans" | "assignedLicenses"
        )
        || matches!(
            name,
            "otherMails" | "proxyAddresses" | "mailNickname" | "photo"
        )
}

/// Returns a property of a person.
pub(crate) fn property(person: &Person, name: &str) -> Value {
    match name {
        "id" => person.object_id.to_string().into(),
        "userPrincipalName" => (*person.upn).into(),
        "mail" => person.mail.as_deref().into(),
        "displayName" => (*person.display_name).into(),
        "givenName" => (*person.given_name).into(),
        "surname" => (*person.surname).into(),
        "department" => (*person.department).into(),
        "preferredLanguage" => person.preferred_language.as_deref().into(),
        "userType" => person.user_type.map(UserType::as_str).into(),
        "accountEnabled" => person.account_enabled.into(),
        "assignedPlans" => plans(person).map(|plan| plan.show()).collect(),
        "assignedLicenses" | "businessPhones" | "otherMails" | "proxyAddresses" => json!([]),
        "mailNickname" => person.upn.split('@').next().into(),
        _ => Value::Null,
    }
}

/// A service plan of a person.
pub(super) struct Plan {
    pub(super) id: u128,
    pub(super) service: &'static str,
    pub(super) status: &'static str,
}

impl Plan {
    fn show(&self) -> Value {
        json!({
            "assignedDateTime": "2024-01-15T08:00:00Z",
            "capabilityStatus": self.status,
            "service": self.service,
            "servicePlanId": Guid(self.id).to_string(),
        })
    }
}

/// Returns the service plans of a person.
pub(super) fn plans(person: &Person) -> impl Iterator<Item = Plan> {
    let teams = match person.licence {
        Licence::Enabled => Some("Enabled"),
        Licence::Suspended => Some("Suspended"),
        Licence::Missing => None,
    };
    let teams = teams.map(|status| Plan {
        id: TEAMS_PLAN,
        service: "TeamspaceAPI",
        status,
    });
    [Plan {
        id: EXCHANGE_PLAN,
        service: "exchange",
        status: "Enabled",
    }]
    .into_iter()
    .chain(teams)
}

impl Row for Person {
    fn cell(&self, path: &str) -> Cell<'_> {
        match path {
            "id" => Cell::Guid(self.object_id),
            "userPrincipalName" => Cell::Text(&self.upn),
            "mail" => self.mail.as_deref().map_or(Cell::Null, Cell::Text),
            "displayName" => Cell::Text(&self.display_name),
            "givenName" => Cell::Text(&self.given_name),
            "surname" => Cell::Text(&self.surname),
            "department" => Cell::Text(&self.department),
            "preferredLanguage" => self
                .preferred_language
                .as_deref()
                .map_or(Cell::Null, Cell::Text),
            "userType" => self
                .user_type
                .map_or(Cell::Null, |kind| Cell::Text(kind.as_str())),
            "accountEnabled" => Cell::Bool(self.account_enabled),
            _ => Cell::Null,
        }
    }

    fn any(&self, path: &str, condition: &Filter) -> bool {
        path == "assignedPlans" && plans(self).any(|plan| condition.holds(&plan))
    }
}

impl Row for Plan {
    fn cell(&self, path: &str) -> Cell<'_> {
        match path {
            "servicePlanId" => Cell::Guid(Guid(self.id)),
            "capabilityStatus" => Cell::Text(self.status),
            "service" => Cell::Text(self.service),
            _ => Cell::Null,
        }
    }

    fn any(&self, _: &str, _: &Filter) -> bool {
        false
    }
}
