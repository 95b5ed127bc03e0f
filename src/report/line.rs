//! One line of the report: its columns, and a row in both formats.

use std::borrow::Cow;

use serde::Serialize;

use super::cell::defused;
use crate::{
    ledger::ReportRow,
    model::{Cause, Install, OutcomeKind},
};

/// The columns of `report.csv` and the names in `report.jsonl`, in order.
pub const COLUMNS: [&str; 18] = [
    "row",
    "user",
    "object_id",
    "user_principal_name",
    "display_name",
    "outcome",
    "cause",
    "advice",
    "install",
    "chat_id",
    "activity_id",
    "http_status",
    "code",
    "request_id",
    "attempts",
    "wave",
    "delivered_at",
    "detail",
];

/// A row as `report.jsonl` has it: every name is there; what is not known is null.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    row: &'a str,
    user: &'a str,
    object_id: Option<&'a str>,
    user_principal_name: Option<&'a str>,
    display_name: Option<&'a str>,
    outcome: OutcomeKind,
    cause: Option<Cause>,
    advice: Option<&'static str>,
    install: Option<Install>,
    chat_id: Option<&'a str>,
    activity_id: Option<&'a str>,
    http_status: Option<u16>,
    code: Option<&'a str>,
    request_id: Option<&'a str>,
    attempts: u32,
    wave: Option<&'a str>,
    delivered_at: Option<&'a str>,
    detail: Option<&'a str>,
}

impl<'a> From<&'a ReportRow> for Line<'a> {
    fn from(row: &'a ReportRow) -> Self {
        Self {
            row: &row.row,
            user: &row.user,
            object_id: row.object_id.as_deref(),
            user_principal_name: row.user_principal_name.as_deref(),
            display_name: row.display_name.as_deref(),
            outcome: row.outcome,
            cause: row.cause,
            advice: row.cause.map(Cause::advice),
            install: row.install,
            chat_id: row.chat_id.as_deref(),
            activity_id: row.activity_id.as_deref(),
            http_status: row.http_status,
            code: row.code.as_deref(),
            request_id: row.request_id.as_deref(),
            attempts: row.attempts,
            wave: row.wave.as_deref(),
            delivered_at: row.delivered_at.as_deref(),
            detail: row.detail.as_deref(),
        }
    }
}

impl<'a> Line<'a> {
    /// The row as `report.csv` has it, in the order of [`COLUMNS`].
    pub(super) fn cells(&self) -> [Cow<'a, str>; COLUMNS.len()] {
        let text = |value: Option<&'a str>| defused(value.unwrap_or_default());
        [
            defused(self.row),
            defused(self.user),
            text(self.object_id),
            text(self.user_principal_name),
            text(self.display_name),
            self.outcome.name().into(),
            self.cause.map_or("", Cause::name).into(),
            self.advice.unwrap_or_default().into(),
            self.install.map_or("", Install::name).into(),
            text(self.chat_id),
            text(self.activity_id),
            self.http_status
                .map_or_else(String::new, |status| status.to_string())
                .into(),
            text(self.code),
            text(self.request_id),
            self.attempts.to_string().into(),
            text(self.wave),
            text(self.delivered_at),
            text(self.detail),
        ]
    }
}
