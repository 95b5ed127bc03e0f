//! A parsed `$filter` and what it says of a row.

use crate::simulator::guid::Guid;

/// A condition on a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    /// All of them hold.
    And(Vec<Self>),
    /// One of them holds.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A property equals a constant.
    Equal(String, Literal),
    /// A property differs from a constant.
    Unequal(String, Literal),
    /// A property is one of these.
    In(String, Vec<Literal>),
    /// A property starts with this.
    Starts(String, String),
    /// A property ends with this.
    Ends(String, String),
    /// An element of a collection fulfils a condition.
    Any(String, Box<Self>),
}

/// A constant in a filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// In quotes.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// Without quotes.
    Guid(Guid),
    /// `null`.
    Null,
}

/// A filter that the service refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterError {
    /// It does not follow the grammar.
    #[error("Invalid filter clause")]
    Syntax,
    /// It asks about something that does not exist.
    #[error("Could not find a property named '{0}'.")]
    UnknownProperty(String),
    /// It asks something that the property cannot be asked.
    #[error("Unsupported or invalid query filter clause specified for property '{0}'.")]
    Unsupported(String),
}

/// What a property holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Text, compared without regard to case.
    Text(&'a str),
    /// Yes or no.
    Bool(bool),
    /// An id.
    Guid(Guid),
    /// Nothing.
    Null,
}

/// Something a filter can be asked about.
pub(crate) trait Row {
    /// Returns what the property at `path` holds.
    fn cell(&self, path: &str) -> Cell<'_>;

    /// Whether an element of the collection at `path` fulfils `condition`.
    fn any(&self, path: &str, condition: &Filter) -> bool;
}

impl Filter {
    /// Whether `row` fulfils the condition.
    pub(crate) fn holds(&self, row: &dyn Row) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Not(part) => !part.holds(row),
            Self::Equal(path, value) => row.cell(path).equals(value),
            Self::Unequal(path, value) => !row.cell(path).equals(value),
            Self::In(path, values) => {
                let cell = row.cell(path);
                values.iter().any(|value| cell.equals(value))
            }
            Self::Starts(path, text) => row
                .cell(path)
                .text(|cell| cell.starts_with(&text.to_lowercase())),
            Self::Ends(path, text) => row
                .cell(path)
                .text(|cell| cell.ends_with(&text.to_lowercase())),
            Self::Any(path, condition) => row.any(path, condition),
        }
    }
}

impl Cell<'_> {
    fn equals(&self, literal: &Literal) -> bool {
        match (self, literal) {
            (Cell::Text(cell), Literal::Text(text)) => {
                cell.eq_ignore_ascii_case(text) || cell.to_lowercase() == text.to_lowercase()
            }
            (Cell::Guid(cell), Literal::Text(text)) => Ok(*cell) == text.parse(),
            (Cell::Guid(cell), Literal::Guid(guid)) => cell == guid,
            (Cell::Bool(cell), Literal::Bool(value)) => cell == value,
            (Cell::Null, Literal::Null) => true,
            (Cell::Text(_) | Cell::Bool(_) | Cell::Guid(_) | Cell::Null, _) => false,
        }
    }

    /// Whether there is a text, in lower case, that passes `test`.
    pub(crate) fn text(&self, test: impl FnOnce(&str) -> bool) -> bool {
        match self {
            Cell::Text(cell) => test(&cell.to_lowercase()),
            Cell::Guid(cell) => test(&cell.to_string()),
            Cell::Bool(_) | Cell::Null => false,
        }
    }
}
