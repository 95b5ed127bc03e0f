//! What the columns of a file mean, by its header.

use super::AudienceError;

/// The names of a user column, the preferred first.
pub(super) const USER_COLUMNS: [&str; 7] = [
    "object_id",
    "id",
    "user_principal_name",
    "upn",
    "mail",
    "email",
    "user",
];

/// How a user column names the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// By object id.
    ObjectId,
    /// By user principal name.
    UserPrincipalName,
    /// By mail address.
    Mail,
    /// By any of them.
    Any,
}

/// The columns of one file, by their places.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many cells a row has.
    pub(super) width: usize,
    /// The user columns, the preferred first.
    pub(super) users: Vec<(usize, Naming)>,
    /// The `chat_id` column.
    pub(super) chat: Option<usize>,
    /// The `language` column.
    pub(super) language: Option<usize>,
    /// The `cause` column of an earlier report.
    pub(super) cause: Option<usize>,
    /// The template fields, by place.
    pub(super) fields: Vec<(usize, String)>,
}

impl Columns {
    /// Reads the names in `header`. A column without a name is no field.
    pub(super) fn from_header(file: &str, header: &[Vec<u8>]) -> Result<Self, AudienceError> {
        let names = header
            .iter()
            .map(|cell| std::str::from_utf8(cell).map(normalised))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| AudienceError::BadHeader {
                file: file.to_owned(),
                reason: "it is not valid UTF-8; save the file as `CSV UTF-8`".to_owned(),
            })?;
        refuse_duplicates(file, &names)?;
        let place_of = |name: &str| names.iter().position(|known| known == name);
        let users: Vec<_> = USER_COLUMNS
            .into_iter()
            .filter_map(|name| Some((place_of(name)?, naming(name))))
            .collect();
        let Some(&(user, _)) = users.first() else {
            let found = names.iter().filter(|name| !name.is_empty());
            let found: Vec<_> = found.map(|name| format!("`{name}`")).collect();
            return Err(AudienceError::NoUserColumn {
                file: file.to_owned(),
                found: found.join(", "),
            });
        };
        let chat = place_of("chat_id");
        let language = place_of("language");
        let is_field = |place: usize, name: &str| {
            place != user && Some(place) != chat && Some(place) != language && !name.is_empty()
        };
        let fields = names
            .iter()
            .enumerate()
            .filter(|(place, name)| is_field(*place, name))
            .map(|(place, name)| (place, name.clone()))
            .collect();
        Ok(Self {
            width: names.len(),
            users,
            chat,
            language,
            cause: place_of("cause"),
            fields,
        })
    }
}

/// The name under which templates know a column.
fn normalised(header: &str) -> String {
    header
        .trim()
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect()
}

fn refuse_duplicates(file: &str, names: &[String]) -> Result<(), AudienceError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !seen.insert(name) {
            return Err(AudienceError::DuplicateColumn {
                file: file.to_owned(),
                column: name.clone(),
            });
        }
    }
    Ok(())
}

fn naming(column: &str) -> Naming {
    match column {
        "object_id" | "id" => Naming::ObjectId,
        "user_principal_name" | "upn" => Naming::UserPrincipalName,
        "mail" | "email" => Naming::Mail,
        _ => Naming::Any,
    }
}
