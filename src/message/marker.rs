//! A sign in the message that its reader does not see.
//!
//! Whoever asks a chat later whether this campaign's message is in it needs to
//! recognise it among all the bot ever wrote there. The connector takes no key
//! of ours, so the sign is part of the message: after a text a few characters
//! without width, in a card an element that is not shown.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Content, Shown, TextFormat};
use crate::model::ObjectId;

/// Characters that show nothing, take no room and join nothing: each stands
/// for two bits.
const INVISIBLE: [char; 4] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}'];
/// How many bytes of the hash are kept. A chat holds some dozens of messages.
const BYTES: usize = 6;
/// Characters of a sign, four to a byte.
const LENGTH: usize = BYTES * 4;
/// Begins the id of the element that is not shown.
const ELEMENT: &str = "teamcast-";

/// The sign of one campaign's message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    text: String,
    element: String,
}

impl Marker {
    /// The sign of what `campaign` sends to `person`: always the same, so that
    /// any attempt of any run is recognised.
    pub fn new(campaign: &str, person: &ObjectId) -> Self {
        let hash = Sha256::digest(format!("{campaign}\n{person}"));
        let mut digits = format!("{hash:x}");
        digits.truncate(BYTES * 2);
        Self {
            text: hash.into_iter().take(BYTES).flat_map(spelled).collect(),
            element: format!("{ELEMENT}{digits}"),
        }
    }

    /// The message with the sign in it.
    #[must_use]
    pub fn put_into(&self, content: Content) -> Content {
        match content {
            Content::Text { text, format } => Content::Text {
                text: self.appended(&text, format),
                format,
            },
            Content::Card { card, notification } => Content::Card {
                card: self.within(card),
                notification,
            },
        }
    }

    /// Whether a message of a chat has this sign.
    pub fn is_in(&self, shown: &Shown<'_>) -> bool {
        shown.html.contains(&self.text)
            || shown.cards.iter().any(|card| card.contains(&self.element))
    }

    /// Whether a message of a chat has the sign of any campaign.
    pub fn any_is_in(shown: &Shown<'_>) -> bool {
        let mut length = 0;
        let in_text = shown.html.chars().any(|c| {
            length = if INVISIBLE.contains(&c) {
                length + 1
            } else {
                0
            };
            LENGTH <= length
        });
        in_text || shown.cards.iter().any(|card| card.contains(ELEMENT))
    }

    /// Behind a space, so that it does not become part of a link.
    fn appended(&self, text: &str, format: TextFormat) -> String {
        let sign = &self.text;
        match format {
            // Within the last block, so that it does not begin another.
            TextFormat::Html => {
                let (inside, closing) = text.split_at(before_closing_tags(text));
                format!("{inside} {sign}{closing}")
            }
            // A fence is closed only by a line of its own.
            TextFormat::Markdown if ends_with_fence(text) => format!("{text}\n{sign}"),
            TextFormat::Markdown | TextFormat::Plain => format!("{text} {sign}"),
        }
    }

    fn within(&self, mut card: Value) -> Value {
        let element = json!({
            "type": "TextBlock",
            "id": self.element,
            "text": self.element,
            "isVisible": false,
        });
        if let Some(members) = card.as_object_mut() {
            let body = members.entry("body").or_insert_with(|| json!([]));
            if let Some(elements) = body.as_array_mut() {
                elements.push(element);
            }
        }
        card
    }
}

/// Whether `element` of a card is a sign.
pub(super) fn is_sign(element: &Value) -> bool {
    let id = element.get("id").and_then(Value::as_str);
    id.is_some_and(|id| id.starts_with(ELEMENT))
}

fn spelled(byte: u8) -> [char; 4] {
    let [zero, one, two, three] = INVISIBLE;
    [6, 4, 2, 0].map(|shift| match (byte >> shift) & 3 {
        0 => zero,
        1 => one,
        2 => two,
        _ => three,
    })
}

/// Where the closing tags at the end begin.
fn before_closing_tags(html: &str) -> usize {
    let mut end = html.trim_end().len();
    while let Some(rest) = html.get(..end).filter(|rest| rest.ends_with('>')) {
        match rest.rfind('<') {
            Some(start) if rest.get(start..).is_some_and(|tag| tag.starts_with("</")) => {
                end = start;
            }
            Some(_) | None => break,
        }
    }
    end
}

fn ends_with_fence(markdown: &str) -> bool {
    let last = markdown.lines().next_back().unwrap_or_default().trim();
    last.starts_with("```") || last.starts_with("~~~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(campaign: &str) -> Marker {
        Marker::new(campaign, &ObjectId::new("p").unwrap())
    }

    fn text(text: &str, format: TextFormat) -> Content {
        let text = text.to_owned();
        Content::Text { text, format }
    }

    #[test]
    fn a_marked_text_is_recognised_and_looks_the_same() {
        let ours = marker("a");
        for (text_before, format) in [
            ("Hello", TextFormat::Plain),
            ("See https://contoso.com/a", TextFormat::Markdown),
            ("```\ncode\n```", TextFormat::Markdown),
            ("<p>Hello <b>you</b></p>\n", TextFormat::Html),
        ] {
            let Content::Text { text, .. } = ours.put_into(text(text_before, format)) else {
                panic!("a text stays a text");
            };
            let shown = Shown {
                html: &text,
                cards: &[],
            };
            assert!(ours.is_in(&shown), "{text_before}");
            assert!(!marker("b").is_in(&shown));
            assert!(Marker::any_is_in(&shown));
            let visible: String = text.chars().filter(|c| !INVISIBLE.contains(c)).collect();
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeezed(&visible), squeezed(text_before));
        }
    }

    #[test]
    fn links_fences_and_blocks_stay_whole() {
        let ours = marker("a");
        let marked = |source, format| match ours.put_into(text(source, format)) {
            Content::Text { text, .. } => text.replace(&ours.text, "#"),
            Content::Card { .. } => panic!("a text stays a text"),
        };

        assert_eq!(marked("https://x/y", TextFormat::Markdown), "https://x/y #");
        assert_eq!(
            marked("```\nx\n```", TextFormat::Markdown),
            "```\nx\n```\n#"
        );
        assert_eq!(marked("<p>x<br></p>", TextFormat::Html), "<p>x<br> #</p>");
        assert_eq!(marked("a < b", TextFormat::Html), "a < b #");
    }

    #[test]
    fn a_marked_card_is_recognised_and_shows_nothing_more() {
        let ours = marker("a");
        for card in [
            json!({"type": "AdaptiveCard"}),
            json!({"body": [{"type": "TextBlock"}]}),
        ] {
            let content = Content::Card {
                card,
                notification: String::new(),
            };
            let Content::Card { card, .. } = ours.put_into(content) else {
                panic!("a card stays a card");
            };
            let last = card["body"].as_array().unwrap().last().unwrap();
            assert_eq!(last["isVisible"], false);
            let cards = [card.to_string()];
            let shown = Shown {
                html: "",
                cards: &cards,
            };
            assert!(ours.is_in(&shown) && Marker::any_is_in(&shown));
            assert!(!marker("b").is_in(&shown));
        }
    }

    #[test]
    fn an_ordinary_message_has_no_sign() {
        let cards = [json!({"type": "AdaptiveCard", "body": [{"id": "x"}]}).to_string()];
        let shown = Shown {
            html: "<p>Family: \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}</p>",
            cards: &cards,
        };

        assert!(!Marker::any_is_in(&shown));
    }
}
