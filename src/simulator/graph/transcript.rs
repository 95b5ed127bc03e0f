//! What Graph keeps of what a bot wrote.
//!
//! Whether it keeps what nobody sees is UNVERIFIED, so a tenant can do either.

use serde_json::Value;

use crate::simulator::tenant::registration::Transcript;

/// What a card of version 1.5 can be made of (Adaptive Cards schema explorer).
const ELEMENTS: [&str; 16] = [
    "ActionSet",
    "ColumnSet",
    "Container",
    "FactSet",
    "Image",
    "ImageSet",
    "Input.ChoiceSet",
    "Input.Date",
    "Input.Number",
    "Input.Text",
    "Input.Time",
    "Input.Toggle",
    "Media",
    "RichTextBlock",
    "Table",
    "TextBlock",
];

/// Returns what is kept of a text.
pub(super) fn text(transcript: Transcript, text: &str) -> String {
    match transcript {
        Transcript::Whole => text.to_owned(),
        Transcript::Seen => text.chars().filter(|letter| has_width(*letter)).collect(),
    }
}

/// Returns what is kept of a card.
pub(super) fn card(transcript: Transcript, mut card: Value) -> Value {
    match transcript {
        Transcript::Whole => {}
        Transcript::Seen => keep_seen(&mut card),
    }
    card
}

fn has_width(letter: char) -> bool {
    !matches!(
        letter,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}'
    )
}

/// Drops what is not shown or not known, at any depth.
fn keep_seen(card: &mut Value) {
    let Some(fields) = card.as_object_mut() else {
        return;
    };
    for (name, value) in fields {
        let Some(entries) = value.as_array_mut() else {
            continue;
        };
        if name == "body" || name == "items" {
            entries.retain(is_seen);
        }
        entries.iter_mut().for_each(keep_seen);
    }
}

fn is_seen(element: &Value) -> bool {
    let kind = element.get("type").and_then(Value::as_str);
    let visible = element.get("isVisible").and_then(Value::as_bool);
    visible.unwrap_or(true) && kind.is_some_and(|kind| ELEMENTS.contains(&kind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_sees_is_kept_or_not() {
        let written = "a\u{200B}\u{2060}b";
        let drawn = json!({ "type": "AdaptiveCard", "body": [
            { "type": "TextBlock", "text": "x", "isVisible": false },
            { "type": "Sparkle" },
            { "type": "ColumnSet", "columns": [{ "items": [{ "type": "Sparkle" }] }] },
        ] });
        let left = json!({ "type": "AdaptiveCard", "body": [
            { "type": "ColumnSet", "columns": [{ "items": [] }] },
        ] });

        assert_eq!(written, text(Transcript::Whole, written));
        assert_eq!("ab", text(Transcript::Seen, written));
        assert_eq!(drawn, card(Transcript::Whole, drawn.clone()));
        assert_eq!(left, card(Transcript::Seen, drawn));
    }
}
