//! What is wrong with a value, before it is known where it stands.

/// What is wrong with a value, by its key.
#[derive(Debug)]
pub(super) enum Problem {
    /// The value makes no sense.
    Invalid {
        /// The key, with its tables.
        key: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The value makes sense, but not to this version.
    NotYet {
        /// The key, with its tables.
        key: String,
        /// What is not supported.
        feature: String,
    },
    /// The environment lacks a value.
    MissingCredential {
        /// The variable.
        variable: &'static str,
        /// What to set it to.
        advice: &'static str,
    },
}

impl Problem {
    /// `key` makes no sense because of `problem`.
    pub(super) fn invalid(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// `key` asks for `feature`, which is not built yet.
    pub(super) fn not_yet(key: impl Into<String>, feature: impl Into<String>) -> Self {
        Self::NotYet {
            key: key.into(),
            feature: feature.into(),
        }
    }
}

/// Refuses text with nothing in it; removes the spaces around it otherwise.
pub(super) fn not_blank(key: &str, text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::invalid(key, "it is empty; give a value")),
        text => Ok(text.to_owned()),
    }
}

/// The value of an environment variable, unless it is unset or blank.
pub(super) fn from_env(
    env: &dyn Fn(&str) -> Option<String>,
    variable: &'static str,
    advice: &'static str,
) -> Result<String, Problem> {
    env(variable)
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .ok_or(Problem::MissingCredential { variable, advice })
}
