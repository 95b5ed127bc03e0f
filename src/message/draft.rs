//! The message as the campaign asks for it.

use std::path::PathBuf;

/// How Teams reads a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextFormat {
    /// Markdown.
    #[default]
    Markdown,
    /// As it is.
    Plain,
    /// The part of HTML that Teams understands.
    Html,
}

impl TextFormat {
    /// The value of `textFormat` in an activity.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Plain => "plain",
            Self::Html => "xml",
        }
    }
}

/// The message as the campaign asks for it: a text or a card, never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// A text.
    Text {
        /// The template.
        text: String,
        /// How Teams reads it.
        format: TextFormat,
    },
    /// A text in a file of its own.
    TextFile {
        /// The file with the template.
        path: PathBuf,
        /// How Teams reads it.
        format: TextFormat,
    },
    /// An Adaptive Card.
    Card {
        /// The file with the card.
        path: PathBuf,
        /// What the notification shows; a template.
        notification: String,
    },
}
