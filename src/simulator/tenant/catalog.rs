//! The app catalogue of a tenant.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    dice::Dice,
    person::Installed,
    registration::{Publishing, Registration},
};
use crate::simulator::guid::Guid;

/// The Store app that a tenant has beside its own.
const POLLY: Guid = Guid(0x1542_629c_01b3_4a6d_8f76_1938_b779_e48d);

/// The version of an app unless its registration says otherwise.
const VERSION: &str = "1.1.0";

/// An app that can be installed.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// The catalogue's id.
    pub(crate) catalog_id: Guid,
    /// The manifest's id; the same as the catalogue's for a Store app.
    pub(crate) manifest_id: Guid,
    /// The name people see.
    pub(crate) display_name: &'static str,
    /// `organization` or `store`.
    pub(crate) distribution: &'static str,
    /// The Entra app that the manifest names.
    pub(crate) signs_in_as: Guid,
    /// The bot, as an Entra app id.
    pub(crate) bot: Guid,
    /// The application resource-specific permissions it declares.
    pub(crate) resource_specific: Vec<String>,
    /// Its newest version.
    version: String,
    /// The version that people have who have an old one.
    outdated_version: String,
    /// The delegated resource-specific permissions it declares.
    pub(crate) delegated: Vec<String>,
    /// Whether an administrator let it into the catalogue.
    pub(crate) publishing: Publishing,
}

/// In whose name a resource-specific permission is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PermissionKind {
    /// The app's.
    Application,
    /// A person's.
    Delegated,
}

impl PermissionKind {
    /// Returns the word of Graph.
    pub(crate) fn in_graph(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Delegated => "delegated",
        }
    }

    /// Returns the word of manifests.
    pub(crate) fn in_manifest(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Delegated => "Delegated",
        }
    }
}

impl App {
    /// Returns the app that the simulated bot belongs to.
    pub(crate) fn own(
        dice: &mut Dice,
        signs_in_as: Guid,
        bot: Guid,
        registration: &Registration,
    ) -> Self {
        Self {
            catalog_id: dice.guid(),
            manifest_id: dice.guid(),
            display_name: "Company News",
            distribution: "organization",
            signs_in_as,
            bot,
            resource_specific: registration.resource_specific_permissions.clone(),
            version: registration.version.clone(),
            outdated_version: registration.outdated_version.clone(),
            delegated: registration.delegated_permissions.clone(),
            publishing: registration.publishing,
        }
    }

    /// Returns the version that somebody has, or the newest.
    pub(crate) fn version_of(&self, installed: Installed) -> &str {
        match installed {
            Installed::Outdated => &self.outdated_version,
            Installed::Current | Installed::Absent => &self.version,
        }
    }

    /// Returns an app of the Store.
    pub(crate) fn store(dice: &mut Dice) -> Self {
        Self {
            catalog_id: POLLY,
            manifest_id: POLLY,
            display_name: "Polly",
            distribution: "store",
            signs_in_as: dice.guid(),
            bot: dice.guid(),
            resource_specific: Vec::new(),
            version: VERSION.to_owned(),
            outdated_version: VERSION.to_owned(),
            delegated: Vec::new(),
            publishing: Publishing::Published,
        }
    }

    /// Returns an app of the organisation that is none of ours.
    pub(crate) fn foreign(dice: &mut Dice) -> Self {
        Self {
            catalog_id: dice.guid(),
            manifest_id: dice.guid(),
            display_name: "Expenses",
            distribution: "organization",
            signs_in_as: dice.guid(),
            bot: dice.guid(),
            resource_specific: Vec::new(),
            version: VERSION.to_owned(),
            outdated_version: VERSION.to_owned(),
            delegated: Vec::new(),
            publishing: Publishing::Published,
        }
    }

    /// Returns the resource-specific permissions it declares.
    pub(crate) fn permissions(&self) -> impl Iterator<Item = (&str, PermissionKind)> {
        let applications = self.resource_specific.iter().map(String::as_str);
        let delegated = self.delegated.iter().map(String::as_str);
        applications
            .map(|name| (name, PermissionKind::Application))
            .chain(delegated.map(|name| (name, PermissionKind::Delegated)))
    }

    /// Returns the id of one version of the app.
    pub(crate) fn definition_id(&self, version: &str) -> String {
        STANDARD.encode(format!("{}##{version}##Published", self.catalog_id))
    }
}
