//! What one person gets.

use serde_json::{Value, json};

use super::{
    Message, TextFormat,
    engine::{Engine, Trouble},
    load::Body,
    size::{MAX_BYTES, utf16_bytes},
};
use crate::model::Fields;

/// What one person gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text.
    Text {
        /// The text.
        text: String,
        /// How Teams reads it.
        format: TextFormat,
    },
    /// A card.
    Card {
        /// The Adaptive Card.
        card: Value,
        /// What the notification shows.
        notification: String,
    },
}

/// Why one person can get nothing. Others may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderFault {
    /// The person lacks a value the message needs.
    #[error("the message needs `{field}`, which has no value")]
    Missing {
        /// The name of the field.
        field: String,
    },
    /// The template gave nothing usable.
    #[error("the message could not be made: {detail}")]
    Broken {
        /// What was wrong.
        detail: String,
    },
    /// The message is larger than Teams takes.
    #[error("the message has {bytes} bytes, Teams takes {MAX_BYTES}")]
    TooLarge {
        /// Its size as UTF-16; at least this for one that was cut short.
        bytes: usize,
    },
}

impl Content {
    /// The size as Teams counts it, without the envelope.
    pub fn bytes(&self) -> usize {
        let json = match self {
            Self::Text { text, format } => json!({"text": text, "textFormat": format.wire()}),
            Self::Card { card, notification } => json!({
                "summary": notification,
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": card,
                }],
            }),
        };
        utf16_bytes(&json.to_string())
    }
}

impl Message {
    /// What a person with these `fields` gets.
    ///
    /// # Errors
    ///
    /// [`RenderFault`], which concerns this person only.
    pub fn render(&self, fields: &Fields) -> Result<Content, RenderFault> {
        let content = match &self.body {
            Body::Text { engine, format } => Content::Text {
                text: text(engine, fields)?,
                format: *format,
            },
            Body::Card { card, notification } => Content::Card {
                card: card.clone(),
                notification: text(notification, fields)?,
            },
        };
        match content.bytes() {
            bytes if MAX_BYTES < bytes => Err(RenderFault::TooLarge { bytes }),
            _ => Ok(content),
        }
    }
}

fn text(engine: &Engine, fields: &Fields) -> Result<String, RenderFault> {
    let text = engine.render(fields).map_err(|trouble| match trouble {
        Trouble::Missing(Some(field)) => RenderFault::Missing { field },
        Trouble::Missing(None) => RenderFault::Broken {
            detail: "it uses a value that is not there".to_owned(),
        },
        Trouble::TooLarge => RenderFault::TooLarge {
            bytes: MAX_BYTES + 1,
        },
        Trouble::Broken(error) => RenderFault::Broken {
            detail: error.to_string(),
        },
    })?;
    if text.trim().is_empty() {
        return Err(RenderFault::Broken {
            detail: "nothing is left to send".to_owned(),
        });
    }
    Ok(text)
}
