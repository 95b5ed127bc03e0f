//! One line of the report, as the ledger knows it.

use crate::model::{Cause, Install, OutcomeKind};

/// One input row and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Where the row stands in the input: `users.csv:17`.
    pub row: String,
    /// The user as the input named them.
    pub user: String,
    /// Entra object id, once known.
    pub object_id: Option<String>,
    /// `userPrincipalName`, once known.
    pub user_principal_name: Option<String>,
    /// `displayName`, once known.
    pub display_name: Option<String>,
    /// What became of the row.
    pub outcome: OutcomeKind,
    /// Why, for skipped and failed rows.
    pub cause: Option<Cause>,
    /// What is known of the app's installation.
    pub install: Option<Install>,
    /// Chat thread or conversation id.
    pub chat_id: Option<String>,
    /// The id of the message.
    pub activity_id: Option<String>,
    /// HTTP status of the last answer that mattered.
    pub http_status: Option<u16>,
    /// The service's error code.
    pub code: Option<String>,
    /// The request id to quote to Microsoft.
    pub request_id: Option<String>,
    /// Requests written for this recipient.
    pub attempts: u32,
    /// The wave it was sent in.
    pub wave: Option<String>,
    /// When Teams accepted the message, RFC 3339 UTC.
    pub delivered_at: Option<String>,
    /// For people: what exactly was wrong.
    pub detail: Option<String>,
}
