//! The app's manifest, as its maker uploaded it.
//!
//! What Graph shows of an app says nothing about sessions, notifications or
//! scopes; they stand only here.

use serde_json::{Value, json};

use super::{
    Tenant,
    person::Installed,
    registration::{Conversation, Sessions, Upgrade},
};

impl Tenant {
    /// Returns the manifest of the app's newest version, as far as a bot goes.
    pub(crate) fn manifest(&self) -> Value {
        let (app, registration) = (&self.own, &self.registration);
        let declared = app
            .permissions()
            .map(|(name, kind)| json!({ "name": name, "type": kind.in_manifest() }));
        let declared: Vec<Value> = declared.collect();
        let bot = json!({
            "botId": app.bot.to_string(),
            "scopes": ["personal", "team"],
            "isNotificationOnly": registration.conversation == Conversation::NotificationOnly,
            "supportsSessions": registration.sessions == Sessions::Many,
        });
        let bots = match registration.upgrade {
            Upgrade::KeepsBot | Upgrade::AddsBot => vec![bot],
            Upgrade::RemovesBot => Vec::new(),
        };
        json!({
            "id": app.manifest_id.to_string(),
            "version": app.version_of(Installed::Current),
            "name": { "short": app.display_name },
            "bots": bots,
            "webApplicationInfo": { "id": app.signs_in_as.to_string() },
            "authorization": { "permissions": { "resourceSpecific": declared } },
        })
    }
}
