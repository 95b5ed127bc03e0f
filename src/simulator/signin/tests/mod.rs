//! Sign-in, seen from outside.

mod assertions;
mod keys;
mod surroundings;
mod tokens;

use super::super::{AppRegistration, Credentials, Quotas, Registration, Shape, visitor::Visitor};

/// Visits a world whose bot's app has these credentials.
fn with(credentials: Credentials) -> Visitor {
    registered(Registration {
        credentials,
        ..Registration::default()
    })
}

fn registered(registration: Registration) -> Visitor {
    Visitor::of(1, Shape::uniform(), Quotas::Off, registration)
}

fn app(name: &str, credentials: Credentials) -> AppRegistration {
    AppRegistration {
        name: name.to_owned(),
        permissions: vec!["TeamsAppInstallation.ReadWriteSelfForUser.All".to_owned()],
        credentials,
    }
}
