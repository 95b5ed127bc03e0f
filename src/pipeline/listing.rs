//! The campaign's sources as one stream of rows.

use std::{collections::BTreeSet, future, num::NonZeroU64, path::Path};

use futures::{Stream, StreamExt, stream};

use crate::{
    audience::{AudienceError, AudienceFingerprint, CsvRows, Spool},
    campaign::Source,
    graph::{Graph, List},
    model::{Row, RowContent, RowNumber},
};

use super::{
    Halt,
    directory::{Changes, directory},
};

/// What standard input is called in the labels of its rows.
const INPUT: &str = "stdin";

/// Where the rows of sources come from.
#[derive(Debug, Clone, Copy)]
pub struct Supply<'a> {
    /// Users, groups and teams.
    pub graph: &'a Graph,
    /// What came on standard input, where a source asks for it.
    pub input: Option<&'a Spool>,
    /// Since when somebody is new.
    pub changes: &'a Changes,
}

/// What is known of an audience before anybody is touched.
#[derive(Debug)]
pub struct Survey {
    /// How many rows there are; unknown where the directory is a source.
    pub rows: Option<u64>,
    /// How many rows the lists have.
    pub listed: u64,
    /// The columns templates may use.
    pub columns: BTreeSet<String>,
    /// Names the audience: its sources and, for lists, every row.
    pub fingerprint: String,
}

/// A row that has no number yet: where it stands, and what it holds.
pub(super) type Found = Result<(String, RowContent), Halt>;

/// Reads every list of `sources` once, so that what is wrong with one of them
/// is found before anybody is touched.
pub fn survey(sources: &[Source], input: Option<&Spool>) -> Result<Survey, AudienceError> {
    let mut fingerprint = AudienceFingerprint::default();
    let mut columns = BTreeSet::new();
    let mut listed = 0;
    for (place, source) in sources.iter().enumerate() {
        let label = label(sources, place);
        let Some(list) = csv(source, &label, input) else {
            fingerprint.update(&label, filter(source));
            continue;
        };
        let list = list?;
        columns.extend(list.columns().iter().cloned());
        for row in list {
            let row = row?;
            fingerprint.update_row(&row.label, &row.content);
            listed += 1;
        }
    }
    let only_lists = sources.iter().all(|source| list_of(source).is_none());
    Ok(Survey {
        rows: only_lists.then_some(listed),
        listed,
        columns,
        fingerprint: fingerprint.finish(),
    })
}

/// The rows of all `sources`, in their order, read as they are needed.
pub fn rows<'a>(
    sources: &'a [Source],
    supply: Supply<'a>,
) -> impl Stream<Item = Result<Row, Halt>> + 'a {
    stream::iter(sources.iter().enumerate())
        .flat_map(move |(place, source)| {
            let label = label(sources, place);
            match (list_of(source), csv(source, &label, supply.input)) {
                (Some(list), _) => directory(supply, list, label).boxed_local(),
                (None, list) => listed(list).boxed_local(),
            }
        })
        .scan(0, |number, item: Found| {
            *number += 1;
            let number = RowNumber(*number);
            let row = item.map(|(label, content)| Row {
                number,
                label,
                content,
            });
            future::ready(Some(row))
        })
}

/// The same rows, but a halt in place of each that is beyond those `allowed`:
/// what was counted before need not be what is there.
pub fn at_most(
    rows: impl Stream<Item = Result<Row, Halt>>,
    allowed: Option<NonZeroU64>,
) -> impl Stream<Item = Result<Row, Halt>> {
    rows.map(move |row| match (row, allowed) {
        (Ok(row), Some(allowed)) if allowed.get() < row.number.0 => Err(Halt::TooMany {
            allowed: allowed.get(),
        }),
        (row, _) => row,
    })
}

/// The list at Graph that a source stands for, if it is one.
pub(super) fn list_of(source: &Source) -> Option<List<'_>> {
    match source {
        Source::Csv(_) | Source::StandardInput => None,
        Source::Users { filter } => Some(List::Users {
            filter: filter.as_deref(),
        }),
        Source::NewUsers => Some(List::Changes),
        Source::Group(id) => Some(List::Group(id)),
        Source::Team(id) => Some(List::Team(id)),
    }
}

/// What the source at `place` is called in the labels of its rows; no two of
/// `sources` have the same name.
pub(super) fn label(sources: &[Source], place: usize) -> String {
    let before = sources.iter().take(place).map(name);
    let Some(name) = sources.get(place).map(name) else {
        return String::new();
    };
    match before.filter(|other| *other == name).count() {
        0 => name,
        others => format!("{name} ({})", others + 1),
    }
}

fn name(source: &Source) -> String {
    match source {
        Source::Csv(path) => file_name(path),
        Source::StandardInput => INPUT.to_owned(),
        Source::Users { .. } => "users".to_owned(),
        Source::NewUsers => "users/new".to_owned(),
        Source::Group(id) => format!("group {id}"),
        Source::Team(id) => format!("team {id}"),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn filter(source: &Source) -> &str {
    match source {
        Source::Users { filter } => filter.as_deref().unwrap_or_default(),
        Source::Csv(_)
        | Source::StandardInput
        | Source::NewUsers
        | Source::Group(_)
        | Source::Team(_) => "",
    }
}

/// The rows of a source that is a CSV.
fn csv(
    source: &Source,
    label: &str,
    input: Option<&Spool>,
) -> Option<Result<CsvRows, AudienceError>> {
    let rows = match source {
        Source::Csv(path) => CsvRows::open(path),
        Source::StandardInput => {
            let unreadable = |source| AudienceError::Unreadable {
                file: INPUT.to_owned(),
                source,
            };
            let nothing = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            let reader = input.map_or(Err(nothing), Spool::reader);
            reader
                .map_err(unreadable)
                .and_then(|reader| CsvRows::read(INPUT, reader))
        }
        Source::Users { .. } | Source::NewUsers | Source::Group(_) | Source::Team(_) => {
            return None;
        }
    };
    Some(rows.map(|rows| rows.labelled(label)))
}

fn listed(list: Option<Result<CsvRows, AudienceError>>) -> impl Stream<Item = Found> {
    let (rows, unreadable) = match list {
        Some(Ok(rows)) => (Some(rows), None),
        Some(Err(error)) => (None, Some(Halt::Audience(error))),
        None => (None, None),
    };
    let rows = rows.into_iter().flatten().map(|row| match row {
        Ok(row) => Ok((row.label, row.content)),
        Err(error) => Err(Halt::Audience(error)),
    });
    stream::iter(unreadable.into_iter().map(Err).chain(rows))
}
