//! `[message]`: what is to be sent.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{
    problem::{Problem, not_blank},
    typed,
};

/// How Teams reads the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Markdown.
    #[default]
    Markdown,
    /// As it is.
    Plain,
    /// The part of HTML that Teams understands.
    Html,
}

/// What is to be sent: a text or a card, never both.
///
/// Both in one message would be split by Teams in two, without an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wording {
    /// A text.
    Text {
        /// The template.
        text: String,
        /// How Teams reads it.
        format: Format,
    },
    /// A text in a file of its own.
    TextFile {
        /// The file with the template.
        path: PathBuf,
        /// How Teams reads it.
        format: Format,
    },
    /// An Adaptive Card.
    Card {
        /// The file with the card.
        path: PathBuf,
        /// What the notification shows.
        notification: String,
    },
}

impl Wording {
    pub(super) fn from_typed(typed: typed::Message, dir: &Path) -> Result<Self, Problem> {
        if !typed.translation.is_empty() {
            return Err(Problem::not_yet("message.translation", "a translation"));
        }
        if typed.card.is_none() && typed.notification.is_some() {
            let problem = "it goes with a card only; remove it or give a card";
            return Err(Problem::invalid("message.notification", problem));
        }
        let format = typed.format;
        match (typed.text, typed.text_file, typed.card) {
            (Some(text), None, None) => {
                not_blank("message.text", &text)?;
                Ok(Self::Text { text, format })
            }
            (None, Some(path), None) => Ok(Self::TextFile {
                path: dir.join(path),
                format,
            }),
            (None, None, Some(path)) => {
                let notification = typed.notification.ok_or_else(|| {
                    let problem =
                        "a card needs the text of its notification; add message.notification";
                    Problem::invalid("message.card", problem)
                })?;
                Ok(Self::Card {
                    path: dir.join(path),
                    notification: not_blank("message.notification", &notification)?,
                })
            }
            (None, None, None) => {
                let problem = "there is nothing to send; give text, text_file or card";
                Err(Problem::invalid("message", problem))
            }
            (_, _, Some(_)) => {
                let problem = "Teams cannot take a card and a text in one message; remove one";
                Err(Problem::invalid("message.card", problem))
            }
            (Some(_), Some(_), None) => {
                let problem = "there is message.text as well; remove one";
                Err(Problem::invalid("message.text_file", problem))
            }
        }
    }
}
