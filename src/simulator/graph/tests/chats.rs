//! Chats, the catalogue, and what every answer has.

use serde_json::{Value, json};

use crate::simulator::{Shape, visitor::Visitor};

#[test]
fn the_chat_is_found_by_the_app_in_it() {
    let visitor = Visitor::new(1, Shape::uniform());
    let person = visitor.first();
    let catalog_id = &visitor.world.facts().catalog_id;
    let path = format!(
        "/v1.0/users/{}/chats?$filter=installedApps/any(a:a/teamsApp/id eq '{catalog_id}')",
        person.object_id
    );

    let read = visitor.get(&path);

    assert_eq!(json!(visitor.chat(person)), read.rows()[0]["id"]);
    assert!(
        visitor
            .get(&path.replace(&**catalog_id, "x"))
            .rows()
            .is_empty()
    );
}

#[test]
fn a_chat_is_read_back_newest_first() {
    let visitor = Visitor::new(1, Shape::uniform());
    let chat = visitor.chat(visitor.first());
    let sent: Vec<Value> = (0..5)
        .map(|number| visitor.say(&chat, &format!("Message {number}")).body["id"].clone())
        .collect();

    let first = visitor.get(&format!("/v1.0/chats/{chat}/messages?$top=3"));
    let rest = visitor.get(
        first.body["@odata.nextLink"]
            .as_str()
            .unwrap()
            .strip_prefix("https://sim")
            .unwrap(),
    );

    let read: Vec<Value> = first
        .rows()
        .iter()
        .chain(rest.rows())
        .map(|row| row["id"].clone())
        .rev()
        .collect();
    assert_eq!(sent, read);
    assert_eq!("<p>Message 4</p>", first.rows()[0]["body"]["content"]);
    assert_eq!(
        visitor.world.facts().bot_id,
        first.rows()[0]["from"]["application"]["id"]
    );
    assert_eq!(400, visitor.get("/v1.0/chats/a%3A1x/messages").status);
}

#[test]
fn the_catalogue_tells_the_ids_of_an_app_apart() {
    let visitor = Visitor::new(1, Shape::uniform());
    let facts = visitor.world.facts();
    let path = format!(
        "/v1.0/appCatalogs/teamsApps?$filter=externalId eq '{}'",
        facts.manifest_id
    );

    let plain = visitor.get(&path);
    let expanded = visitor.get(&format!("{path}&$expand=appDefinitions($expand=bot)"));

    assert_eq!(json!(facts.catalog_id), plain.rows()[0]["id"]);
    assert_eq!("organization", plain.rows()[0]["distributionMethod"]);
    let definition = &expanded.rows()[0]["appDefinitions"][0];
    assert_eq!(
        json!(facts.client_id),
        definition["authorization"]["clientAppId"]
    );
    assert_eq!(json!(facts.bot_id), definition["bot"]["id"]);
    assert_eq!(3, visitor.get("/v1.0/appCatalogs/teamsApps").rows().len());
}

#[test]
fn a_request_id_is_echoed() {
    let visitor = Visitor::new(1, Shape::uniform());
    let request = http::Request::get("https://sim/v1.0/users").header("client-request-id", "mine");

    let read = visitor.send(request.body(bytes::Bytes::new()).unwrap());

    assert_eq!(
        (401, Some("mine")),
        (read.status, read.header("client-request-id"))
    );
    assert_eq!(
        "mine",
        read.body["error"]["innerError"]["client-request-id"]
    );
    assert_eq!(
        read.header("request-id"),
        read.body["error"]["innerError"]["request-id"].as_str()
    );
}
