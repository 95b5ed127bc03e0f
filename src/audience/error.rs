//! Why an audience cannot be read.

use std::io;

use super::columns::USER_COLUMNS;

/// Why an audience cannot be read. A bad row of `include` is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// The file could not be opened or read.
    #[error("the audience file `{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// There is not even a header.
    #[error("the audience file `{file}` is empty; its first line must name the columns")]
    NoHeader {
        /// The file.
        file: String,
    },
    /// The first line cannot be read as a header.
    #[error("the header of the audience file `{file}` cannot be read: {reason}")]
    BadHeader {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No column says who.
    #[error(
        "the audience file `{file}` has no column that names the user: it has {found}; \
         name one of them {}", USER_COLUMNS.join(", ")
    )]
    NoUserColumn {
        /// The file.
        file: String,
        /// The columns there are.
        found: String,
    },
    /// A row that is to leave somebody out does not say whom.
    #[error(
        "row {row} of audience.exclude cannot be used: {reason}; correct it, or whoever it \
         means is written to"
    )]
    Exclusion {
        /// Where it stands: `opt-out.csv:17`.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A list that says nothing of outcomes.
    #[error("`{file}` is no report to choose from: it has no column `outcome`; give a report.csv")]
    NoReport {
        /// The file.
        file: String,
    },
    /// Two columns have one name.
    #[error("the audience file `{file}` has two columns named `{column}`; rename one")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The name, as templates use it.
        column: String,
    },
}
