//! Faults that would befall everyone: the run stops at once.

use std::error::Error;

use crate::identity::SignInError;

use super::ForeignHost;

/// A fault of the set-up, not of a recipient.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Blocker {
    /// No token could be had.
    #[error("sign-in failed")]
    SignIn(#[source] SignInError),
    /// The service does not accept the token.
    #[error(
        "{service} does not accept our token ({detail}); check the tenant, the app registration and, \
         for the bot, that an Azure Bot with the Teams channel exists for this app id"
    )]
    TokenRefused {
        /// Which service.
        service: &'static str,
        /// Its words.
        detail: String,
    },
    /// The app registration lacks a permission.
    #[error(
        "a permission is missing ({detail}); grant it as an application permission in the Entra \
         admin centre under API permissions, and give admin consent"
    )]
    PermissionMissing {
        /// The service's words.
        detail: String,
    },
    /// The Teams app belongs to another app registration.
    #[error(
        "the Teams app belongs to another app registration ({detail}); webApplicationInfo.id in \
         its manifest must be the client id used here"
    )]
    AppMismatch {
        /// The service's words.
        detail: String,
    },
    /// The tenant lives in another cloud.
    #[error("the tenant is in another cloud ({detail}); set tenant.cloud in the campaign file")]
    WrongCloud {
        /// The service's words.
        detail: String,
    },
    /// The service named a host that was not configured.
    #[error("the service sent us to another host; the token was not sent there")]
    ForeignHost(#[source] ForeignHost),
}

impl Blocker {
    /// What is wrong, in words, causes included.
    pub fn words(&self) -> String {
        match self.source() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }
}
