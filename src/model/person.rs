//! Who is on the list: rows as they were read, people as the directory knows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChatId, ObjectId, RowNumber};

/// Values a template may use, by name.
pub type Fields = BTreeMap<String, String>;

/// How the input names a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserKey {
    /// By Entra object id.
    ObjectId(ObjectId),
    /// By user principal name.
    UserPrincipalName(String),
    /// By mail address, which several users may share.
    Mail(String),
    /// By something that is a user principal name or else a mail address.
    Either(String),
}

impl UserKey {
    /// The text as the input had it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ObjectId(id) => id.as_str(),
            Self::UserPrincipalName(text) | Self::Mail(text) | Self::Either(text) => text,
        }
    }
}

/// One row of the audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in this run's input.
    pub number: RowNumber,
    /// Where it stands, for people: `users.csv:17` or `users/page 3/item 41`.
    pub label: String,
    /// What it holds.
    pub content: RowContent,
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowContent {
    /// A user.
    Listed(Box<Listed>),
    /// Nothing usable.
    Malformed {
        /// What can be shown of it; may be empty.
        user: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A user as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub key: UserKey,
    /// The row's other columns, for templates.
    pub fields: Fields,
    /// The `language` column, if it has a value.
    pub language: Option<String>,
    /// The `chat_id` column, if it has a value.
    pub chat: Option<ChatId>,
    /// The person, where the source is the directory itself.
    pub person: Option<Person>,
}

/// A person as the directory knows them (Graph `user` resource).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The key of the person.
    pub object_id: ObjectId,
    /// `userPrincipalName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// `displayName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `mail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// `givenName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `surname`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// `department`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// `jobTitle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// `preferredLanguage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// Whether the account is a guest; unknown where it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<bool>,
    /// Whether the account is enabled; unknown where it was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether it has an enabled Teams service plan; unknown where not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licensed: Option<bool>,
}

impl Person {
    /// The names a template may use for what the directory knows.
    pub const FIELDS: [&'static str; 9] = [
        "object_id",
        "user_principal_name",
        "display_name",
        "mail",
        "given_name",
        "surname",
        "department",
        "job_title",
        "preferred_language",
    ];

    /// A person of whom only the id is known.
    pub fn unknown(object_id: ObjectId) -> Self {
        Self {
            object_id,
            user_principal_name: None,
            display_name: None,
            mail: None,
            given_name: None,
            surname: None,
            department: None,
            job_title: None,
            preferred_language: None,
            guest: None,
            enabled: None,
            licensed: None,
        }
    }

    /// What the directory knows, by the names in [`Self::FIELDS`]; absent
    /// values are left out.
    pub fn fields(&self) -> Fields {
        let values = [
            Some(self.object_id.as_str()),
            self.user_principal_name.as_deref(),
            self.display_name.as_deref(),
            self.mail.as_deref(),
            self.given_name.as_deref(),
            self.surname.as_deref(),
            self.department.as_deref(),
            self.job_title.as_deref(),
            self.preferred_language.as_deref(),
        ];
        Self::FIELDS
            .into_iter()
            .zip(values)
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect()
    }
}
