//! Times in scripts, as people write them: `"80ms"`, `"2s"`, `"1m 30s"`.

use std::time::Duration;

use jiff::{SignedDuration, fmt::friendly::SpanPrinter};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Reads a time.
///
/// # Errors
///
/// What is wrong with it and what would be right.
pub(crate) fn read(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is no length of time; write it like \"80ms\", \"2s\" or \"1m 30s\"");
    let signed: SignedDuration = text.trim().parse().map_err(|_| wrong())?;
    Duration::try_from(signed).map_err(|_| wrong())
}

/// Writes a time.
pub(crate) fn write(span: Duration) -> String {
    SpanPrinter::new().unsigned_duration_to_string(&span)
}

pub(super) fn serialize<S: Serializer>(span: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&write(*span))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    read(&String::deserialize(input)?).map_err(Error::custom)
}

/// The same for a time that may be left out.
pub(super) mod optional {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => super::serialize(span, out),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        let read = |text: String| super::read(&text).map_err(Error::custom);
        text.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("80ms", 80),
            ("2s", 2000),
            ("1m 30s", 90_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(Ok(Duration::from_millis(milliseconds)), read(text));
            assert_eq!(
                Ok(Duration::from_millis(milliseconds)),
                read(&write(Duration::from_millis(milliseconds)))
            );
        }
        for text in ["", "80", "-2s", "soon"] {
            assert!(read(text).unwrap_err().contains("1m 30s"), "{text}");
        }
    }
}
