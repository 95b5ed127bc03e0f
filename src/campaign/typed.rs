//! The campaign file as typed. Never leaves this module's parent.

use std::{num::NonZeroU64, path::PathBuf};

use serde::{Deserialize, de::IgnoredAny};

use super::{cloud::Cloud, delivery::Delivery, identity::BotType, limits::Limits, wording::Format};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) name: String,
    #[serde(default)]
    pub(super) tenant: Tenant,
    #[serde(default)]
    pub(super) identity: Identity,
    pub(super) app: App,
    pub(super) audience: Audience,
    pub(super) message: Message,
    #[serde(default)]
    pub(super) delivery: Delivery,
    pub(super) rollout: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) limits: Limits,
}

/// `[tenant]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tenant {
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) cloud: Cloud,
    #[serde(default)]
    pub(super) endpoints: Endpoints,
}

/// `[tenant.endpoints]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    pub(super) authority: Option<String>,
    pub(super) graph: Option<String>,
    pub(super) connector: Option<String>,
    pub(super) bot_metadata: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
}

/// `[identity]`, and within it `[identity.connector]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    #[serde(default)]
    pub(super) kind: IdentityKind,
    pub(super) client_id: Option<String>,
    pub(super) client_secret_file: Option<PathBuf>,
    pub(super) client_certificate_path: Option<PathBuf>,
    pub(super) client_certificate_password_file: Option<PathBuf>,
    pub(super) federated_token_file: Option<PathBuf>,
    pub(super) service_connection_id: Option<String>,
    pub(super) object_id: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) bot_type: Option<BotType>,
    pub(super) connector: Option<Box<Self>>,
}

/// `identity.kind`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum IdentityKind {
    #[default]
    ClientSecret,
    ClientCertificate,
    WorkloadIdentity,
    ManagedIdentity,
    GithubOidc,
    AzurePipelines,
    AzureCli,
    Token,
}

/// `[app]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of the keys")]
pub(super) struct App {
    pub(super) catalog_id: Option<String>,
    pub(super) manifest_id: Option<String>,
    pub(super) bot_id: String,
}

/// `[audience]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Audience {
    pub(super) include: Vec<Source>,
    #[serde(default)]
    pub(super) exclude: Vec<Source>,
    #[serde(default)]
    pub(super) guests: bool,
    #[serde(default)]
    pub(super) disabled: bool,
    #[serde(default)]
    pub(super) unlicensed: bool,
    pub(super) max_recipients: Option<NonZeroU64>,
    #[serde(default)]
    pub(super) only_domains: Vec<String>,
}

/// One entry of `audience.include` or `audience.exclude`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    Csv(PathBuf),
    Users(Users),
    Group(String),
    Team(String),
}

/// `{ users = { … } }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Users {
    pub(super) filter: Option<String>,
    #[serde(default)]
    pub(super) new: bool,
}

/// `[message]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) text: Option<String>,
    pub(super) text_file: Option<PathBuf>,
    pub(super) card: Option<PathBuf>,
    #[serde(default)]
    pub(super) format: Format,
    pub(super) notification: Option<String>,
    #[serde(default)]
    pub(super) translation: Vec<IgnoredAny>,
}
