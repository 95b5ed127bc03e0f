//! What the Bot Connector means when it says no.
//!
//! Three shapes of body are known: an `error` object, an `errorCode` with a
//! JSON text as its message, and nothing at all (Teams page "Build
//! conversational capability", status codes). Codes are matched without
//! regard to case, and by their text too, since Teams sends `BadArgument` for
//! nearly everything.

use serde_json::Value;

use crate::{
    model::Cause,
    remote::{Answer, Blocker, brief},
};

/// What a refusal means.
#[derive(Debug)]
pub(super) enum Meaning {
    /// The chat id is stale or the app is not installed: forget and resolve.
    ChatGone,
    /// This person cannot be reached.
    Person(Cause),
    /// Nobody can.
    Everyone(Blocker),
}

/// The parts of an error body that say something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The service's code.
    pub(super) code: Option<String>,
    /// Its words.
    pub(super) text: String,
}

impl Said {
    /// Reads a body of any shape; what cannot be read says nothing.
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(ToOwned::to_owned);
        let error = body.get("error").unwrap_or(&body);
        let message = text(error.get("message")).unwrap_or_default();
        let inner: Value = serde_json::from_str(&message).unwrap_or(Value::Null);
        let code = text(inner.get("subCode"))
            .or_else(|| text(inner.get("code")))
            .or_else(|| text(error.get("code")))
            .or_else(|| error.get("errorCode").map(ToString::to_string))
            .filter(|code| !code.is_empty());
        let text = text(inner.get("details")).unwrap_or(message);
        Self {
            code: code.as_deref().map(brief),
            text: brief(&text),
        }
    }
}

/// The meaning of a refusal with `status`.
pub(super) fn judge(answer: &Answer) -> (Meaning, Said) {
    let said = Said::of(&answer.body);
    let all = format!("{} {}", said.code.as_deref().unwrap_or_default(), said.text).to_lowercase();
    let says = |words: &str| all.contains(words);
    let meaning = match answer.status.as_u16() {
        _ if says("failed to decrypt") || says("bad format of conversation id") => {
            Meaning::ChatGone
        }
        _ if says("invalidbotapihost") => Meaning::Everyone(Blocker::WrongCloud {
            detail: said.text.clone(),
        }),
        403 if says("conversationblockedbyuser") || says("messagewritesblocked") => {
            Meaning::Person(Cause::BlockedByUser)
        }
        403 if says("botdisabledbyadmin") => Meaning::Person(Cause::BlockedByPolicy),
        403 if says("not installed")
            || says("forbiddenoperationexception")
            || says("botnotinconversationroster")
            || all.trim().is_empty() =>
        {
            Meaning::ChatGone
        }
        403 => Meaning::Person(Cause::Forbidden),
        404 => Meaning::ChatGone,
        413 => Meaning::Person(Cause::MessageTooLarge),
        _ if says("messagesizetoobig") => Meaning::Person(Cause::MessageTooLarge),
        _ => Meaning::Person(Cause::MessageRejected),
    };
    (meaning, said)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn meaning(status: u16, body: &str) -> String {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
            attempts: 1,
        };
        match judge(&answer).0 {
            Meaning::ChatGone => "gone".to_owned(),
            Meaning::Person(cause) => cause.to_string(),
            Meaning::Everyone(_) => "everyone".to_owned(),
        }
    }

    #[test]
    fn every_known_body_has_the_meaning_the_table_says() {
        let table = [
            (
                400,
                r#"{"error":{"code":"BadSyntax","message":"x"}}"#,
                "message-rejected",
            ),
            (
                400,
                r#"{"error":{"code":"Bad Argument","message":"Failed to decrypt conversation id"}}"#,
                "gone",
            ),
            (
                400,
                r#"{"error":{"code":"BadArgument","message":"Bad format of conversation ID"}}"#,
                "gone",
            ),
            (
                403,
                r#"{"error":{"code":"ForbiddenOperationException","message":"x"}}"#,
                "gone",
            ),
            (
                403,
                r#"{"error":{"code":"BadArgument","message":"Bot is not installed in user's personal scope"}}"#,
                "gone",
            ),
            (403, "", "gone"),
            (
                403,
                r#"{"error":{"code":"BotNotInConversationRoster","message":"x"}}"#,
                "gone",
            ),
            (
                403,
                r#"{"error":{"code":"conversationblockedbyuser","message":"x"}}"#,
                "blocked-by-user",
            ),
            (
                403,
                r#"{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\",\"details\":\"d\"}"}"#,
                "blocked-by-user",
            ),
            (
                403,
                r#"{"error":{"code":"BotDisabledByAdmin","message":"x"}}"#,
                "blocked-by-policy",
            ),
            (
                403,
                r#"{"error":{"code":"NotEnoughPermissions","message":"x"}}"#,
                "forbidden",
            ),
            (
                403,
                r#"{"error":{"code":"InvalidBotApiHost","message":"x"}}"#,
                "everyone",
            ),
            (
                404,
                r#"{"error":{"code":"ConversationNotFound","message":"x"}}"#,
                "gone",
            ),
            (
                413,
                r#"{"error":{"code":"MessageSizeTooBig","message":"x"}}"#,
                "message-too-large",
            ),
            (405, "<html>", "message-rejected"),
        ];
        for (status, body, expected) in table {
            assert_eq!(meaning(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_message_that_is_json_gives_its_sub_code_and_details() {
        let body = r#"{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\",\"details\":\"d\"}"}"#;

        let said = Said::of(body.as_bytes());

        assert_eq!(
            (said.code.as_deref(), said.text.as_str()),
            (Some("MessageWritesBlocked"), "d")
        );
    }
}
