//! One record's bytes, split into cells.

/// What came of splitting.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// The cells.
    Cells(Vec<Vec<u8>>),
    /// A quote is open at the end: the record goes on in the next line.
    Open,
    /// A quoted cell has more text behind its closing quote.
    Trailing,
}

/// Where in a cell we are.
enum Inside {
    Start,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell, which closes it or is the first of two.
    Quote,
}

/// Splits `record` at `delimiter`, honouring quotes. A quote in the middle of
/// an unquoted cell is a character like any other.
pub(super) fn split(record: &[u8], delimiter: u8) -> Split {
    let mut cells = Vec::new();
    let mut cell = Vec::new();
    let mut inside = Inside::Start;
    for &byte in record {
        inside = match inside {
            Inside::Start if byte == b'"' => Inside::Quoted,
            Inside::Start | Inside::Plain | Inside::Quote if byte == delimiter => {
                cells.push(std::mem::take(&mut cell));
                Inside::Start
            }
            Inside::Start | Inside::Plain => {
                cell.push(byte);
                Inside::Plain
            }
            Inside::Quoted if byte == b'"' => Inside::Quote,
            Inside::Quoted => {
                cell.push(byte);
                Inside::Quoted
            }
            Inside::Quote if byte == b'"' => {
                cell.push(byte);
                Inside::Quoted
            }
            Inside::Quote if byte == b' ' => Inside::Quote,
            Inside::Quote => return Split::Trailing,
        };
    }
    match inside {
        Inside::Quoted => Split::Open,
        Inside::Start | Inside::Plain | Inside::Quote => {
            cells.push(cell);
            Split::Cells(cells)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: &str) -> Vec<String> {
        match split(record.as_bytes(), b',') {
            Split::Cells(cells) => cells
                .into_iter()
                .map(|cell| String::from_utf8(cell).unwrap())
                .collect(),
            other @ (Split::Open | Split::Trailing) => panic!("{record}: {other:?}"),
        }
    }

    #[test]
    fn quotes_hide_delimiters_and_double_quotes_stand_for_one() {
        assert_eq!(cells("a,,\"b,\"\"c\"\"\" ,"), ["a", "", "b,\"c\"", ""]);
        assert_eq!(cells("5\" pipe,x"), ["5\" pipe", "x"]);
    }

    #[test]
    fn an_open_quote_and_text_behind_a_closed_one_are_told_apart() {
        assert_eq!(split(b"a,\"b", b','), Split::Open);
        assert_eq!(split(b"\"a\"b", b','), Split::Trailing);
    }
}
