//! Credentials in, tokens out.
//!
//! `azure_identity` speaks to Entra, to the machine and to the platforms that
//! vouch for a program; the transport is handed in. What it does not do is done
//! here: assertions signed with a certificate (its own need OpenSSL) and the
//! tokens of GitHub Actions. A token is fetched once for all who wait for it,
//! and again five minutes before it ends.
//!
//! Not here: HTTP of our own.

mod advice;
mod certificate;
mod claims;
mod github;
mod place;
mod proof;
mod redact;
mod secret;
mod signed_in;
mod tokens;

pub use certificate::{Certificate, CertificateError};
pub use claims::Claims;
pub use place::{SecretError, SecretPlace, read_private};
pub use proof::{Applicant, Assigned, Clock, Proof};
pub use redact::redact;
pub use secret::{Secret, Token};
pub use signed_in::SignedIn;
pub use tokens::{GivenToken, SignInError, Tokens};
