//! Why a posting is refused.

use http::StatusCode;

/// Why a posting is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// No token.
    #[error("there is no bearer token")]
    Absent,
    /// Something that is no token.
    #[error("the token cannot be read")]
    Unreadable,
    /// A token that is not signed with RS256.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// A key that the channel does not publish, or no longer.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// A signature that is not the key's.
    #[error("the token's signature is wrong")]
    Signature,
    /// Issued by somebody else.
    #[error("the token is from another issuer")]
    Issuer,
    /// Issued for another bot.
    #[error("the token is for another bot")]
    Audience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// The key does not speak for the activity's channel.
    #[error("the key does not endorse the channel")]
    Endorsement,
    /// The activity is from another channel than Teams.
    #[error("the activity is from another channel than Teams")]
    Channel,
    /// The activity names another service URL than the token.
    #[error("the activity names another service URL than the token")]
    ServiceUrl,
    /// The body is no JSON object, or nested too deeply.
    #[error("the activity cannot be read")]
    Activity,
    /// The body is larger than any activity.
    #[error("the activity is too large")]
    TooLarge,
    /// The body did not come in time.
    #[error("the activity did not come in time")]
    TooSlow,
}

impl Refusal {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Absent => StatusCode::UNAUTHORIZED,
            Self::Unreadable
            | Self::Algorithm
            | Self::UnknownKey
            | Self::Signature
            | Self::Issuer
            | Self::Audience
            | Self::Expired
            | Self::NotYet
            | Self::Endorsement
            | Self::Channel
            | Self::ServiceUrl => StatusCode::FORBIDDEN,
            Self::Activity => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}
