//! Lists of no more entries than a service gives at once.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// Ten times what Graph puts on a page. An entry may be two bytes on the wire
/// and hundreds in memory.
const MOST: usize = 10_000;

/// Reads a list, or refuses one with more entries than Graph would send.
pub(super) fn bounded<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(Bounded(PhantomData))
}

struct Bounded<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST} entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut read = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if read.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            read.push(entry);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Page(#[serde(deserialize_with = "bounded")] Vec<u8>);

    #[test]
    fn a_page_is_read_to_its_end_unless_it_is_none() {
        let page = |entries| serde_json::from_str::<Page>(&format!("{:?}", vec![7; entries]));

        assert_eq!(page(MOST).unwrap().0.len(), MOST);
        let refused = page(MOST + 1).unwrap_err().to_string();
        assert!(refused.contains("at most 10000 entries"), "{refused}");
        assert!(page(0).unwrap().0.is_empty());
    }
}
