//! The campaign's sources as one stream of rows.

use std::collections::{BTreeSet, HashSet};

use futures::{Stream, StreamExt, stream};
use url::Url;

use crate::{
    audience::{AudienceError, AudienceFingerprint, CsvRows},
    campaign::Source,
    graph::{Graph, Page},
    model::{Listed, Person, Row, RowContent, RowNumber, UserKey},
    remote::Trouble,
};

use super::Halt;

/// What is known of an audience before anybody is touched.
#[derive(Debug)]
pub struct Survey {
    /// How many rows there are; unknown where the directory is a source.
    pub rows: Option<u64>,
    /// The columns templates may use.
    pub columns: BTreeSet<String>,
    /// Names the audience: its sources and, for lists, every row.
    pub fingerprint: String,
}

/// Reads every list of `sources` once, so that what is wrong with one of them
/// is found before anybody is touched.
pub fn survey(sources: &[Source]) -> Result<Survey, AudienceError> {
    let mut fingerprint = AudienceFingerprint::default();
    let mut columns = BTreeSet::new();
    let mut rows = Some(0);
    for source in sources {
        match source {
            Source::Csv(path) => {
                let list = CsvRows::open(path)?;
                columns.extend(list.columns().iter().cloned());
                for row in list {
                    let row = row?;
                    fingerprint.update(&row.label, user_of(&row.content));
                    rows = rows.map(|rows| rows + 1);
                }
            }
            Source::Users { filter } => {
                fingerprint.update("users", filter.as_deref().unwrap_or_default());
                rows = None;
            }
            Source::Group(id) | Source::Team(id) => {
                fingerprint.update("group", id);
                rows = None;
            }
        }
    }
    Ok(Survey {
        rows,
        columns,
        fingerprint: fingerprint.finish(),
    })
}

/// The rows of all `sources`, in their order, read as they are needed.
pub fn rows<'a>(
    sources: &'a [Source],
    graph: &'a Graph,
) -> impl Stream<Item = Result<Row, Halt>> + 'a {
    stream::iter(sources)
        .flat_map(move |source| match source {
            Source::Csv(path) => list(path).boxed_local(),
            Source::Users { filter } => directory(graph, filter.as_deref()).boxed_local(),
            // The campaign file refuses these until they can be read.
            Source::Group(_) | Source::Team(_) => stream::empty().boxed_local(),
        })
        .scan(0, |number, item: Result<(String, RowContent), Halt>| {
            *number += 1;
            let number = RowNumber(*number);
            let row = item.map(|(label, content)| Row {
                number,
                label,
                content,
            });
            std::future::ready(Some(row))
        })
}

fn list(path: &std::path::Path) -> impl Stream<Item = Result<(String, RowContent), Halt>> + use<> {
    let (rows, unreadable) = match CsvRows::open(path) {
        Ok(rows) => (Some(rows), None),
        Err(error) => (None, Some(Halt::Audience(error))),
    };
    let rows = rows.into_iter().flatten().map(|row| match row {
        Ok(row) => Ok((row.label, row.content)),
        Err(error) => Err(Halt::Audience(error)),
    });
    stream::iter(unreadable.into_iter().map(Err).chain(rows))
}

/// Where the reading of the directory stands.
enum Reading {
    First,
    Next(Url, Seen),
    End,
}

fn directory<'a>(
    graph: &'a Graph,
    filter: Option<&'a str>,
) -> impl Stream<Item = Result<(String, RowContent), Halt>> + 'a {
    stream::unfold(Reading::First, move |reading| async move {
        let (page, seen) = match reading {
            Reading::First => (graph.first_users(filter).await, Seen::default()),
            Reading::Next(link, mut seen) => {
                if !seen.insert(&link) {
                    let detail = "the service sent us to a page we have read already";
                    let halt = Halt::Directory {
                        status: None,
                        detail: detail.to_owned(),
                    };
                    return Some((once(halt).right_stream(), Reading::End));
                }
                (graph.more_users(link).await, seen)
            }
            Reading::End => return None,
        };
        Some(match page {
            Ok(Page { people, next }) => {
                let number = seen.0.len() + 1;
                let next = next.map_or(Reading::End, |link| Reading::Next(link, seen));
                (stream::iter(listed(people, number)).left_stream(), next)
            }
            Err(trouble) => (once(halt(trouble)).right_stream(), Reading::End),
        })
    })
    .flatten()
}

/// Links that were followed, so that a service that goes in circles is found.
#[derive(Default)]
struct Seen(HashSet<String>);

impl Seen {
    fn insert(&mut self, link: &Url) -> bool {
        self.0.insert(link.to_string())
    }
}

fn once(halt: Halt) -> impl Stream<Item = Result<(String, RowContent), Halt>> {
    stream::once(std::future::ready(Err(halt)))
}

fn listed(
    people: Vec<Person>,
    page: usize,
) -> impl Iterator<Item = Result<(String, RowContent), Halt>> {
    people.into_iter().enumerate().map(move |(item, person)| {
        let listed = Listed {
            key: UserKey::ObjectId(person.object_id.clone()),
            fields: person.fields(),
            language: None,
            chat: None,
            person: Some(person),
        };
        Ok((
            format!("users/page {page}/item {}", item + 1),
            RowContent::Listed(Box::new(listed)),
        ))
    })
}

fn halt(trouble: Trouble) -> Halt {
    match trouble {
        Trouble::Person { evidence, .. } => Halt::Directory {
            status: evidence.http_status,
            detail: evidence.detail.unwrap_or_default(),
        },
        Trouble::Blocked(blocker) => Halt::Blocked(blocker),
        Trouble::Stopped => Halt::Stopped,
    }
}

fn user_of(content: &RowContent) -> &str {
    match content {
        RowContent::Listed(listed) => listed.key.as_str(),
        RowContent::Malformed { user, .. } => user,
    }
}
