//! Keeps a person's values from being read as markup.
//!
//! A display name is not ours: `*Bob*` must not become bold, nor a name a
//! link. A template that wants a value as it is says `{{ value | safe }}`.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::TextFormat;

/// Characters of a URL that would end a Markdown link or begin emphasis.
const UNSAFE_IN_LINKS: &AsciiSet = &CONTROLS
    .add(b'(')
    .add(b')')
    .add(b'[')
    .add(b']')
    .add(b'<')
    .add(b'>')
    .add(b'*')
    .add(b'`')
    .add(b'\\');

/// The value as text of that format.
pub(super) fn escaped(value: &str, format: TextFormat) -> String {
    match format {
        TextFormat::Plain => value.to_owned(),
        TextFormat::Html => html(value),
        TextFormat::Markdown if is_link(value) => link(value),
        TextFormat::Markdown => markdown(value),
    }
}

fn html(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Backslashes before what Markdown would read. An underscore within a word
/// means nothing to it, so mail addresses stay as they are.
fn markdown(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut before = ' ';
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let in_word = before.is_alphanumeric() && after.is_alphanumeric();
        let at_start = out.is_empty() || before == '\n';
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | '|' => true,
            '_' => !in_word,
            '#' => at_start,
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

fn is_link(value: &str) -> bool {
    let has_scheme = value.starts_with("https://") || value.starts_with("http://");
    has_scheme && !value.contains(char::is_whitespace)
}

/// A backslash would become part of a bare link, so what is special (and what is
/// not ASCII) is percent-encoded instead.
fn link(value: &str) -> String {
    utf8_percent_encode(value, UNSAFE_IN_LINKS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_no_markup_in_any_format() {
        for (value, in_markdown, in_html) in [
            ("O'Neil & Co", "O'Neil & Co", "O&#39;Neil &amp; Co"),
            ("*Bob* <b>", "\\*Bob\\* \\<b\\>", "*Bob* &lt;b&gt;"),
            ("[x](http://e)", "\\[x\\](http://e)", "[x](http://e)"),
            ("a_b@x", "a_b@x", "a_b@x"),
            ("_a_", "\\_a\\_", "_a_"),
            ("#1", "\\#1", "#1"),
            (
                "https://x/a_b?c=(d)",
                "https://x/a_b?c=%28d%29",
                "https://x/a_b?c=(d)",
            ),
        ] {
            assert_eq!(escaped(value, TextFormat::Markdown), in_markdown);
            assert_eq!(escaped(value, TextFormat::Html), in_html);
            assert_eq!(escaped(value, TextFormat::Plain), value);
        }
    }
}
