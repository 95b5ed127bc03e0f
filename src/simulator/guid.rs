//! Ids as the directory writes them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};

/// A GUID, kept as a number so that a million of them stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub(crate) u128);

/// The text is not a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID")]
pub struct NotAGuid;

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            n >> 96,
            (n >> 80) & 0xffff,
            (n >> 64) & 0xffff,
            (n >> 48) & 0xffff,
            n & 0xffff_ffff_ffff,
        )
    }
}

impl FromStr for Guid {
    type Err = NotAGuid;

    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        let mut number = 0;
        let mut length = 0;
        for byte in text.bytes() {
            let dash = matches!(length, 8 | 13 | 18 | 23);
            length += 1;
            match char::from(byte).to_digit(16) {
                Some(digit) if !dash => number = (number << 4) | u128::from(digit),
                None if dash && byte == b'-' => {}
                Some(_) | None => return Err(NotAGuid),
            }
        }
        if length == 36 {
            Ok(Self(number))
        } else {
            Err(NotAGuid)
        }
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse()
            .map_err(|error| D::Error::custom(format!("`{text}` is {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_read_back_from_its_text_in_either_case() {
        let guid = Guid(0x0123_4567_89ab_4def_8123_4567_89ab_cdef);

        let text = guid.to_string();

        assert_eq!("01234567-89ab-4def-8123-456789abcdef", text);
        assert_eq!(Ok(guid), text.parse());
        assert_eq!(Ok(guid), text.to_uppercase().parse());
    }

    #[test]
    fn a_text_of_another_form_is_no_guid() {
        for text in [
            "",
            "0123456789ab4def8123456789abcdef",
            "01234567-89ab-4def-8123-456789abcdef0",
            "é",
        ] {
            assert_eq!(Err(NotAGuid), text.parse::<Guid>(), "{text}");
        }
    }
}
