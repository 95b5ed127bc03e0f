//! An event as it is posted.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EventKind, Occurrence};
use crate::simulator::{signin::BOT_ISSUER, tenant::dice::Dice, world::World};

/// How long the token of an event is good, in seconds.
const LIFETIME: i64 = 3600;

/// Writes the `number`th event of the world.
///
/// Some events leave out the tenant of the conversation, some the app, as
/// those of Teams do; which ones is always the same.
pub(super) fn write(
    world: &World,
    number: usize,
    occurrence: Occurrence,
    base_url: &str,
) -> Option<Value> {
    let tenant = &world.tenant;
    let facts = world.facts();
    let person = tenant.person(occurrence.place)?;
    let id = Dice::new(tenant.seed, 30 + u64::try_from(number).unwrap_or_default()).guid();
    let bot = format!("28:{}", facts.bot_id);
    let locale = person.preferred_language.as_deref().unwrap_or("en-US");
    let mut activity = json!({
        "type": "installationUpdate",
        "id": format!("f:{id}"),
        "timestamp": world.wall(occurrence.at).to_string(),
        "channelId": "msteams",
        "serviceUrl": format!("{}/teams/", base_url.trim_end_matches('/')),
        "from": {
            "id": tenant.ids.pairwise(person.object_id),
            "aadObjectId": person.object_id.to_string(),
        },
        "recipient": { "id": bot, "name": tenant.own.display_name },
        "conversation": {
            "id": tenant.ids.conversation(person.object_id, 0),
            "conversationType": "personal",
        },
        "channelData": {
            "tenant": { "id": facts.tenant_id },
            "source": { "name": "message" },
        },
        "locale": locale,
        "entities": [{
            "type": "clientInfo",
            "locale": locale,
            "country": "US",
            "platform": "Web",
            "timezone": "Europe/Zurich",
        }],
    });
    let fields = activity.as_object_mut()?;
    let action = match occurrence.kind {
        EventKind::BotAdded => {
            fields.insert("type".to_owned(), "conversationUpdate".into());
            fields.insert("membersAdded".to_owned(), json!([{ "id": bot }]));
            None
        }
        EventKind::Installed => Some("add"),
        EventKind::Removed => Some("remove"),
        EventKind::AddedByUpgrade => Some("add-upgrade"),
        EventKind::RemovedByUpgrade => Some("remove-upgrade"),
    };
    if let Some(action) = action {
        fields.insert("action".to_owned(), action.into());
    }
    let mut add = |part: &str, name: &str, value: Value| {
        if let Some(part) = fields.get_mut(part).and_then(Value::as_object_mut) {
            part.insert(name.to_owned(), value);
        }
    };
    if occurrence.place % 5 != 4 {
        add("conversation", "tenantId", facts.tenant_id.clone().into());
    }
    if occurrence.place % 3 != 2 {
        let app = json!({ "id": facts.manifest_id, "version": tenant.own.version_of(occurrence.version) });
        add("channelData", "app", app);
    }
    Some(activity)
}

/// Signs for `activity`, `now` after the world began.
pub(super) fn token(world: &World, now: Duration, activity: &Value) -> String {
    let second = world.wall(now).as_second();
    world.keys.bot_framework.sign(&json!({
        "iss": BOT_ISSUER,
        "aud": world.facts().bot_id,
        "serviceurl": activity.get("serviceUrl"),
        "nbf": second,
        "iat": second,
        "exp": second.saturating_add(LIFETIME),
    }))
}
