//! What a list of the directory is asked: which rows, in which order.

use std::borrow::Cow;

use http::StatusCode;

use super::{Cx, error::GraphError};
use crate::simulator::odata::{
    filter::{Filter, Row},
    schema::{Demand, Schema},
    search::Search,
};

/// What may be asked about a kind of row.
pub(super) struct Askable {
    pub(super) schema: &'static Schema,
    pub(super) searchable: &'static [&'static str],
    pub(super) sortable: &'static [&'static str],
}

/// Which rows, in which order.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) filter: Option<Filter>,
    pub(super) search: Option<Search>,
    pub(super) order: Option<Order>,
}

/// By which property rows are sorted.
#[derive(Debug)]
pub(super) struct Order {
    path: String,
    descending: bool,
}

impl Question {
    /// Reads `$filter`, `$search` and `$orderby`; `least` is what the list demands by itself.
    ///
    /// Sorting what is filtered or searched is an advanced query, as are `$search`, some filters
    /// and casts: they need their header and `$count=true`.
    pub(super) fn read(cx: &Cx<'_>, askable: &Askable, least: Demand) -> Result<Self, GraphError> {
        let (question, demand) = Self::parse(cx, askable)?;
        check_demand(cx, demand.max(least))?;
        Ok(question)
    }

    /// Reads `$filter` and `$search` for a path that ends in `$count`, which needs the header.
    pub(super) fn read_for_count(cx: &Cx<'_>, askable: &Askable) -> Result<Self, GraphError> {
        let (question, _) = Self::parse(cx, askable)?;
        if question.order.is_some() {
            return Err(unsupported("'$orderby' is not supported with '$count'."));
        }
        if is_eventual(cx) {
            Ok(question)
        } else {
            Err(unsupported(
                "$count is not currently supported without the ConsistencyLevel: eventual header.",
            ))
        }
    }

    fn parse(cx: &Cx<'_>, askable: &Askable) -> Result<(Self, Demand), GraphError> {
        if cx.query.get("$skip").is_some() {
            return Err(unsupported("'$skip' is not supported by the service."));
        }
        let filter: Option<Filter> = cx.query.get("$filter").map(str::parse).transpose()?;
        let search: Option<Search> = cx.query.get("$search").map(str::parse).transpose()?;
        let order = cx
            .query
            .get("$orderby")
            .map(|text| Order::read(text, askable));
        let order = order.transpose()?;
        let mut demand = Demand::Basic;
        if let Some(filter) = &filter {
            demand = demand.max(askable.schema.check(filter)?);
        }
        if let Some(search) = &search {
            search.check(askable.searchable)?;
            demand = Demand::Advanced;
        }
        if order.is_some() && filter.is_some() {
            demand = Demand::Advanced;
        }
        let question = Self {
            filter,
            search,
            order,
        };
        Ok((question, demand))
    }

    /// Whether `row` is meant.
    pub(super) fn means(&self, row: &dyn Row) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.holds(row))
            && self.search.as_ref().is_none_or(|search| search.finds(row))
    }

    /// Returns the properties that are searched.
    pub(super) fn searched(&self) -> impl Iterator<Item = &str> {
        self.search.iter().flat_map(Search::paths)
    }
}

impl Order {
    fn read(text: &str, askable: &Askable) -> Result<Self, GraphError> {
        let mut words = text.split_whitespace();
        let path = words.next().unwrap_or_default();
        let descending = match (words.next(), words.next()) {
            (None | Some("asc"), None) => false,
            (Some("desc"), None) => true,
            (None | Some(_), _) => return Err(GraphError::bad_request("Invalid orderby clause")),
        };
        if askable.sortable.contains(&path) {
            Ok(Self {
                path: path.to_owned(),
                descending,
            })
        } else {
            Err(unsupported("Sorting not supported for current query."))
        }
    }

    /// Returns what `row` is sorted by.
    pub(super) fn key(&self, row: &dyn Row) -> Option<String> {
        let mut key = None;
        row.cell(&self.path).text(|text| {
            key = Some(text.to_owned());
            true
        });
        key
    }

    /// Puts what was sorted upwards into the order that was asked for.
    pub(super) fn turn<T>(&self, sorted: &mut [T]) {
        if self.descending {
            sorted.reverse();
        }
    }
}

/// Refuses an advanced query without its header and its count.
fn check_demand(cx: &Cx<'_>, demand: Demand) -> Result<(), GraphError> {
    let eventual = is_eventual(cx);
    match demand {
        Demand::Advanced if !eventual || !cx.query.counts() => Err(unsupported(
            "Unsupported Query. The query needs $count=true and the ConsistencyLevel: eventual header.",
        )),
        Demand::Basic if cx.query.counts() && !eventual => Err(unsupported(
            "$count is not currently supported without the ConsistencyLevel: eventual header.",
        )),
        Demand::Basic | Demand::Advanced => Ok(()),
    }
}

fn is_eventual(cx: &Cx<'_>) -> bool {
    let level = cx.exchange.header("consistencylevel");
    level.is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

/// Returns the refusal of a query that the directory does not support.
pub(super) fn unsupported(message: impl Into<Cow<'static, str>>) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
}
