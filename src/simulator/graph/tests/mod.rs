//! Graph, seen from outside.

mod apps;
mod chats;
mod people;
mod registrations;

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
