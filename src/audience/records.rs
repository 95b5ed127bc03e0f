//! Records: what one row of the file holds, be it on one line or on several.
//!
//! The `csv` crate would take everything behind a quote that is never closed
//! as one record, however long, and its line numbers are those of the blank
//! lines before a record. Here a record whose quotes make no sense costs one
//! line, so that nobody behind it is lost.

use std::{
    collections::VecDeque,
    io::{self, BufRead},
};

use super::{
    cells::{Split, split},
    lines::{Line, Lines},
};

/// The longest record over several lines.
const MAX_RECORD: usize = 256 * 1024;

/// One record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The physical line it starts on.
    pub(super) line: u64,
    /// The physical line it ends on.
    pub(super) last_line: u64,
    /// Its cells, or what is wrong with it.
    pub(super) cells: Result<Vec<Vec<u8>>, &'static str>,
}

/// The records of a text, blank lines left out.
pub(super) struct Records<R> {
    lines: Lines<R>,
    /// Lines that were read ahead for a quote that did not close.
    ahead: VecDeque<Line>,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            lines: Lines::new(input),
            ahead: VecDeque::new(),
        }
    }

    /// The next line that is not blank, left in place.
    pub(super) fn peek(&mut self) -> io::Result<Option<&Line>> {
        while let Some(line) = self.line(0)? {
            if !line.bytes.trim_ascii().is_empty() {
                break;
            }
            self.ahead.pop_front();
        }
        Ok(self.ahead.front())
    }

    /// The next record, or nothing at the end.
    pub(super) fn next(&mut self, delimiter: u8) -> io::Result<Option<Record>> {
        let Some(first) = self.peek()? else {
            return Ok(None);
        };
        let line = first.number;
        let mut bytes = first.bytes.clone();
        let mut cut = first.cut;
        let mut used = 1;
        let cells = loop {
            if cut || MAX_RECORD < bytes.len() {
                break Err("it is too long");
            }
            match split(&bytes, delimiter) {
                Split::Cells(cells) => break Ok(cells),
                Split::Trailing => break Err("there is text behind a closing quote"),
                Split::Open => {}
            }
            let Some(next) = self.quoted_line(&mut used)? else {
                break Err("a quote is never closed");
            };
            bytes.push(b'\n');
            bytes.extend(&next.bytes);
            cut = next.cut;
        };
        let used = if cells.is_ok() { used } else { 1 };
        self.ahead.drain(..used.min(self.ahead.len()));
        let last_line = self.lines.number().saturating_sub(self.ahead.len() as u64);
        Ok(Some(Record {
            line,
            last_line,
            cells,
        }))
    }

    /// The lines up to the next one with a quote, which alone can end an open
    /// one. Splitting again for every line would cost the square of them.
    fn quoted_line(&mut self, used: &mut usize) -> io::Result<Option<Line>> {
        let mut joined: Option<Line> = None;
        while let Some(line) = self.line(*used)?.cloned() {
            *used += 1;
            let has_quote = line.bytes.contains(&b'"');
            let all = match joined.take() {
                None => line,
                Some(mut all) => {
                    all.bytes.push(b'\n');
                    all.bytes.extend(line.bytes);
                    all.cut |= line.cut;
                    all
                }
            };
            if has_quote || all.cut || MAX_RECORD < all.bytes.len() {
                return Ok(Some(all));
            }
            joined = Some(all);
        }
        Ok(None)
    }

    /// The line that is `index` lines ahead.
    fn line(&mut self, index: usize) -> io::Result<Option<&Line>> {
        while self.ahead.len() <= index {
            match self.lines.next()? {
                Some(line) => self.ahead.push_back(line),
                None => break,
            }
        }
        Ok(self.ahead.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(u64, Result<Vec<String>, &'static str>)> {
        let mut records = Records::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(record) = records.next(b',').unwrap() {
            let cells = record.cells.map(|cells| {
                let text = |cell| String::from_utf8(cell).unwrap();
                cells.into_iter().map(text).collect()
            });
            all.push((record.line, cells));
        }
        all
    }

    fn owned(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn a_record_has_the_number_of_the_line_it_starts_on() {
        let found = records("\r\n\na,\"x\r\ny\n\nz\",b\r\n \r\nc\r\n");

        assert_eq!(
            found,
            [
                (3, Ok(owned(&["a", "x\ny\n\nz", "b"]))),
                (8, Ok(owned(&["c"])))
            ]
        );
    }

    #[test]
    fn a_quote_that_never_closes_costs_one_line_only() {
        let found = records("\"a,1\nb,2\nc,3");

        assert_eq!(
            found,
            [
                (1, Err("a quote is never closed")),
                (2, Ok(owned(&["b", "2"]))),
                (3, Ok(owned(&["c", "3"]))),
            ]
        );
    }

    #[test]
    fn a_quote_that_is_closed_by_the_next_persons_quote_costs_one_line_only() {
        let found = records("\"a,1\n\"b\",2\n\"c\",3\n");

        assert_eq!(
            found,
            [
                (1, Err("there is text behind a closing quote")),
                (2, Ok(owned(&["b", "2"]))),
                (3, Ok(owned(&["c", "3"]))),
            ]
        );
    }

    #[test]
    fn reading_ahead_for_a_closing_quote_is_bounded() {
        let text = format!("\"a\n{}", "b,2\n".repeat(1_000_000));
        let mut records = Records::new(text.as_bytes());

        let first = records.next(b',').unwrap().unwrap();

        assert_eq!(first.cells, Err("it is too long"));
        assert!(records.ahead.len() <= MAX_RECORD / 2);
    }
}
