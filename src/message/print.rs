//! What a message says, as far as that survives Teams.
//!
//! Teams turns Markdown into HTML, escapes and unescapes, and drops spaces.
//! What is left for certain of a text are its letters and digits, and of a
//! card its members in any order.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Content, TextFormat, marker};
use crate::model::ContentPrint;

/// How many hexadecimal digits are kept.
const DIGITS: usize = 16;

/// A message as a chat has it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its text as HTML.
    pub html: &'a str,
    /// Its cards as JSON.
    pub cards: &'a [String],
}

impl Content {
    /// Tells what is said, or nothing where there is no letter and no digit.
    pub fn print(&self) -> Option<ContentPrint> {
        match self {
            Self::Text { text, format } => match format {
                TextFormat::Plain => of_text(text),
                TextFormat::Html => of_text(&without_markup(text)),
                TextFormat::Markdown => of_text(&without_markup(&without_targets(text))),
            },
            Self::Card { card, .. } => of_card(card.clone()),
        }
    }
}

impl Shown<'_> {
    /// Whether it says what `print` was taken of.
    pub fn says(&self, print: &ContentPrint) -> bool {
        let mut cards = self.cards.iter();
        of_text(&without_markup(self.html)).as_ref() == Some(print)
            || cards.any(|card| {
                let card = serde_json::from_str(card).ok();
                card.and_then(of_card).as_ref() == Some(print)
            })
    }
}

fn of_text(text: &str) -> Option<ContentPrint> {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() {
        return None;
    }
    digits_of(&letters)
}

/// JSON members come in the order of their names, so the text is always the same.
fn of_card(mut card: Value) -> Option<ContentPrint> {
    let body = card.get_mut("body").and_then(Value::as_array_mut);
    let is_empty = body.is_some_and(|elements| {
        elements.retain(|element| !marker::is_sign(element));
        elements.is_empty()
    });
    // The sign may have been all there was, and Teams may have dropped it.
    if let (true, Some(members)) = (is_empty, card.as_object_mut()) {
        members.remove("body");
    }
    digits_of(&card.to_string())
}

fn digits_of(text: &str) -> Option<ContentPrint> {
    let mut digits = format!("{:x}", Sha256::digest(text));
    digits.truncate(DIGITS);
    ContentPrint::new(digits).ok()
}

/// Leaves out tags and character references.
fn without_markup(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, markup) = rest.split_at(at);
        text.push_str(before);
        let end = if markup.starts_with('<') { '>' } else { ';' };
        let inside = |c: char| end == '>' || c.is_ascii_alphanumeric() || c == '#';
        let length = markup
            .char_indices()
            .skip(1)
            .find(|(_, c)| *c == end || !inside(*c))
            .filter(|(_, c)| *c == end)
            .map_or(1, |(at, _)| at + 1);
        rest = markup.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Leaves out where Markdown links and images lead.
fn without_targets(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{message::Marker, model::ObjectId};

    fn text(text: &str, format: TextFormat) -> Content {
        let text = text.to_owned();
        Content::Text { text, format }
    }

    #[test]
    fn a_text_is_recognised_behind_the_markup_of_teams() {
        for (sent, format, html) in [
            (
                "Hello, *you* & me!",
                TextFormat::Markdown,
                "<p>Hello, <em>you</em> &amp; me!</p>",
            ),
            (
                "Read [this page](https://contoso.com/a_(1)) now",
                TextFormat::Markdown,
                "<p>Read <a href=\"https://contoso.com\">this page</a>) now</p>",
            ),
            (
                "1 < 2 & R&D; 3",
                TextFormat::Plain,
                "1 &lt; 2 &amp; R&amp;D; 3",
            ),
            (
                "<b>Grüße</b>",
                TextFormat::Html,
                "<div><strong>Grüße</strong>&nbsp;</div>",
            ),
        ] {
            let print = text(sent, format).print().unwrap();
            let shown = |html| Shown { html, cards: &[] };

            assert!(shown(html).says(&print), "{sent}");
            assert!(!shown("<p>Something else</p>").says(&print));
        }
    }

    #[test]
    fn a_card_is_recognised_with_its_sign_and_in_any_order() {
        let card = json!({"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "x"}]});
        let content = Content::Card {
            card,
            notification: "n".to_owned(),
        };
        let print = content.print().unwrap();
        let marked = Marker::new("a", &ObjectId::new("p").unwrap()).put_into(content);

        assert_eq!(marked.print().unwrap(), print);
        let reordered = r#"{"body": [{"text": "x", "type": "TextBlock"}], "type": "AdaptiveCard"}"#;
        let cards = [reordered.to_owned()];
        assert!(
            Shown {
                html: "",
                cards: &cards
            }
            .says(&print)
        );
    }

    #[test]
    fn a_message_without_letters_has_no_print() {
        assert_eq!(text("\u{1F389}!", TextFormat::Plain).print(), None);
    }
}
