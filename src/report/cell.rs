//! Text from elsewhere, made harmless for spreadsheets and terminals.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula; of the wide signs
/// those with East Asian settings do.
const FORMULAS: &str = "=+-@＝＋－＠";

/// The text as it may stand in a spreadsheet's cell.
///
/// A display name like `=HYPERLINK(…)` must stay text on the administrator's
/// machine, so what a spreadsheet would read as a formula gets a leading
/// apostrophe. The rest is as [`harmless`] has it.
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(|first: char| FORMULAS.contains(first) || first.is_control());
    let shown = harmless(text);
    if formula {
        Cow::Owned(format!("'{shown}"))
    } else {
        shown
    }
}

/// The text without what could drive a terminal.
///
/// Control characters become spaces where they stand for space and replacement
/// characters elsewhere; so do the signs that turn the direction of writing,
/// by which a name can pretend to be what stands around it.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.chars().all(|sign| visible(sign) == sign) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible).collect())
}

fn visible(sign: char) -> char {
    match sign {
        '\t' | '\r' | '\n' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
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
            ("＝1+1", "'＝1+1"),
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

    #[test]
    fn the_direction_of_writing_stays_what_it_is() {
        assert_eq!(
            harmless("moc.live\u{202e}\u{2067}@a"),
            "moc.live\u{fffd}\u{fffd}@a"
        );
        assert!(matches!(harmless("שלום"), Cow::Borrowed(_)));
    }
}
