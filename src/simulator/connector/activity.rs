//! An activity as it is sent: what it must have, and what it becomes.

use http::StatusCode;
use serde_json::Value;

use super::{ConnectorError, Cx};
use crate::simulator::state::{Content, TextFormat};

/// The most a message may weigh, counted as UTF-16.
const LARGEST_MESSAGE: usize = 100 * 1024;

/// What an activity becomes in the chat.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Activity {
    /// One message.
    Message(Content),
    /// Two messages: text and attachments together are split.
    Split(Content, Content),
    /// Nothing that stays, like a typing indicator.
    Passing,
}

/// Reads the request's body as JSON.
pub(crate) fn body(cx: &Cx<'_>) -> Result<Value, ConnectorError> {
    if cx.exchange.is_oversized() {
        return Err(ConnectorError::TOO_BIG);
    }
    match cx.exchange.media_type().as_deref() {
        Some("application/json") => {}
        Some(_) | None => return Err(ConnectorError::MEDIA_TYPE),
    }
    let body: Value =
        serde_json::from_slice(&cx.exchange.body).map_err(|_| ConnectorError::MALFORMED_JSON)?;
    if body.is_object() {
        Ok(body)
    } else {
        Err(ConnectorError::MALFORMED_JSON)
    }
}

/// Reads an activity; `weight` is what was sent of it.
pub(crate) fn read(activity: &Value, weight: &[u8]) -> Result<Activity, ConnectorError> {
    let kind = activity
        .get("type")
        .and_then(Value::as_str)
        .filter(|kind| !kind.is_empty());
    match kind.ok_or(ConnectorError::TYPE_MISSING)? {
        "message" => {}
        "typing" => return Ok(Activity::Passing),
        _ => return Err(ConnectorError::TYPE_UNKNOWN),
    }
    if is_too_big(weight) {
        return Err(ConnectorError::TOO_BIG);
    }
    let text = activity
        .get("text")
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .map(Box::from);
    let format = match activity.get("textFormat").and_then(Value::as_str) {
        Some("plain") => TextFormat::Plain,
        Some("xml") => TextFormat::Html,
        Some(_) | None => TextFormat::Markdown,
    };
    let attachments = match activity.get("attachments") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let entries = value.as_array().ok_or(ConnectorError::MALFORMED_JSON)?;
            if entries
                .iter()
                .any(|entry| entry.get("contentType").and_then(Value::as_str).is_none())
            {
                return Err(ConnectorError::Coded(
                    StatusCode::BAD_REQUEST,
                    "BadSyntax",
                    "Attachment must have a content type",
                ));
            }
            (!entries.is_empty()).then(|| value.to_string().into())
        }
    };
    let summary = activity
        .get("summary")
        .and_then(Value::as_str)
        .map(Box::from);
    match (text, attachments) {
        (None, None) => Err(ConnectorError::EMPTY_MESSAGE),
        (Some(text), Some(attachments)) => Ok(Activity::Split(
            Content {
                text: Some(text),
                format,
                attachments: None,
                summary: summary.clone(),
            },
            Content {
                text: None,
                format,
                attachments: Some(attachments),
                summary,
            },
        )),
        (text, attachments) => Ok(Activity::Message(Content {
            text,
            format,
            attachments,
            summary,
        })),
    }
}

fn is_too_big(weight: &[u8]) -> bool {
    // UTF-16 never has more units than UTF-8 has bytes.
    if weight.len() * 2 <= LARGEST_MESSAGE {
        return false;
    }
    LARGEST_MESSAGE < String::from_utf8_lossy(weight).encode_utf16().count() * 2
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(activity: &Value) -> Result<Activity, ConnectorError> {
        read(activity, activity.to_string().as_bytes())
    }

    #[test]
    fn text_with_an_attachment_is_split() {
        let card =
            json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": {} });

        let activity =
            read_json(&json!({ "type": "message", "text": "Hello", "attachments": [card] }));

        assert!(matches!(activity, Ok(Activity::Split(..))));
    }

    #[test]
    fn a_message_may_weigh_a_hundred_kilobytes_in_utf16() {
        let message = |length| json!({ "type": "message", "text": "é".repeat(length) });

        assert!(read_json(&message(51_000)).is_ok());
        assert_eq!(Err(ConnectorError::TOO_BIG), read_json(&message(51_300)));
    }

    #[test]
    fn an_activity_without_what_it_needs_is_refused() {
        for (activity, error) in [
            (json!({ "text": "Hello" }), ConnectorError::TYPE_MISSING),
            (json!({ "type": "message" }), ConnectorError::EMPTY_MESSAGE),
            (
                json!({ "type": "message", "attachments": [] }),
                ConnectorError::EMPTY_MESSAGE,
            ),
            (
                json!({ "type": "surprise", "text": "Hello" }),
                ConnectorError::TYPE_UNKNOWN,
            ),
            (
                json!({ "type": "message", "attachments": "card" }),
                ConnectorError::MALFORMED_JSON,
            ),
        ] {
            assert_eq!(Err(error), read_json(&activity), "{activity}");
        }
    }
}
