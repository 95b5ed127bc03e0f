//! People as a spreadsheet has them.

use csv::{ReaderBuilder, StringRecord};

use super::roster::Listed;
use crate::simulator::{
    file::{File, FileError},
    tenant::person::{Installed, Licence, Obstacle, UserType},
};

/// What a column says of a person.
#[derive(Debug, Clone, Copy)]
enum Column {
    ObjectId,
    PrincipalName,
    Mail,
    DisplayName,
    GivenName,
    Surname,
    Department,
    PreferredLanguage,
    UserType,
    AccountEnabled,
    Licence,
    Obstacle,
    App,
    /// Nothing that matters here.
    Other,
}

/// Reads the people of a list, each with its line.
///
/// Columns are known by the directory's names in any spelling, so that its
/// exports can be used as they are; other columns are left out.
pub(super) fn read(file: &File<'_>) -> Result<Vec<(usize, Listed)>, FileError> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(&file.text))
        .from_reader(file.text.as_bytes());
    let columns = columns(reader.headers().map_err(|error| broken(file, &error))?);
    let names = |column: &Column| {
        matches!(
            column,
            Column::ObjectId | Column::PrincipalName | Column::Mail
        )
    };
    if !columns.iter().any(names) {
        let problem =
            "no column says who somebody is; name one objectId, userPrincipalName or mail";
        return Err(file.wrong(Some(1), problem));
    }
    let mut people = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| broken(file, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let line = usize::try_from(line).unwrap_or_default();
        let person =
            person(&columns, &record).map_err(|problem| file.wrong(Some(line), problem))?;
        people.push((line, person));
    }
    if people.is_empty() {
        return Err(file.wrong(None, "nobody is on this list; add a row for each person"));
    }
    Ok(people)
}

fn broken(file: &File<'_>, error: &csv::Error) -> FileError {
    let line = error.position().map(csv::Position::line);
    let problem = format!("this row cannot be read: {error}");
    file.wrong(line.and_then(|line| usize::try_from(line).ok()), problem)
}

/// Returns what the first line has most of.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    let best = [b'\t', b';', b','].into_iter().max_by_key(count);
    best.unwrap_or(b',')
}

fn columns(header: &StringRecord) -> Vec<Column> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    header.iter().map(|name| column(&plain(name))).collect()
}

fn column(name: &str) -> Column {
    match name {
        "objectid" | "id" => Column::ObjectId,
        "userprincipalname" | "upn" | "user" => Column::PrincipalName,
        "mail" | "email" | "emailaddress" => Column::Mail,
        "displayname" | "name" => Column::DisplayName,
        "givenname" | "firstname" => Column::GivenName,
        "surname" | "lastname" => Column::Surname,
        "department" => Column::Department,
        "preferredlanguage" | "language" => Column::PreferredLanguage,
        "usertype" => Column::UserType,
        "accountenabled" => Column::AccountEnabled,
        "licence" | "license" => Column::Licence,
        "obstacle" => Column::Obstacle,
        "app" => Column::App,
        _ => Column::Other,
    }
}

fn person(columns: &[Column], record: &StringRecord) -> Result<Listed, String> {
    let mut person = Listed::default();
    for (column, cell) in columns.iter().zip(record) {
        fill(&mut person, *column, cell.trim())?;
    }
    Ok(person)
}

/// An empty cell says nothing, except that there is no mail address or language.
fn fill(person: &mut Listed, column: Column, cell: &str) -> Result<(), String> {
    let text = || Some(cell.to_owned());
    match column {
        Column::Mail => person.mail = text(),
        Column::PreferredLanguage => person.preferred_language = text(),
        _ if cell.is_empty() => {}
        Column::ObjectId => {
            let id = cell
                .parse()
                .map_err(|error| format!("`{cell}` is {error}"))?;
            person.object_id = Some(id);
        }
        Column::PrincipalName => person.user_principal_name = text(),
        Column::DisplayName => person.display_name = text(),
        Column::GivenName => person.given_name = text(),
        Column::Surname => person.surname = text(),
        Column::Department => person.department = text(),
        Column::UserType => person.user_type = Some(choice(cell, USER_TYPES)?),
        Column::AccountEnabled => person.account_enabled = Some(choice(cell, YES_OR_NO)?),
        Column::Licence => person.licence = Some(choice(cell, LICENCES)?),
        Column::Obstacle => person.obstacle = Some(choice(cell, OBSTACLES)?),
        Column::App => person.app = Some(choice(cell, APPS)?),
        Column::Other => {}
    }
    Ok(())
}

const USER_TYPES: &[(&str, UserType)] = &[("member", UserType::Member), ("guest", UserType::Guest)];
const YES_OR_NO: &[(&str, bool)] = &[
    ("true", true),
    ("false", false),
    ("yes", true),
    ("no", false),
];
const LICENCES: &[(&str, Licence)] = &[
    ("enabled", Licence::Enabled),
    ("suspended", Licence::Suspended),
    ("missing", Licence::Missing),
];
const OBSTACLES: &[(&str, Obstacle)] = &[
    ("clear", Obstacle::Clear),
    ("never-signed-in", Obstacle::NeverSignedIn),
    ("permission-policy", Obstacle::PermissionPolicy),
    ("blocked-by-user", Obstacle::BlockedByUser),
    ("writes-blocked", Obstacle::WritesBlocked),
    ("disabled-by-admin", Obstacle::DisabledByAdmin),
];
const APPS: &[(&str, Installed)] = &[
    ("absent", Installed::Absent),
    ("outdated", Installed::Outdated),
    ("current", Installed::Current),
];

fn choice<T: Copy>(cell: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let mut known = choices.iter();
    let found = known.find(|(name, _)| name.eq_ignore_ascii_case(cell));
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        format!("`{cell}` is not known here; use one of {names}")
    })
}
