//! Credentials in, tokens out.
//!
//! `azure_identity` speaks to Entra and keeps tokens until five minutes before
//! they end; the transport is handed in. Not here: HTTP of our own.

mod secret;
mod source;

pub use secret::{Secret, Token};
pub use source::{ClientSecret, GivenToken, SignInError, Tokens};
