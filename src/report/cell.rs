//! Text from elsewhere, made harmless for spreadsheets and terminals.

use std::borrow::Cow;

/// The text as it may stand in a spreadsheet's cell.
///
/// A display name like `=HYPERLINK(…)` must stay text on the administrator's
/// machine, so what a spreadsheet would read as a formula gets a leading
/// apostrophe. Control characters, which could drive a terminal, become
/// spaces where they stand for space and replacement characters elsewhere.
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(|first: char| "=+-@".contains(first) || first.is_control());
    if !formula && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let apostrophe = formula.then_some('\'');
    Cow::Owned(
        apostrophe
            .into_iter()
            .chain(text.chars().map(visible))
            .collect(),
    )
}

fn visible(character: char) -> char {
    match character {
        '\t' | '\r' | '\n' => ' ',
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_be_a_formula_gets_an_apostrophe() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+41 44", "'+41 44"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r=1", "' =1"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(defused(text), cell);
        }
    }

    #[test]
    fn control_characters_do_not_survive() {
        assert_eq!(defused("a\u{1b}[2Jb\nc\u{9b}d"), "a\u{fffd}[2Jb c\u{fffd}d");
    }
}
