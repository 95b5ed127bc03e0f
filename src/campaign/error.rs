//! Why a campaign file cannot be used.

use std::{io, path::PathBuf};

use super::Place;

/// Why a campaign file cannot be used. Everything but
/// [`MissingCredential`](Self::MissingCredential) is cured in the file.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The file could not be read.
    #[error("the campaign file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{place}: this is not valid TOML: {problem}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the parser says.
        problem: String,
    },
    /// A key that means nothing here.
    #[error("{place}: unknown key `{key}`; {advice}")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key as typed.
        key: String,
        /// The nearest known key, or all of them.
        advice: String,
    },
    /// A secret in a file that is kept and shared.
    #[error(
        "{place}: `{key}` looks like a secret, which does not belong in a file; \
         remove it and set AZURE_CLIENT_SECRET, or name a file of yours as \
         identity.client_secret_file (tokens: TEAMCAST_GRAPH_TOKEN and \
         TEAMCAST_CONNECTOR_TOKEN in the environment)"
    )]
    SecretInFile {
        /// Where.
        place: Place,
        /// The key as typed.
        key: String,
    },
    /// A value that makes no sense.
    #[error("{place}: `{key}`: {problem}")]
    Invalid {
        /// Where.
        place: Place,
        /// The key, with its tables.
        key: String,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// Something of the contract that is not built yet.
    #[error("{place}: `{key}`: {feature} is not supported by this version yet; remove it")]
    NotYet {
        /// Where.
        place: Place,
        /// The key, with its tables.
        key: String,
        /// What is not supported.
        feature: String,
    },
    /// The environment lacks what is needed to sign in.
    #[error("{variable} is not set, and `{}` needs it: {advice}", path.display())]
    MissingCredential {
        /// The campaign file.
        path: PathBuf,
        /// The environment variable.
        variable: &'static str,
        /// What to set it to.
        advice: &'static str,
    },
}
