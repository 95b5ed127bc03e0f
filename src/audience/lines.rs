//! Physical lines with their numbers.

use std::io::{self, BufRead};

/// The longest line that is kept. A message of the largest size has room in
/// it several times; a file without line ends does not fill the memory.
const MAX_LINE: usize = 256 * 1024;

/// One physical line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, counted from 1.
    pub(super) number: u64,
    /// Its bytes without the line end.
    pub(super) bytes: Vec<u8>,
    /// Whether it was longer than is kept; the rest was dropped.
    pub(super) cut: bool,
}

/// The lines of a text; `\n` and `\r\n` end one.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    /// How many lines were given.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line, or nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut cut = false;
        let mut is_end = true;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                break;
            }
            is_end = false;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let text = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            let room = MAX_LINE.saturating_sub(bytes.len());
            cut |= room < text.len();
            bytes.extend(text.iter().take(room));
            let used = text.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if is_end {
            return Ok(None);
        }
        bytes.pop_if(|last| *last == b'\r');
        self.number += 1;
        Ok(Some(Line {
            number: self.number,
            bytes,
            cut,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_never_ends_is_cut_and_the_next_one_is_whole() {
        let mut text = vec![b'x'; 3 * MAX_LINE];
        text.extend(b"\nnext");
        let mut lines = Lines::new(text.as_slice());

        let first = lines.next().unwrap().unwrap();
        let second = lines.next().unwrap().unwrap();

        assert!(first.cut && first.bytes.len() == MAX_LINE);
        assert_eq!((second.number, second.bytes.as_slice()), (2, &b"next"[..]));
        assert_eq!(lines.next().unwrap(), None);
    }
}
