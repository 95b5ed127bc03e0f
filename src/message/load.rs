//! Reads and checks the message, once.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use minijinja::ErrorKind;
use serde_json::Value;

use super::{
    Draft, RenderFault, TextFormat, card,
    engine::{Engine, Trouble},
    fingerprint::fingerprint,
    size::MAX_BYTES,
};
use crate::model::Fields;

/// Why a message cannot be sent to anybody.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// A file of the message could not be read.
    #[error("the message file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: io::Error,
    },
    /// There is nothing to send.
    #[error("{what} is blank; write what is to be sent")]
    Blank {
        /// Which part.
        what: String,
    },
    /// The template makes no sense.
    #[error("{what} is no valid template")]
    Template {
        /// Which part.
        what: String,
        /// What the template engine says.
        #[source]
        source: minijinja::Error,
    },
    /// The card is none.
    #[error("the card `{}` {problem}", path.display())]
    Card {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It is larger than Teams takes, whoever gets it.
    #[error("{what} has at least {bytes} bytes, Teams takes {MAX_BYTES}; shorten it")]
    TooLarge {
        /// Which part.
        what: String,
        /// Its size as UTF-16.
        bytes: usize,
    },
}

/// A message that is known to make sense.
#[derive(Debug, Clone)]
pub struct Message {
    pub(super) body: Body,
}

/// What a message is made of.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// A text.
    Text {
        /// Its template.
        engine: Engine,
        /// How Teams reads it.
        format: TextFormat,
    },
    /// A card.
    Card {
        /// The same for everybody.
        card: Value,
        /// The template of the notification.
        notification: Engine,
    },
}

impl Message {
    /// Reads what `draft` names and checks it.
    ///
    /// # Errors
    ///
    /// [`MessageError`] for what would go wrong for everybody.
    pub fn load(draft: &Draft) -> Result<Self, MessageError> {
        let (body, what) = match draft {
            Draft::Text { text, format } => (
                text_body(text, *format, "message.text")?,
                "message.text".to_owned(),
            ),
            Draft::TextFile { path, format } => {
                let what = format!("`{}`", path.display());
                (text_body(&read(path)?, *format, &what)?, what)
            }
            Draft::Card { path, notification } => {
                let card = card::read(&read(path)?).map_err(|problem| MessageError::Card {
                    path: path.clone(),
                    problem,
                })?;
                let notification = engine(notification, TextFormat::Plain, "message.notification")?;
                (
                    Body::Card { card, notification },
                    format!("`{}`", path.display()),
                )
            }
        };
        let message = Self { body };
        match message.render(&message.filled_with("")) {
            Err(RenderFault::TooLarge { bytes }) => Err(MessageError::TooLarge { what, bytes }),
            Err(RenderFault::Missing { .. } | RenderFault::Broken { .. }) | Ok(_) => Ok(message),
        }
    }

    /// The fields the message mentions.
    pub fn fields(&self) -> &BTreeSet<String> {
        self.engine().fields()
    }

    /// The fields the message mentions and no source can have.
    pub fn unknown_fields(&self, known: &BTreeSet<String>) -> Vec<String> {
        self.fields().difference(known).cloned().collect()
    }

    /// Tells this message from any other, in 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let source = self.engine().source();
        match &self.body {
            Body::Text { format, .. } => fingerprint(&["text", format.wire(), source]),
            Body::Card { card, .. } => fingerprint(&["card", &card.to_string(), source]),
        }
    }

    fn engine(&self) -> &Engine {
        match &self.body {
            Body::Text { engine, .. } => engine,
            Body::Card { notification, .. } => notification,
        }
    }

    fn filled_with(&self, value: &str) -> Fields {
        let fields = self.fields().iter();
        fields
            .map(|field| (field.clone(), value.to_owned()))
            .collect()
    }
}

fn read(path: &Path) -> Result<String, MessageError> {
    let text = fs::read_to_string(path).map_err(|source| MessageError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

fn text_body(text: &str, format: TextFormat, what: &str) -> Result<Body, MessageError> {
    let engine = engine(text, format, what)?;
    Ok(Body::Text { engine, format })
}

fn engine(source: &str, format: TextFormat, what: &str) -> Result<Engine, MessageError> {
    let what = || what.to_owned();
    if source.trim().is_empty() {
        return Err(MessageError::Blank { what: what() });
    }
    let invalid = |source| MessageError::Template {
        what: what(),
        source,
    };
    let engine = Engine::new("message", source, format).map_err(invalid)?;
    // Filters and functions are looked up when they are used, so use them once.
    let fields = engine.fields().iter();
    let sample = fields
        .map(|field| (field.clone(), "1".to_owned()))
        .collect();
    match engine.render(&sample) {
        Err(Trouble::Broken(error)) if is_unknown(error.kind()) => Err(invalid(error)),
        Err(Trouble::Broken(_) | Trouble::Missing(_) | Trouble::TooLarge) | Ok(_) => Ok(engine),
    }
}

/// Whether the template names something that does not exist for anybody.
fn is_unknown(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::TemplateNotFound
            | ErrorKind::BadInclude
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
