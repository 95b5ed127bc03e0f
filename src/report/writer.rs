//! `report.csv` and `report.jsonl`, a row at a time.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{COLUMNS, ReportError, draft::Draft, line::Line};
use crate::ledger::ReportRow;

/// Spreadsheets take a CSV file for UTF-8 only when it says so.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes both reports side by side.
///
/// They stand under temporary names until [`Self::finish`]; dropping the
/// writer leaves the earlier reports as they were.
#[derive(Debug)]
pub struct ReportWriter {
    csv: csv::Writer<Draft>,
    jsonl: Draft,
}

impl ReportWriter {
    /// Starts the reports in `dir`, which is created where it is missing.
    pub fn create(dir: &Path) -> Result<Self, ReportError> {
        let mut draft = Draft::create(dir, "report.csv")?;
        let jsonl = Draft::create(dir, "report.jsonl")?;
        if let Err(source) = draft.write_all(BYTE_ORDER_MARK) {
            return Err(draft.error(source));
        }
        let mut csv = csv::Writer::from_writer(draft);
        match csv.write_record(COLUMNS) {
            Ok(()) => Ok(Self { csv, jsonl }),
            Err(error) => Err(csv.get_ref().error(error)),
        }
    }

    /// Adds one row.
    pub fn push(&mut self, row: &ReportRow) -> Result<(), ReportError> {
        let line = Line::from(row);
        if let Err(error) = self
            .csv
            .write_record(line.cells().iter().map(AsRef::as_ref).map(str::as_bytes))
        {
            return Err(self.csv.get_ref().error(error));
        }
        if let Err(error) = serde_json::to_writer(&mut self.jsonl, &line) {
            return Err(self.jsonl.error(error));
        }
        self.jsonl
            .write_all(b"\n")
            .map_err(|source| self.jsonl.error(source))
    }

    /// Puts both reports in place and returns where they are.
    ///
    /// Neither is renamed before both are on stable storage, so a full disk
    /// leaves both earlier reports.
    pub fn finish(self) -> Result<[PathBuf; 2], ReportError> {
        let csv = match self.csv.into_inner() {
            Ok(draft) => draft.seal()?,
            Err(error) => {
                let source = io::Error::new(error.error().kind(), error.to_string());
                return Err(error.into_inner().get_ref().error(source));
            }
        };
        let jsonl = self.jsonl.seal()?;
        Ok([csv.publish()?, jsonl.publish()?])
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::{Cause, Install, OutcomeKind};

    fn row() -> ReportRow {
        ReportRow {
            row: "users.csv:17".to_owned(),
            user: "ada@example.com".to_owned(),
            object_id: Some("0b1c".to_owned()),
            user_principal_name: Some("ada@example.com".to_owned()),
            display_name: Some("=HYPERLINK(\"x\"), \u{1b}[2J\nAda".to_owned()),
            outcome: OutcomeKind::Failed,
            cause: Some(Cause::BlockedByUser),
            install: Some(Install::Present),
            chat_id: None,
            activity_id: None,
            http_status: Some(403),
            code: Some("MessageWritesBlocked".to_owned()),
            request_id: Some("r-1".to_owned()),
            attempts: 2,
            wave: None,
            delivered_at: None,
            detail: None,
        }
    }

    fn written(rows: &[ReportRow]) -> (String, String) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = ReportWriter::create(dir.path()).unwrap();
        for row in rows {
            writer.push(row).unwrap();
        }
        let [csv, jsonl] = writer.finish().unwrap();
        (
            fs::read_to_string(csv).unwrap(),
            fs::read_to_string(jsonl).unwrap(),
        )
    }

    #[test]
    fn the_csv_has_a_byte_order_mark_the_agreed_columns_and_harmless_cells() {
        let (csv, _) = written(&[row()]);

        assert_eq!(
            csv,
            "\u{feff}row,user,object_id,user_principal_name,display_name,outcome,cause,advice,\
             install,chat_id,activity_id,http_status,code,request_id,attempts,wave,delivered_at,\
             detail\n\
             users.csv:17,ada@example.com,0b1c,ada@example.com,\
             \"'=HYPERLINK(\"\"x\"\"), \u{fffd}[2J Ada\",failed,blocked-by-user,\
             \"ask the person to unblock the app in Teams, then run with --retry failed\",present,,\
             ,403,MessageWritesBlocked,r-1,2,,,\n"
        );
    }

    #[test]
    fn the_jsonl_has_one_object_a_row_with_the_names_of_the_columns() {
        let (_, jsonl) = written(&[row(), row()]);

        let lines: Vec<&str> = jsonl.lines().collect();
        assert_eq!(lines.len(), 2);
        let mut at = 0;
        for column in COLUMNS {
            let name = format!("\"{column}\":");
            at += lines[0][at..].find(&name).expect("every column, in order");
        }
        let value: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(value.as_object().unwrap().len(), COLUMNS.len());
        assert_eq!(value["http_status"], 403);
        assert_eq!(value["display_name"], row().display_name.unwrap());
        assert!(value["chat_id"].is_null());
    }

    #[test]
    fn a_report_that_is_not_finished_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let [csv, _] = ReportWriter::create(dir.path()).unwrap().finish().unwrap();
        let before = fs::read(&csv).unwrap();

        let mut writer = ReportWriter::create(dir.path()).unwrap();
        writer.push(&row()).unwrap();
        drop(writer);

        assert_eq!(fs::read(&csv).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
