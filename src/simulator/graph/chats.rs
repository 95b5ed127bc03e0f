//! The chat of bot and person, and what is in it.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Cx, Outcome, apps, error::GraphError, markup, select::Shown, transcript};
use crate::simulator::{
    odata::{
        filter::{Cell, Filter, Row},
        schema::{Kind, Schema},
    },
    reply,
    state::{Chat, Message, Standing},
    tenant::{catalog::App, person::Person},
};

const SCHEMA: Schema = Schema {
    properties: &[("chatType", Kind::Text)],
    collections: &[(
        "installedApps",
        Schema {
            properties: &[
                ("teamsApp/id", Kind::Text),
                ("teamsApp/externalId", Kind::Text),
            ],
            collections: &[],
        },
    )],
};

/// The properties of a chat.
const PROPERTIES: &[&str] = &[
    "id",
    "topic",
    "createdDateTime",
    "lastUpdatedDateTime",
    "chatType",
    "tenantId",
    "onlineMeetingInfo",
];

/// Shows the chat that belongs to an installation.
pub(crate) fn of_installation(cx: &Cx<'_>, user: &str, id: &str) -> Outcome {
    let selected = Shown::read(cx, PROPERTIES)?;
    let (place, person) = cx.user(user)?;
    let (number, _) = apps::find(cx, person.object_id, id)?;
    let works = cx
        .world
        .state()
        .desk(place)
        .is_some_and(|desk| desk.has_settled_app(cx.exchange.now));
    if !works || number != 0 {
        return Err(GraphError::NOT_FOUND);
    }
    let mut body = selected.of(show(cx, &person), &[]);
    if let Some(fields) = body.as_object_mut() {
        fields.insert(
            "@odata.context".to_owned(),
            cx.context("chats/$entity").into(),
        );
    }
    Ok(reply::json(StatusCode::OK, &body))
}

/// Lists the chats of a person, of which this world knows the bot's.
pub(crate) fn list(cx: &Cx<'_>, user: &str) -> Outcome {
    let filter: Option<Filter> = cx.query.get("$filter").map(str::parse).transpose()?;
    if let Some(filter) = &filter {
        SCHEMA.check(filter)?;
    }
    let selected = Shown::read(cx, PROPERTIES)?;
    let (place, person) = cx.user(user)?;
    let chat = cx
        .world
        .state()
        .desk(place)
        .map_or((Chat::Absent, false), |desk| (desk.chat, desk.has_app()));
    let row = ChatRow {
        apps: chat.1.then_some(&cx.world.tenant.own),
    };
    let shown = chat.0 == Chat::Open && filter.is_none_or(|filter| filter.holds(&row));
    let value: Vec<Value> = shown
        .then(|| selected.of(show(cx, &person), &[]))
        .into_iter()
        .collect();
    let body = json!({ "@odata.context": cx.context("chats"), "@odata.count": value.len(), "value": value });
    Ok(reply::json(StatusCode::OK, &body))
}

/// Lists the messages of a chat, newest first. Only Graph's own chat ids lead here.
pub(crate) fn messages(cx: &Cx<'_>, chat: &str) -> Outcome {
    let tenant = &cx.world.tenant;
    if !chat.starts_with("19:") {
        return Err(GraphError::bad_request(format!(
            "Invalid chat id '{chat}'."
        )));
    }
    let place = tenant
        .ids
        .read_chat(chat)
        .and_then(|id| tenant.by_object_id(id))
        .ok_or(GraphError::NOT_FOUND)?;
    let top = cx.query.top(50)?.unwrap_or(20);
    let start = cx.query.position()?;
    let mut state = cx.world.state();
    let desk = state.desk(place).ok_or(GraphError::NOT_FOUND)?;
    if desk.chat == Chat::Absent {
        return Err(GraphError::NOT_FOUND);
    }
    let newest_first = desk.messages.iter().rev().skip(start).take(top);
    let value: Vec<Value> = newest_first
        .map(|message| show_message(cx, chat, message))
        .collect();
    let next = start.saturating_add(top);
    let more = next < desk.messages.len();
    drop(state);
    let context = cx.context(&format!("chats('{chat}')/messages"));
    let mut body =
        json!({ "@odata.context": context, "@odata.count": value.len(), "value": value });
    if let (true, Some(fields)) = (more, body.as_object_mut()) {
        let link = cx.exchange.address(&cx.query.continued(next));
        fields.insert("@odata.nextLink".to_owned(), link.into());
    }
    Ok(reply::json(StatusCode::OK, &body))
}

fn show(cx: &Cx<'_>, person: &Person) -> Value {
    let tenant = &cx.world.tenant;
    json!({
        "id": tenant.ids.chat(person.object_id),
        "topic": null,
        "createdDateTime": "2026-01-15T08:00:00Z",
        "lastUpdatedDateTime": "2026-01-15T08:00:00Z",
        "chatType": "oneOnOne",
        "tenantId": tenant.facts.tenant_id,
        "onlineMeetingInfo": null,
    })
}

fn show_message(cx: &Cx<'_>, chat: &str, message: &Message) -> Value {
    let facts = cx.world.facts();
    let created = date(message.id);
    let changed = date(message.changed);
    let deleted = message.standing == Standing::Deleted;
    let content = &message.content;
    let attachments = attachments(cx, message);
    let tags: String = attachments
        .iter()
        .filter_map(|entry| {
            Some(format!(
                "<attachment id=\"{}\"></attachment>",
                entry.get("id")?.as_str()?
            ))
        })
        .collect();
    let kept = transcript::text(cx.world.tenant.registration.transcript, content.text());
    let text = format!("{}{tags}", markup::html(&kept, content.format));
    json!({
        "id": message.id.to_string(),
        "etag": message.changed.to_string(),
        "messageType": "message",
        "chatId": chat,
        "createdDateTime": created,
        "lastModifiedDateTime": changed,
        "lastEditedDateTime": (0 < message.edits).then_some(&changed),
        "deletedDateTime": deleted.then_some(&changed),
        "importance": "normal",
        "summary": content.summary,
        "from": {
            "user": null,
            "device": null,
            "application": { "id": facts.bot_id, "displayName": "Company News", "applicationIdentityType": "bot" },
        },
        "body": { "contentType": "html", "content": if deleted { "" } else { &text } },
        "attachments": if deleted { Vec::new() } else { attachments },
    })
}

/// Shows cards as Graph does: the content as JSON text.
fn attachments(cx: &Cx<'_>, message: &Message) -> Vec<Value> {
    let transcript = cx.world.tenant.registration.transcript;
    let stored = message.content.attachments.as_deref();
    let stored: Vec<Value> = stored
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let show = |(number, mut entry): (usize, Value)| {
        let content = entry.get_mut("content").map(Value::take);
        let content = content.map(|content| transcript::card(transcript, content));
        json!({
            "id": format!("{:032x}", (u128::from(message.id) << 8) + u128::try_from(number).unwrap_or_default()),
            "contentType": entry.get("contentType"),
            "contentUrl": entry.get("contentUrl"),
            "content": content.map(|content| content.to_string()),
            "name": entry.get("name"),
        })
    };
    stored.into_iter().enumerate().map(show).collect()
}

fn date(milliseconds: u64) -> String {
    let milliseconds = i64::try_from(milliseconds).unwrap_or_default();
    Timestamp::from_millisecond(milliseconds)
        .unwrap_or_default()
        .to_string()
}

/// A chat as it is filtered.
struct ChatRow<'a> {
    apps: Option<&'a App>,
}

impl Row for ChatRow<'_> {
    fn cell(&self, path: &str) -> Cell<'_> {
        if path == "chatType" {
            Cell::Text("oneOnOne")
        } else {
            Cell::Null
        }
    }

    fn any(&self, path: &str, condition: &Filter) -> bool {
        path == "installedApps"
            && self
                .apps
                .is_some_and(|app| condition.holds(&InstalledRow(app)))
    }
}

/// An app in a chat as it is filtered.
struct InstalledRow<'a>(&'a App);

impl Row for InstalledRow<'_> {
    fn cell(&self, path: &str) -> Cell<'_> {
        path.strip_prefix("teamsApp/")
            .map_or(Cell::Null, |rest| self.0.cell(rest))
    }

    fn any(&self, _: &str, _: &Filter) -> bool {
        false
    }
}
