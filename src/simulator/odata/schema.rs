//! Which properties may be filtered, and how.

use super::filter::{Filter, FilterError, Literal};

/// The properties of a kind of row.
#[derive(Debug)]
pub(crate) struct Schema {
    /// The plain ones.
    pub(crate) properties: &'static [(&'static str, Kind)],
    /// Those that hold many elements, for `any`.
    pub(crate) collections: &'static [(&'static str, Self)],
}

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// An id that is written without quotes.
    Guid,
}

/// Whether a query needs the advanced capabilities of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Demand {
    /// It does not.
    Basic,
    /// It needs `ConsistencyLevel: eventual` and `$count=true`.
    Advanced,
}

impl Schema {
    /// Checks that every property exists and may be asked what it is asked.
    pub(crate) fn check(&self, filter: &Filter) -> Result<Demand, FilterError> {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().try_fold(
                Demand::Basic,
                |worst, part| Ok(worst.max(self.check(part)?)),
            ),
            Filter::Not(part) => self.check(part).map(|_| Demand::Advanced),
            Filter::Equal(path, value) => self.compare(path, value).map(|()| Demand::Basic),
            Filter::Unequal(path, value) => self.compare(path, value).map(|()| Demand::Advanced),
            Filter::In(path, values) => values
                .iter()
                .try_for_each(|value| self.compare(path, value))
                .map(|()| Demand::Basic),
            Filter::Starts(path, _) => self.prefix(path).map(|()| Demand::Basic),
            Filter::Ends(path, _) => self.prefix(path).map(|()| Demand::Advanced),
            Filter::Any(path, condition) => {
                let schema = self.collections.iter().find(|(name, _)| name == path);
                let (_, schema) =
                    schema.ok_or_else(|| FilterError::UnknownProperty(path.clone()))?;
                schema.check(condition).map(|_| Demand::Advanced)
            }
        }
    }

    fn kind(&self, path: &str) -> Result<Kind, FilterError> {
        let property = self.properties.iter().find(|(name, _)| *name == path);
        property
            .map(|(_, kind)| *kind)
            .ok_or_else(|| FilterError::UnknownProperty(path.to_owned()))
    }

    fn compare(&self, path: &str, value: &Literal) -> Result<(), FilterError> {
        match (self.kind(path)?, value) {
            (_, Literal::Null)
            | (Kind::Text, Literal::Text(_))
            | (Kind::Bool, Literal::Bool(_))
            | (Kind::Guid, Literal::Guid(_)) => Ok(()),
            (
                Kind::Text | Kind::Bool | Kind::Guid,
                Literal::Text(_) | Literal::Bool(_) | Literal::Guid(_),
            ) => Err(FilterError::Unsupported(path.to_owned())),
        }
    }

    fn prefix(&self, path: &str) -> Result<(), FilterError> {
        match self.kind(path)? {
            Kind::Text => Ok(()),
            Kind::Bool | Kind::Guid => Err(FilterError::Unsupported(path.to_owned())),
        }
    }
}
