//! `$select` on resources that are no people.

use serde_json::Value;

use super::{Cx, error::GraphError};

/// Which properties are shown; all of them, if nothing was asked.
#[derive(Debug)]
pub(super) struct Shown<'a>(Option<Vec<&'a str>>);

impl<'a> Shown<'a> {
    /// Reads `$select`, of which every name has to be one of `known`.
    pub(super) fn read(cx: &Cx<'a>, known: &[&str]) -> Result<Self, GraphError> {
        let asked = cx.query.list("$select");
        let unknown = asked.iter().flatten().find(|name| !known.contains(name));
        match unknown {
            None => Ok(Self(asked)),
            Some(name) => Err(GraphError::bad_request(format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}'."
            ))),
        }
    }

    /// Leaves of `row` what was asked for, annotations and what was expanded.
    pub(super) fn of(&self, mut row: Value, expanded: &[&str]) -> Value {
        if let (Some(asked), Some(fields)) = (&self.0, row.as_object_mut()) {
            fields.retain(|name, _| {
                let name = name.as_str();
                name.starts_with('@') || asked.contains(&name) || expanded.contains(&name)
            });
        }
        row
    }
}
