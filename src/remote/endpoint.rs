//! URLs whose segments and values may hold anything.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// All but the unreserved characters of RFC 3986: ids hold `:` `@` `=` `+`
/// `/`, user principal names `#` and `'`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `text` as it may stand in a path segment or a query value.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// `base` with `path` appended, which is encoded already, and `query` as given
/// with its values encoded.
pub fn endpoint(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    url.set_query((!pairs.is_empty()).then(|| pairs.join("&")).as_deref());
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_encoded_and_the_base_path_is_kept_with_one_slash() {
        let base: Url = "https://h.example/teams/".parse().unwrap();

        let url = endpoint(
            &base,
            &format!(
                "/v3/conversations/{}/activities",
                encode("19:a_b@unq.gbl.spaces")
            ),
            &[("$filter", "mail eq 'a+b'")],
        );

        assert_eq!(
            url.as_str(),
            "https://h.example/teams/v3/conversations/19%3Aa_b%40unq.gbl.spaces/activities\
             ?$filter=mail%20eq%20%27a%2Bb%27"
        );
    }
}
