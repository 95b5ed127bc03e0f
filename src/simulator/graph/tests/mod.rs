//! Graph, seen from outside.

mod apps;
mod batch;
mod chats;
mod delta;
mod groups;
mod people;
mod queries;
mod refusals;
mod registrations;
mod teams;

use super::super::{Quotas, Registration, Shape, visitor::Visitor};

/// Visits a world whose app was granted these permissions only.
fn with_permissions(names: &[&str]) -> Visitor {
    let permissions = names.iter().map(|&name| name.to_owned()).collect();
    let registration = Registration {
        permissions,
        ..Registration::default()
    };
    Visitor::of(3, Shape::uniform(), Quotas::Off, registration)
}

/// Returns one property of every row, as text, sorted.
fn sorted(rows: &[serde_json::Value], name: &str) -> Vec<String> {
    let texts = rows
        .iter()
        .map(|row| row[name].as_str().unwrap().to_owned());
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts
}
