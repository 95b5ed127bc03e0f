//! Keeps what a service repeats of our request out of errors, logs and reports.

/// How JSON Web Tokens begin: `{"` in base64.
const JWT: &str = "eyJ";
/// What begins so and is shorter is a word.
const SHORTEST: usize = 20;

/// `text` with each of `secrets`, in plain or as a form or JSON has it, and whatever
/// looks like a token shown as `…`.
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let escaped = secret.replace('/', "\\/");
        for shown in [*secret, encoded.as_str(), escaped.as_str()] {
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
        let text = format!("secret=a~b%2Fc, a~b/c, a~b\\/c; \"Bearer {token}\" and eyJ is a word");

        let shown = redact(&text, &["a~b/c"]);

        assert!(!shown.contains(token) && !shown.contains("a~b"), "{shown}");
        assert!(shown.ends_with("\"Bearer …\" and eyJ is a word"), "{shown}");
    }
}
