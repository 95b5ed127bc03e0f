//! Reading `Retry-After`: whole seconds, fractions of a second, or an HTTP date.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

const DATES: DateTimeParser = DateTimeParser::new();

/// The instant of an HTTP date.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    DATES.parse_timestamp(text.trim()).ok()
}

/// How long the service asked to wait, as seen at `now`.
///
/// Graph documents fractions (`2.128`, page "JSON batching"); RFC 9110 allows
/// dates. A date that has passed, and nonsense, are no wait at all. Where the
/// answer carries its own `Date`, that is the clock an HTTP date is read by,
/// so that a wrong clock here does no harm.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = http_date(text)?;
    let service_now = headers
        .get(header::DATE)
        .and_then(|date| http_date(date.to_str().ok()?))
        .unwrap_or(now);
    Duration::try_from(until.duration_since(service_now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, "2026-11-23T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_read_as_seconds_fraction_or_date() {
        assert_eq!(read("30"), Some(Duration::from_secs(30)));
        assert_eq!(read("2.128"), Some(Duration::from_millis(2128)));
        assert_eq!(
            read("Mon, 23 Nov 2026 10:00:12 GMT"),
            Some(Duration::from_secs(12))
        );
    }

    #[test]
    fn retry_after_that_has_passed_or_makes_no_sense_is_no_wait() {
        for value in [
            "Mon, 23 Nov 2026 09:00:00 GMT",
            "-3",
            "soon",
            "",
            "1e300",
            "NaN",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
