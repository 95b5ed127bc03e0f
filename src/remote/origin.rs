//! Where a token may go: the configured origin and nowhere else.

use url::{Host, Url};

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
        Ok(url) if url.origin() == base.origin() && !names_a_user(&url) => Ok(url),
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

/// Whether `url` stays on this machine, where plain http harms nobody.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn names_a_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:8080/", true),
            ("http://127.9.8.7/", true),
            ("http://[::1]/", true),
            ("http://LOCALHOST/", true),
            ("http://127.evil.example/", false),
            ("http://localhost.evil.example/", false),
            ("http://10.0.0.1/", false),
            ("data:text/plain,127.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }

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
            "https://:secret@graph.microsoft.com/",
            "/v1.0/users",
            "",
        ] {
            assert!(same_origin(&base, foreign).is_err(), "{foreign}");
        }
    }
}
