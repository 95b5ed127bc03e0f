//! A parsed `$search`: `"displayName:ada" OR "mail:grace"`.

use super::filter::{FilterError, Row};

/// A condition on a row, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search(Vec<Vec<Clause>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    path: String,
    text: String,
}

impl std::str::FromStr for Search {
    type Err = FilterError;

    /// Reads clauses in double quotes; `AND` binds more than `OR`.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut any = vec![Vec::new()];
        let mut rest = text.trim();
        loop {
            let (clause, after) = rest
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
                .ok_or(FilterError::Syntax)?;
            let (path, text) = clause.split_once(':').ok_or(FilterError::Syntax)?;
            let clause = Clause {
                path: path.trim().to_owned(),
                text: text.trim().to_lowercase(),
            };
            if let Some(all) = any.last_mut() {
                all.push(clause);
            }
            rest = after.trim_start();
            rest = match (rest.strip_prefix("AND "), rest.strip_prefix("OR ")) {
                _ if rest.is_empty() => return Ok(Self(any)),
                (Some(rest), _) => rest.trim_start(),
                (None, Some(rest)) => {
                    any.push(Vec::new());
                    rest.trim_start()
                }
                (None, None) => return Err(FilterError::Syntax),
            };
        }
    }
}

impl Search {
    /// Checks that every property may be searched.
    pub(crate) fn check(&self, searchable: &[&str]) -> Result<(), FilterError> {
        let mut clauses = self.0.iter().flatten();
        match clauses.find(|clause| !searchable.contains(&clause.path.as_str())) {
            Some(clause) => Err(FilterError::Unsupported(clause.path.clone())),
            None => Ok(()),
        }
    }

    /// Returns the properties that are searched.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|clause| clause.path.as_str())
    }

    /// Whether `row` is found.
    pub(crate) fn finds(&self, row: &dyn Row) -> bool {
        let found = |clause: &Clause| row.cell(&clause.path).text(|cell| clause.matches(cell));
        self.0.iter().any(|all| all.iter().all(found))
    }
}

impl Clause {
    /// Names are compared word by word, anything else from its beginning.
    fn matches(&self, cell: &str) -> bool {
        if self.path != "displayName" {
            return cell.starts_with(&self.text);
        }
        let words: Vec<&str> = cell.split_whitespace().collect();
        self.text
            .split_whitespace()
            .all(|asked| words.iter().any(|word| word.starts_with(asked)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_quotes_is_refused() {
        for text in [
            "",
            "ada",
            "\"ada\"",
            "displayName:ada",
            "\"a:b\" \"c:d\"",
            "\"a:b\" OR",
        ] {
            assert_eq!(Err(FilterError::Syntax), text.parse::<Search>(), "{text}");
        }
    }

    #[test]
    fn and_binds_more_than_or() {
        let search: Search = "\"a:1\" OR \"b:2\" AND \"c:3\"".parse().unwrap();

        let sizes: Vec<usize> = search.0.iter().map(Vec::len).collect();
        assert_eq!(vec![1, 2], sizes);
    }
}
