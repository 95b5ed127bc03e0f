//! How a text looks once Teams has shown it: as HTML.
//!
//! Only as much of Markdown as a short message has: bold and links.

use crate::simulator::state::TextFormat;

/// Returns `text` as Graph shows it.
pub(super) fn html(text: &str, format: TextFormat) -> String {
    match format {
        TextFormat::Html => text.to_owned(),
        TextFormat::Plain => paragraphs(text, escaped),
        TextFormat::Markdown => paragraphs(text, |line| bold(&links(line))),
    }
}

/// A blank line ends a paragraph, another line end only a line.
fn paragraphs(text: &str, show: impl Fn(&str) -> String) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").filter(|lines| !lines.trim().is_empty());
    let shown = paragraphs.map(|lines| {
        let lines: Vec<String> = lines.lines().map(&show).collect();
        format!("<p>{}</p>", lines.join("<br>\n"))
    });
    shown.collect::<Vec<String>>().join("\n")
}

/// Escapes a line and turns `[words](address)` into links.
fn links(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some((before, words, address, after)) = next_link(rest) {
        shown.push_str(&escaped(before));
        let (address, words) = (escaped(address), escaped(words));
        shown.extend(["<a href=\"", &address, "\">", &words, "</a>"]);
        rest = after;
    }
    shown.push_str(&escaped(rest));
    shown
}

/// Returns what is before the first link, its words, its address, and the rest.
fn next_link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, behind_words) = line.split_once("](")?;
    let (before, words) = before.rsplit_once('[')?;
    let (address, after) = behind_words.split_once(')')?;
    Some((before, words, address, after))
}

/// Turns `**words**` into bold ones; a pair that is never closed stays.
fn bold(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some((before, (words, after))) = rest
        .split_once("**")
        .and_then(|(before, behind)| Some((before, behind.split_once("**")?)))
    {
        shown.extend([before, "<strong>", words, "</strong>"]);
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            _ => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_paragraphs() {
        for (text, format, shown) in [
            ("Hi", TextFormat::Plain, "<p>Hi</p>"),
            (
                "a < b & **c**",
                TextFormat::Plain,
                "<p>a &lt; b &amp; **c**</p>",
            ),
            (
                "one\ntwo\n\nthree",
                TextFormat::Markdown,
                "<p>one<br>\ntwo</p>\n<p>three</p>",
            ),
            (
                "**New:** [R&D](https://x/?a=1&b) <now> **",
                TextFormat::Markdown,
                "<p><strong>New:</strong> <a href=\"https://x/?a=1&amp;b\">R&amp;D</a> &lt;now&gt; **</p>",
            ),
            ("[no](link", TextFormat::Markdown, "<p>[no](link</p>"),
            ("<p>Hi</p>", TextFormat::Html, "<p>Hi</p>"),
        ] {
            assert_eq!(shown, html(text, format), "{text}");
        }
    }
}
