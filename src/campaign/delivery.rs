//! `[delivery]`: how the message gets to people.

use serde::Deserialize;

/// What to do for people who lack the app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Install {
    /// Install it.
    #[default]
    IfMissing,
    /// Skip them, unless a team of the audience has it.
    Never,
    /// Install it in the teams of the audience, and nowhere else.
    Team,
}

/// Whom to ask for the chat of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolve {
    /// Whichever service is idle.
    #[default]
    Auto,
    /// Microsoft Graph.
    Graph,
    /// The Bot Connector.
    Connector,
}

/// What to do after a send whose result is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InDoubt {
    /// Leave it to the operator.
    #[default]
    Hold,
    /// Send again, at the risk of a second message.
    Resend,
}

/// How the message gets to people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// What to do for people who lack the app.
    pub install: Install,
    /// Whom to ask for the chat of a person.
    pub resolve: Resolve,
    /// What to do after a send whose result is unknown.
    pub in_doubt: InDoubt,
}
