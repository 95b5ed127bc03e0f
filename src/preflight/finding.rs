//! One answer of a check.

use serde::Serialize;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The message can be made.
    Message,
    /// The ledger can be written.
    Ledger,
    /// Reports can be written.
    Reports,
    /// A token for Microsoft Graph.
    GraphToken,
    /// A token for the Bot Connector.
    ConnectorToken,
    /// A permission the campaign needs.
    Permission,
    /// The app is in the catalogue.
    App,
    /// The app belongs to who signs in.
    AppRegistration,
    /// What the app asks for itself can be consented to.
    AppPermissions,
    /// The bot is the app's.
    Bot,
    /// Creating a conversation is harmless.
    Sessions,
    /// The Bot Connector takes our token.
    Connector,
    /// A source of people.
    Audience,
    /// A service is where we think it is.
    Endpoint,
    /// Our clock is right.
    Clock,
    /// One person's way, all of it but the message.
    Canary,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Odd, but no hindrance.
    Warning,
    /// It would befall everyone.
    Failed,
    /// It could not be told.
    NotChecked,
}

/// What was found, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was asked.
    pub check: Check,
    /// How it stands.
    pub result: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do, unless all is well.
    pub advice: Option<String>,
}

impl Check {
    /// The word for it, in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Ledger => "ledger",
            Self::Reports => "reports",
            Self::GraphToken => "graph-token",
            Self::ConnectorToken => "connector-token",
            Self::Permission => "permission",
            Self::App => "app",
            Self::AppRegistration => "app-registration",
            Self::AppPermissions => "app-permissions",
            Self::Bot => "bot",
            Self::Sessions => "sessions",
            Self::Connector => "connector",
            Self::Audience => "audience",
            Self::Endpoint => "endpoint",
            Self::Clock => "clock",
            Self::Canary => "canary",
        }
    }
}

impl Verdict {
    /// The word for it, in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NotChecked => "not checked",
        }
    }
}

impl Finding {
    /// All is well.
    pub fn ok(check: Check, detail: impl Into<String>) -> Self {
        Self {
            check,
            result: Verdict::Ok,
            detail: detail.into(),
            advice: None,
        }
    }

    /// It would befall everyone.
    pub fn failed(check: Check, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            result: Verdict::Failed,
            advice: Some(advice.into()),
            ..Self::ok(check, detail)
        }
    }

    /// Odd, but no hindrance.
    pub fn warning(check: Check, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            result: Verdict::Warning,
            ..Self::failed(check, detail, advice)
        }
    }

    /// It could not be told, for this reason.
    pub fn not_checked(check: Check, reason: impl Into<String>) -> Self {
        Self {
            result: Verdict::NotChecked,
            ..Self::ok(check, reason)
        }
    }

    /// Whether it is a reason not to begin.
    pub fn is_failed(&self) -> bool {
        self.result == Verdict::Failed
    }
}
