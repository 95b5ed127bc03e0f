//! The query options of one request.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// Ends the token of a page that comes after an empty one.
const FOLLOWS_EMPTY: &str = "e";

/// The query of a request, as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    /// The most that a page holds, whatever was asked for.
    shortened: Option<usize>,
}

/// A query option that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// `$top` is no number in range.
    #[error("Invalid page size specified: '{found}'. Must be between 1 and {most} inclusive.")]
    Top {
        /// What was asked for.
        found: String,
        /// The largest page.
        most: usize,
    },
    /// `$skiptoken` is not one of ours.
    #[error("The specified skip token is not valid.")]
    SkipToken,
    /// An option appears twice.
    #[error(
        "Query option '{0}' was specified more than once, but it must be specified at most once."
    )]
    Twice(String),
}

impl Query {
    /// Reads the part of the address behind the question mark.
    pub(crate) fn new(text: &str) -> Result<Self, QueryError> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect();
        for (at, (name, _)) in pairs.iter().enumerate() {
            if name.starts_with('$') && pairs.iter().skip(at + 1).any(|(other, _)| other == name) {
                return Err(QueryError::Twice(name.clone()));
            }
        }
        Ok(Self {
            pairs,
            shortened: None,
        })
    }

    /// Makes pages hold at most `most`; after an empty page comes one that is not.
    pub(crate) fn shorten(&mut self, most: usize) {
        let follows_empty = self
            .token()
            .is_some_and(|token| token.ends_with(FOLLOWS_EMPTY));
        self.shortened = Some(most).filter(|most| 0 < *most || !follows_empty);
    }

    /// Returns the value of an option.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the names in a comma-separated option.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&str>> {
        let value = self.get(name)?;
        Some(
            value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect(),
        )
    }

    /// Returns the page size asked for, between 1 and `most` unless pages are shortened.
    pub(crate) fn top(&self, most: usize) -> Result<Option<usize>, QueryError> {
        match self.asked(most)? {
            Some(top) => Ok(Some(self.shortened(top))),
            None => Ok(self.shortened),
        }
    }

    /// Returns the page size asked for, between 1 and `most`.
    pub(crate) fn asked(&self, most: usize) -> Result<Option<usize>, QueryError> {
        let Some(text) = self.get("$top") else {
            return Ok(None);
        };
        match text.parse() {
            Ok(top) if (1..=most).contains(&top) => Ok(Some(top)),
            Ok(_) | Err(_) => Err(QueryError::Top {
                found: text.to_owned(),
                most,
            }),
        }
    }

    /// Returns how much of a page of `size` is shown.
    pub(crate) fn shortened(&self, size: usize) -> usize {
        self.shortened.unwrap_or(size).min(size)
    }

    /// Whether `$count=true` was asked for.
    pub(crate) fn counts(&self) -> bool {
        self.get("$count")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns where the page starts.
    pub(crate) fn position(&self) -> Result<usize, QueryError> {
        if self.get("$skiptoken").is_none() {
            return Ok(0);
        }
        let text = self.token().ok_or(QueryError::SkipToken)?;
        let (check, position) = text.split_once('.').ok_or(QueryError::SkipToken)?;
        let position = position.strip_suffix(FOLLOWS_EMPTY).unwrap_or(position);
        if check == self.check() {
            position.parse().map_err(|_| QueryError::SkipToken)
        } else {
            Err(QueryError::SkipToken)
        }
    }

    /// Returns the query of the page that starts at `position`.
    pub(crate) fn continued(&self, position: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != "$skiptoken") {
            query.append_pair(name, value);
        }
        let mark = match self.shortened {
            Some(0) => FOLLOWS_EMPTY,
            Some(_) | None => "",
        };
        let token = URL_SAFE_NO_PAD.encode(format!("{}.{position}{mark}", self.check()));
        query.append_pair("$skiptoken", &token);
        query.finish()
    }

    fn token(&self) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(self.get("$skiptoken")?).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// Ties a token to the query it was made for.
    fn check(&self) -> String {
        let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != "$skiptoken") {
            for byte in name.bytes().chain([b'=']).chain(value.bytes()) {
                sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        format!("{sum:x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_token_only_continues_its_own_query() {
        let query = Query::new("$top=5&$filter=a%20eq%20%27x%27").unwrap();

        let next = query.continued(5);

        assert_eq!(Ok(5), Query::new(&next).unwrap().position());
        let other = next.replace("top=5", "top=6");
        assert_eq!(
            Err(QueryError::SkipToken),
            Query::new(&other).unwrap().position()
        );
        assert_eq!(
            Err(QueryError::SkipToken),
            Query::new("$skiptoken=abc").unwrap().position()
        );
    }

    #[test]
    fn a_page_size_out_of_range_is_refused() {
        assert_eq!(Ok(Some(999)), Query::new("$top=999").unwrap().top(999));
        for text in ["$top=0", "$top=1000", "$top=-1", "$top=many"] {
            assert!(Query::new(text).unwrap().top(999).is_err(), "{text}");
        }
    }
}
