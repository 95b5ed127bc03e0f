//! Lists, a page at a time.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Cx, error::GraphError};
use crate::simulator::reply::{self, Reply};

/// The page size of the directory that nobody asked for.
pub(super) const DEFAULT: usize = 100;
/// The largest page of the directory.
pub(super) const LARGEST: usize = 999;

/// Which page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    size: usize,
    /// The position of its first row.
    pub(super) start: usize,
}

impl Page {
    /// Reads `$top` and `$skiptoken`.
    pub(super) fn read(cx: &Cx<'_>) -> Result<Self, GraphError> {
        Ok(Self {
            size: cx.query.top(LARGEST)?.unwrap_or(DEFAULT),
            start: cx.query.position()?,
        })
    }

    /// Puts the page together from the rows that start at its position.
    ///
    /// `count` counts every row; it is only asked where the first page says it.
    pub(super) fn reply(
        self,
        cx: &Cx<'_>,
        context: &str,
        mut rows: impl Iterator<Item = (usize, Value)>,
        count: impl FnOnce() -> usize,
    ) -> Reply {
        let value: Vec<Value> = rows.by_ref().take(self.size).map(|(_, row)| row).collect();
        let mut body = json!({ "@odata.context": cx.context(context), "value": value });
        if let (Some((next, _)), Some(fields)) = (rows.next(), body.as_object_mut()) {
            let link = cx.exchange.address(&cx.query.continued(next));
            fields.insert("@odata.nextLink".to_owned(), link.into());
        }
        if let (true, 0, Some(fields)) = (cx.query.counts(), self.start, body.as_object_mut()) {
            fields.insert("@odata.count".to_owned(), count().into());
        }
        reply::json(StatusCode::OK, &body)
    }
}

/// Returns a number as plain text, as `/$count` does.
pub(super) fn number(number: usize) -> Reply {
    let mut reply = reply::empty(StatusCode::OK);
    *reply.body_mut() = number.to_string().into();
    reply::header(&mut reply, "content-type", "text/plain");
    reply
}
