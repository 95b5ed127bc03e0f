//! The rows of a CSV file.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use super::{
    AudienceError,
    columns::{Columns, Naming},
    decoding::decoded,
    dialect::delimiter,
    records::{Record, Records},
};
use crate::model::{Cause, ChatId, Fields, Listed, ObjectId, RowContent, UserKey};

/// What is wrong with a row that names nobody, so that nobody misses it.
pub const NAMES_NOBODY: [&str; 2] = [NO_USER, REPORTED];
const NO_USER: &str = "it names no user";
const REPORTED: &str = "it was malformed when it was reported";

/// One row and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedRow {
    /// Where it starts, for people: `users.csv:17`.
    pub label: String,
    /// What it holds.
    pub content: RowContent,
}

/// The rows of a CSV file, read one after the other.
///
/// UTF-8 with or without byte order mark, UTF-16 with one; comma, semicolon or
/// tab; quoted line breaks. A row that cannot be read is given as malformed
/// and the reading goes on. After an error there are no more rows.
pub struct CsvRows {
    file: String,
    records: Records<BufReader<Box<dyn Read + Send>>>,
    delimiter: u8,
    columns: Columns,
    names: Vec<String>,
    stopped: bool,
}

impl CsvRows {
    /// Opens the file and reads its header.
    ///
    /// # Errors
    ///
    /// [`AudienceError`] when it cannot be read or no column names the user.
    pub fn open(path: &Path) -> Result<Self, AudienceError> {
        let input = File::open(path).map_err(|source| AudienceError::Unreadable {
            file: path.display().to_string(),
            source,
        })?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self::read(&name.to_string_lossy(), input)
    }

    /// Reads the header of `input`, which is called `file` in labels.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn read(file: &str, input: impl Read + Send + 'static) -> Result<Self, AudienceError> {
        let unreadable = |source| unreadable(file, source);
        let mut records = Records::new(decoded(input).map_err(unreadable)?);
        let no_header = || AudienceError::NoHeader {
            file: file.to_owned(),
        };
        let first = records.peek().map_err(unreadable)?.ok_or_else(no_header)?;
        let delimiter = delimiter(&first.bytes);
        let header = records.next(delimiter).map_err(unreadable)?;
        let cells = header.ok_or_else(no_header)?.cells;
        let cells = cells.map_err(|reason| AudienceError::BadHeader {
            file: file.to_owned(),
            reason: reason.to_owned(),
        })?;
        let columns = Columns::from_header(file, &cells)?;
        let names = columns.fields.iter().map(|(_, name)| name.clone());
        Ok(Self {
            file: file.to_owned(),
            records,
            delimiter,
            names: names.collect(),
            columns,
            stopped: false,
        })
    }

    /// The same, called `file` in labels.
    #[must_use]
    pub fn labelled(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self
    }

    /// The names of the template fields this file can give.
    pub fn columns(&self) -> &[String] {
        &self.names
    }
}

impl Iterator for CsvRows {
    type Item = Result<ParsedRow, AudienceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stopped {
            return None;
        }
        match self.records.next(self.delimiter) {
            Ok(Some(record)) => Some(Ok(ParsedRow {
                label: format!("{}:{}", self.file, record.line),
                content: content(&self.columns, record),
            })),
            Ok(None) => {
                self.stopped = true;
                None
            }
            Err(source) => {
                self.stopped = true;
                Some(Err(unreadable(&self.file, source)))
            }
        }
    }
}

impl fmt::Debug for CsvRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvRows")
            .field("file", &self.file)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

fn unreadable(file: &str, source: io::Error) -> AudienceError {
    AudienceError::Unreadable {
        file: file.to_owned(),
        source,
    }
}

fn content(columns: &Columns, record: Record) -> RowContent {
    let malformed = |user: &str, reason: String| RowContent::Malformed {
        user: user.to_owned(),
        reason,
    };
    let cells = match &record.cells {
        Ok(cells) => cells,
        Err(reason) => return malformed("", (*reason).to_owned()),
    };
    let texts: Vec<_> = cells
        .iter()
        .map(|cell| String::from_utf8_lossy(cell))
        .map(|text| armed(text.trim()).to_owned())
        .collect();
    let value = |place: usize| texts.get(place).filter(|text| !text.is_empty());
    let user = columns
        .users
        .iter()
        .find_map(|(place, naming)| Some((value(*place)?, *naming)));
    let shown = user.map_or("", |(user, _)| user.as_str());
    if cells.len() != columns.width {
        let reason = miscounted(columns, &record, cells.len());
        return malformed(shown, reason);
    }
    if cells.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
        return malformed(shown, "it is not valid UTF-8".to_owned());
    }
    if cells.iter().any(|cell| cell.contains(&0)) {
        return malformed(
            &shown.replace('\0', ""),
            "it has a NUL character".to_owned(),
        );
    }
    let Some((user, naming)) = user else {
        return malformed("", NO_USER.to_owned());
    };
    if columns.cause.and_then(value).map(String::as_str) == Some(Cause::MalformedRow.name()) {
        return malformed(user, REPORTED.to_owned());
    }
    match key(user, naming) {
        Err(reason) => malformed(user, reason.to_owned()),
        Ok(key) => RowContent::Listed(Box::new(Listed {
            key,
            fields: columns
                .fields
                .iter()
                .filter_map(|(place, name)| Some((name.clone(), value(*place)?.clone())))
                .collect::<Fields>(),
            language: columns.language.and_then(value).cloned(),
            chat: columns
                .chat
                .and_then(value)
                .and_then(|chat| ChatId::new(chat).ok()),
            person: None,
        })),
    }
}

/// Says that a row has not as many cells as the header.
fn miscounted(columns: &Columns, record: &Record, cells: usize) -> String {
    let reason = format!("it has {cells} cells, the header {}", columns.width);
    if record.line == record.last_line {
        return reason;
    }
    // A quote that closes too late may have swallowed rows.
    format!(
        "{reason}; its quotes make lines {} to {} one row",
        record.line, record.last_line
    )
}

/// Undoes what our report does to cells that a spreadsheet would calculate.
fn armed(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        Some(_) | None => cell,
    }
}

fn key(user: &str, naming: Naming) -> Result<UserKey, &'static str> {
    if user.chars().any(char::is_control) {
        return Err("the user has a control character or line break in it");
    }
    match (naming, guid(user)) {
        (Naming::ObjectId | Naming::Any, Some(id)) => Ok(UserKey::ObjectId(id)),
        (Naming::ObjectId, None) => Err("the object id is not a GUID"),
        (Naming::UserPrincipalName, _) => Ok(UserKey::UserPrincipalName(user.to_owned())),
        (Naming::Mail, _) => Ok(UserKey::Mail(user.to_owned())),
        (Naming::Any, None) => Ok(UserKey::Either(user.to_owned())),
    }
}

/// The object id, in the lower case in which the directory writes it, so that
/// one person spelt twice is one person.
fn guid(text: &str) -> Option<ObjectId> {
    let lengths = text.split('-').map(str::len);
    let is_guid =
        lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    let id = is_guid.then(|| ObjectId::new(text.to_ascii_lowercase()))?;
    id.ok()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
