//! `[limits]`: how fast each service may be asked.

use serde::Deserialize;

use super::problem::Problem;

/// Requests a second for each budget; directory: resource units a second.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Looking for the app.
    pub installed_apps_read: f64,
    /// Installing the app.
    pub installed_apps_write: f64,
    /// Asking Graph for chats.
    pub graph_read: f64,
    /// The Bot Connector.
    pub connector: f64,
    /// Looking people up, in resource units.
    pub directory: f64,
}

impl Default for Limits {
    /// The documented quotas.
    fn default() -> Self {
        Self {
            installed_apps_read: 30.0,
            installed_apps_write: 30.0,
            graph_read: 30.0,
            connector: 50.0,
            directory: 800.0,
        }
    }
}

impl Limits {
    pub(super) fn checked(self) -> Result<Self, Problem> {
        let rates = [
            ("limits.installed_apps_read", self.installed_apps_read),
            ("limits.installed_apps_write", self.installed_apps_write),
            ("limits.graph_read", self.graph_read),
            ("limits.connector", self.connector),
            ("limits.directory", self.directory),
        ];
        for (key, rate) in rates {
            if !(rate.is_finite() && 0.0 < rate) {
                let problem = format!("{rate} is no rate; give a number greater than 0");
                return Err(Problem::invalid(key, problem));
            }
        }
        Ok(self)
    }
}
