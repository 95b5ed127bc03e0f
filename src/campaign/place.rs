//! Where in the file something stands.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

/// A line of a campaign file; shown as `town.toml:7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<usize>,
}

impl Place {
    /// The line of `text` that holds the byte at `offset`.
    pub(super) fn at_offset(path: &Path, text: &str, offset: Option<usize>) -> Self {
        let line = offset.map(|offset| {
            let before = text.bytes().take(offset);
            1 + before.filter(|byte| *byte == b'\n').count()
        });
        Self {
            path: path.to_owned(),
            line,
        }
    }

    /// The line that sets `key` (`audience.include[1].csv`), or the nearest
    /// table around it.
    pub(super) fn of_key(path: &Path, text: &str, key: &str) -> Self {
        let offset = DeTable::parse(text)
            .ok()
            .and_then(|table| offset_in_table(table.get_ref(), key));
        Self::at_offset(path, text, offset)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

fn offset_in_table(table: &DeTable<'_>, key: &str) -> Option<usize> {
    let end = key.find(['.', '[']).unwrap_or(key.len());
    let (name, rest) = key.split_at_checked(end)?;
    let (found, value) = table.iter().find(|(known, _)| known.get_ref() == name)?;
    Some(offset_in_value(value.get_ref(), rest).unwrap_or(found.span().start))
}

fn offset_in_value(value: &DeValue<'_>, rest: &str) -> Option<usize> {
    if let Some(key) = rest.strip_prefix('.') {
        return offset_in_table(value.as_table()?, key);
    }
    let (index, rest) = rest.strip_prefix('[')?.split_once(']')?;
    let item = value.as_array()?.get(index.parse::<usize>().ok()?)?;
    Some(offset_in_value(item.get_ref(), rest).unwrap_or(item.span().start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str) -> Option<usize> {
        let text = "name = 'a'\n[audience]\ninclude = [\n { csv = 'a' },\n { csv = 'b' } ]\n";
        Place::of_key(Path::new("a.toml"), text, key).line
    }

    #[test]
    fn a_key_is_found_in_tables_and_lists_or_else_its_table_is() {
        assert_eq!(line("name"), Some(1));
        assert_eq!(line("audience.include[1].csv"), Some(5));
        assert_eq!(line("audience.exclude"), Some(2));
        assert_eq!(line("app.bot_id"), None);
    }
}
