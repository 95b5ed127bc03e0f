//! Where a token may go: the configured origin and nowhere else.

use url::Url;

/// A link to a host that was not configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, got {found}")]
pub struct ForeignHost {
    expected: String,
    found: String,
}

/// Parses `link` if it has the scheme, host and port of `base`.
///
/// # Errors
///
/// [`ForeignHost`] for anything else, a link that cannot be parsed included.
pub fn same_origin(base: &Url, link: &str) -> Result<Url, ForeignHost> {
    let expected = || base.origin().ascii_serialization();
    match Url::parse(link) {
        Ok(url) if url.origin() == base.origin() && url.username().is_empty() => Ok(url),
        Ok(url) => Err(ForeignHost {
            expected: expected(),
            found: url.origin().ascii_serialization(),
        }),
        Err(_) => Err(ForeignHost {
            expected: expected(),
            found: "no URL".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_token_only_on_scheme_host_and_port() {
        let base: Url = "https://graph.microsoft.com/v1.0".parse().unwrap();

        assert!(
            same_origin(
                &base,
                "https://GRAPH.microsoft.com:443/v1.0/users?$skiptoken=x"
            )
            .is_ok()
        );
        for foreign in [
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com:8443/",
            "https://graph.microsoft.com.evil.example/",
            "https://graph.microsoft.com@evil.example/",
            "https://me@graph.microsoft.com/",
            "/v1.0/users",
            "",
        ] {
            assert!(same_origin(&base, foreign).is_err(), "{foreign}");
        }
    }
}
