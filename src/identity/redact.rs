//! Keeps what a service repeats of our request out of errors, logs and reports.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a URL.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// How JSON Web Tokens begin: `{"` in base64.
const JWT: &str = "eyJ";
/// What begins so and is shorter is a word.
const SHORTEST: usize = 20;

/// `text` with each of `secrets`, in plain or as a form, a URL or JSON has it,
/// and whatever looks like a token shown as `…`.
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let in_form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let in_url = utf8_percent_encode(secret, UNRESERVED).to_string();
        let escaped = secret.replace('/', "\\/");
        for shown in [*secret, &in_form, &in_url, &escaped] {
            if text.contains(shown) {
                text = text.replace(shown, "…");
            }
        }
    }
    without_tokens(&text)
}

fn without_tokens(text: &str) -> String {
    let is_of_token = |sign: char| sign.is_ascii_alphanumeric() || "-_.=".contains(sign);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(JWT) {
        let length = after.find(|sign| !is_of_token(sign)).unwrap_or(after.len());
        let (token, next) = after.split_at(length);
        kept.push_str(before);
        if SHORTEST < token.len() {
            kept.push('…');
        } else {
            kept.push_str(JWT);
            kept.push_str(token);
        }
        rest = next;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_in_what_a_service_repeats_are_hidden() {
        let token = "eyJhbGciOiJub25lIn0.eyJhcHBpZCI6ImEifQ.c2lnbmF0dXJl";
        let text = format!(
            "secret=a%7Eb%2Fc, a~b%2Fc, a~b/c, a~b\\/c; \"Bearer {token}\" and eyJ is a word"
        );

        let shown = redact(&text, &["a~b/c"]);

        assert!(shown.starts_with("secret=…, …, …, …; "), "{shown}");
        assert!(!shown.contains(token), "{shown}");
        assert!(shown.ends_with("\"Bearer …\" and eyJ is a word"), "{shown}");
    }
}
