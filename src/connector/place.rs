//! Where a person's messages are taken, and whether a token may go there.

use url::Url;

use crate::remote::{ForeignHost, same_origin};

/// Where messages may be taken.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The configured connector.
    pub(super) base: Url,
    /// Hosts of the cloud; a dot in front means all below it.
    pub(super) hosts: &'static [&'static str],
}

impl Places {
    /// `service_url` if a token may go there: on the configured connector's own
    /// origin, or on a host of the cloud by https and its usual port.
    pub(super) fn allowed(&self, service_url: &str) -> Result<Url, ForeignHost> {
        match same_origin(&self.base, service_url) {
            Err(foreign) => self.in_cloud(service_url).ok_or(foreign),
            Ok(url) => Ok(url),
        }
    }

    /// Where `service_url` is, if it is another place than the configured
    /// connector and a token may go there.
    pub(super) fn other(&self, service_url: &str) -> Option<Url> {
        let mut url = self.allowed(service_url).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        (url != self.base).then_some(url)
    }

    fn in_cloud(&self, service_url: &str) -> Option<Url> {
        let url = Url::parse(service_url).ok()?;
        let name = url.domain()?;
        let fits = |host: &str| match host.strip_prefix('.') {
            Some(_) => name.ends_with(host),
            None => name == host,
        };
        let is_plain = url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        (is_plain && self.hosts.iter().any(|host| fits(host))).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(base: &str) -> Places {
        Places {
            base: base.parse().unwrap(),
            hosts: &["smba.trafficmanager.net", ".teams.microsoft.com"],
        }
    }

    #[test]
    fn a_token_goes_to_the_configured_origin_and_to_hosts_of_the_cloud() {
        let places = places("https://127.0.0.1:8443/teams");
        for (named, place) in [
            (
                "https://127.0.0.1:8443/emea/",
                "https://127.0.0.1:8443/emea",
            ),
            (
                "https://SMBA.trafficmanager.net:443/amer/3f0c/?x#y",
                "https://smba.trafficmanager.net/amer/3f0c",
            ),
            (
                "https://smba.infra.gcc.teams.microsoft.com/teams",
                "https://smba.infra.gcc.teams.microsoft.com/teams",
            ),
        ] {
            assert_eq!(places.other(named).unwrap().as_str(), place);
        }
        assert_eq!(places.other("https://127.0.0.1:8443/teams/"), None);
    }

    #[test]
    fn a_token_goes_nowhere_else() {
        let places = places("https://127.0.0.1:8443/teams");
        for url in [
            "",
            "emea",
            "https://127.0.0.1:8444/teams/",
            "http://127.0.0.1:8443/teams/",
            "http://smba.trafficmanager.net/emea/",
            "https://smba.trafficmanager.net:8443/emea/",
            "https://smba.trafficmanager.net.evil.example/",
            "https://evil.example/smba.trafficmanager.net",
            "https://smba.trafficmanager.net@evil.example/",
            "https://me:secret@smba.trafficmanager.net/",
            "https://teams.microsoft.com/",
            "https://evilteams.microsoft.com/",
            "https://evil-smba.trafficmanager.net/",
            "https://xn--smba.trafficmanager.net/",
            "file:///smba.trafficmanager.net",
        ] {
            assert_eq!(places.other(url), None, "{url}");
        }
    }

    #[test]
    fn a_connector_of_its_own_has_no_hosts_of_a_cloud() {
        let places = Places {
            hosts: &[],
            ..places("https://127.0.0.1:8443/teams")
        };

        let place = places.other("https://smba.trafficmanager.net/emea/");

        assert_eq!(place, None);
    }
}
