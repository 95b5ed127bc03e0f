//! How the connector refuses, in each of the shapes that have been seen.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::simulator::{
    mishap::Mishap,
    reply::{self, Reply},
    request::Exchange,
    world::World,
};

/// A refusal of the connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConnectorError {
    /// `{"error":{"code":…,"message":…}}`
    Coded(StatusCode, &'static str, &'static str),
    /// `{"message":…}`
    Message(StatusCode, &'static str),
    /// No body at all.
    Bare(StatusCode),
    /// `{"errorCode":209,"message":"{…}"}` with JSON inside the text.
    WritesBlocked,
    /// Too many requests; this long until there is room, if that is said.
    Throttled(Option<Duration>),
}

impl ConnectorError {
    pub(crate) const AUTHORIZATION_DENIED: Self = Self::Message(
        StatusCode::UNAUTHORIZED,
        "Authorization has been denied for this request.",
    );
    pub(crate) const BOT_NOT_REGISTERED: Self = Self::Coded(
        StatusCode::UNAUTHORIZED,
        "BotNotRegistered",
        "Bot is not registered.",
    );
    pub(crate) const WRONG_HOST: Self = Self::Coded(
        StatusCode::FORBIDDEN,
        "InvalidBotApiHost",
        "The bot API host is not valid for the tenant of the conversation.",
    );
    pub(crate) const NO_SUCH_RESOURCE: Self = Self::Message(
        StatusCode::NOT_FOUND,
        "No HTTP resource was found that matches the request URI.",
    );
    pub(crate) const MEDIA_TYPE: Self = Self::Message(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The request entity's media type is not supported for this resource.",
    );
    pub(crate) const MALFORMED_JSON: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "BadSyntax",
        "Bad format of the request body",
    );
    pub(crate) const CREATION_PARAMETERS: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "BadSyntax",
        "Incorrect conversation creation parameters",
    );
    pub(crate) const MALFORMED_CONVERSATION: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "BadArgument",
        "Bad format of conversation ID",
    );
    pub(crate) const UNDECIPHERABLE_CONVERSATION: Self = Self::Coded(
        StatusCode::FORBIDDEN,
        "BadArgument",
        "Failed to decrypt conversation id",
    );
    pub(crate) const UNDECIPHERABLE_USER: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "Bad Argument",
        "Failed to decrypt pairwise id",
    );
    pub(crate) const CONVERSATION_NOT_FOUND: Self = Self::Coded(
        StatusCode::NOT_FOUND,
        "ConversationNotFound",
        "Conversation not found.",
    );
    pub(crate) const ACTIVITY_NOT_FOUND: Self = Self::Coded(
        StatusCode::NOT_FOUND,
        "ActivityNotFoundInConversation",
        "Activity not found in conversation.",
    );
    pub(crate) const MEMBER_NOT_FOUND: Self = Self::Coded(
        StatusCode::NOT_FOUND,
        "MemberNotFoundInConversation",
        "Member not found in conversation.",
    );
    pub(crate) const NOT_IN_ROSTER: Self = Self::Coded(
        StatusCode::FORBIDDEN,
        "BotNotInConversationRoster",
        "The bot is not part of the conversation roster.",
    );
    pub(crate) const BLOCKED_BY_USER: Self = Self::Coded(
        StatusCode::FORBIDDEN,
        "ConversationBlockedByUser",
        "User blocked the conversation with the bot.",
    );
    pub(crate) const DISABLED_BY_ADMIN: Self = Self::Coded(
        StatusCode::FORBIDDEN,
        "BotDisabledByAdmin",
        "The tenant admin disabled this bot",
    );
    pub(crate) const NOT_ENOUGH_PERMISSIONS: Self = Self::Coded(
        StatusCode::FORBIDDEN,
        "NotEnoughPermissions",
        "Bot does not have enough permissions for this operation.",
    );
    pub(crate) const CONTINUATION_TOKEN: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "BadArgument",
        "Invalid continuation token",
    );
    pub(crate) const TOO_BIG: Self = Self::Coded(
        StatusCode::PAYLOAD_TOO_LARGE,
        "MessageSizeTooBig",
        "Message size too large.",
    );
    pub(crate) const TYPE_MISSING: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "MissingProperty",
        "The 'Activity.Type' field is required.",
    );
    pub(crate) const TYPE_UNKNOWN: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "BadSyntax",
        "Unknown activity type",
    );
    pub(crate) const EMPTY_MESSAGE: Self = Self::Coded(
        StatusCode::BAD_REQUEST,
        "BadSyntax",
        "Activity must include non empty 'text' field or at least 1 attachment",
    );

    /// Returns the refusal for a person without the app; each person always gets the same.
    pub(crate) fn not_installed(place: usize) -> Self {
        const TEXT: &str = "Bot is not installed in user's personal scope";
        match place % 4 {
            0 => Self::Coded(StatusCode::FORBIDDEN, "ForbiddenOperationException", TEXT),
            3 => Self::Bare(StatusCode::FORBIDDEN),
            _ => Self::Coded(StatusCode::FORBIDDEN, "BadArgument", TEXT),
        }
    }

    /// Returns the reply.
    pub(crate) fn reply(&self, world: &World, exchange: &Exchange) -> Reply {
        match self {
            Self::Coded(status, code, message) => reply::json(
                *status,
                &json!({ "error": { "code": code, "message": message } }),
            ),
            Self::Message(status, message) => reply::json(*status, &json!({ "message": message })),
            Self::Bare(status) => reply::empty(*status),
            Self::WritesBlocked => {
                let message = json!({
                    "subCode": "MessageWritesBlocked",
                    "details": "Thread is blocked from message writes.",
                    "errorCode": null,
                    "errorSubCode": null,
                });
                let body = json!({ "errorCode": 209, "message": message.to_string() });
                reply::json(StatusCode::FORBIDDEN, &body)
            }
            Self::Throttled(wait) => {
                let body =
                    json!({ "error": { "code": "Throttled", "message": "Too many requests." } });
                let mut reply = reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
                if let Some(wait) = *wait {
                    let form = world.tenant.registration.retry_after;
                    reply::retry_after(&mut reply, form, wait, exchange.wall);
                }
                reply
            }
        }
    }
}

impl From<Mishap> for ConnectorError {
    fn from(mishap: Mishap) -> Self {
        match mishap {
            Mishap::Throttled(wait) => Self::Throttled(wait),
            Mishap::Failed(StatusCode::PRECONDITION_FAILED) => Self::Coded(
                StatusCode::PRECONDITION_FAILED,
                "PreconditionFailed",
                "Precondition failed.",
            ),
            Mishap::Failed(status) => Self::Coded(status, "ServiceError", "Unknown service error"),
            Mishap::Entitlement => Self::MALFORMED_JSON,
        }
    }
}
