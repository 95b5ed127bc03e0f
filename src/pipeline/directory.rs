//! A list at Graph as a stream of rows, a page at a time.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use futures::{Stream, StreamExt, stream};
use tracing::warn;
use url::Url;

use crate::{
    graph::{Entry, Graph, List, Next, Page},
    model::{Fields, Listed, ObjectId, Person, RowContent, UserKey},
    remote::Trouble,
};

use super::{
    Halt,
    listing::{Found, Supply},
};

/// Pages without anybody in a row that still are no reason to give up: a
/// filtered list may have some.
const EMPTY_PAGES: usize = 500;

/// Since when somebody is new, and from where the next run goes on.
#[derive(Debug, Default)]
pub struct Changes {
    since: Option<String>,
    until: Mutex<Option<String>>,
}

impl Changes {
    /// Who came or changed since the link an earlier run was given; everybody
    /// without one.
    pub fn since(link: Option<String>) -> Self {
        Self {
            since: link,
            until: Mutex::default(),
        }
    }

    /// Whether everybody is new.
    pub fn is_everybody(&self) -> bool {
        self.since.is_none()
    }

    /// The link from which the next run goes on, once this one has read to the
    /// end who is new.
    pub fn until(&self) -> Option<String> {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.clone()
    }

    fn reached(&self, link: &Url) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(link.to_string());
    }
}

/// Where the reading of a list stands.
enum Reading {
    First(Seen),
    Since(String),
    Next(Url, Seen),
    End,
}

/// The rows of `list`, labelled with its `name`, their page and their place.
pub(super) fn directory<'a>(
    supply: Supply<'a>,
    list: List<'a>,
    name: String,
) -> impl Stream<Item = Found> + 'a {
    let start = match (list, &supply.changes.since) {
        (List::Changes, Some(link)) => Reading::Since(link.clone()),
        (_, _) => Reading::First(Seen::default()),
    };
    stream::unfold((start, name), move |(reading, name)| async move {
        let (rows, next) = turn(supply, list, reading, &name).await?;
        Some((stream::iter(rows), (next, name)))
    })
    .flatten()
}

/// The rows of the next page and where the reading stands after it; nothing at
/// the end.
async fn turn(
    supply: Supply<'_>,
    list: List<'_>,
    reading: Reading,
    name: &str,
) -> Option<(Vec<Found>, Reading)> {
    let (page, mut seen) = match read(supply.graph, list, reading).await {
        Ok(Some(read)) => read,
        Ok(None) => return None,
        Err(trouble) => return Some((vec![Err(halt(trouble, name))], Reading::End)),
    };
    seen.pages += 1;
    seen.empty = if page.entries.is_empty() {
        seen.empty + 1
    } else {
        0
    };
    let mut rows = rows(page.entries, name, seen.pages);
    let next = match page.next {
        Next::End => Reading::End,
        Next::Changes(link) => {
            supply.changes.reached(&link);
            Reading::End
        }
        Next::Page(_) if EMPTY_PAGES < seen.empty => {
            let detail = format!("{name}: the service sends one page after another with nobody");
            let status = None;
            rows.push(Err(Halt::Directory { status, detail }));
            Reading::End
        }
        Next::Page(link) if seen.links.insert(link.to_string()) => Reading::Next(link, seen),
        Next::Page(_) => {
            let detail = format!("{name}: the service sent us to a page we have read already");
            let status = None;
            rows.push(Err(Halt::Directory { status, detail }));
            Reading::End
        }
    };
    Some((rows, next))
}

/// The next page and what was seen before it; nothing at the end.
async fn read(
    graph: &Graph,
    list: List<'_>,
    reading: Reading,
) -> Result<Option<(Page, Seen)>, Trouble> {
    let (page, seen) = match reading {
        Reading::First(seen) => return Ok(Some((graph.first_page(list).await?, seen))),
        Reading::Since(link) => (graph.changes_since(&link).await?, Seen::default()),
        Reading::Next(link, seen) => (graph.more(list, link).await?, seen),
        Reading::End => return Ok(None),
    };
    if let Some(page) = page {
        return Ok(Some((page, seen)));
    }
    warn!("the directory has forgotten since when somebody is new; everybody is read again");
    Ok(Some((graph.first_page(list).await?, Seen::default())))
}

/// What was read before, so that a service that goes in circles is found.
#[derive(Default)]
struct Seen {
    links: HashSet<String>,
    pages: usize,
    /// Pages without anybody, since the last one with somebody.
    empty: usize,
}

fn rows(entries: Vec<Entry>, name: &str, page: usize) -> Vec<Found> {
    let rows = entries.into_iter().enumerate().map(|(item, entry)| {
        let content = match entry {
            Entry::Person(person) => listed(person.object_id.clone(), Some(*person)),
            Entry::Id(id) => listed(id, None),
            Entry::Nameless(user) => RowContent::Malformed {
                user,
                reason: "the service gives no object id for this member".to_owned(),
            },
        };
        Ok((format!("{name}/page {page}/item {}", item + 1), content))
    });
    rows.collect()
}

fn listed(id: ObjectId, person: Option<Person>) -> RowContent {
    RowContent::Listed(Box::new(Listed {
        key: UserKey::ObjectId(id),
        // What the directory knows of the person is not said twice.
        fields: Fields::new(),
        language: None,
        chat: None,
        person,
    }))
}

/// Why a list with that name cannot be read.
pub(super) fn halt(trouble: Trouble, name: &str) -> Halt {
    match trouble {
        Trouble::Person { evidence, .. } => Halt::Directory {
            status: evidence.http_status,
            detail: match evidence.detail {
                Some(detail) => format!("{name}: {detail}"),
                None => format!("{name}: the service does not say why"),
            },
        },
        Trouble::Blocked(blocker) => Halt::Blocked(blocker),
        Trouble::Stopped => Halt::Stopped,
    }
}
