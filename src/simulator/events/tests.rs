//! Which events there are, what they say, and who signed them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::simulator::{
    Effect, Endpoint, EventKind, Hardship, Quotas, Registration, Shape, Upgrade, crypto::jwt::Jwt,
    visitor::Visitor,
};

fn nobody_has_the_app() -> Shape {
    Shape {
        installed: 0.0,
        ..Shape::uniform()
    }
}

fn kinds(visitor: &Visitor) -> Vec<EventKind> {
    let events = visitor.world.events("https://sim");
    events.into_iter().map(|event| event.kind).collect()
}

fn installation(visitor: &Visitor) -> String {
    let list = format!(
        "/v1.0/users/{}/teamwork/installedApps",
        visitor.first().object_id
    );
    let read = visitor.get(&list);
    let id = read.rows()[0]["id"].as_str().unwrap().replace('=', "%3D");
    format!("{list}/{id}")
}

#[test]
fn a_bot_hears_of_its_first_installation_twice_and_of_later_ones_once() {
    let visitor = Visitor::new(1, nobody_has_the_app());
    visitor.install(visitor.first());
    let installation = installation(&visitor);
    visitor.call("DELETE", &installation, &Value::Null);
    visitor.install(visitor.first());

    let expected = [
        EventKind::BotAdded,
        EventKind::Installed,
        EventKind::Removed,
        EventKind::Installed,
    ];
    assert_eq!(expected, *kinds(&visitor));
}

#[test]
fn a_bot_hears_when_a_hardship_removes_it() {
    let visitor = Visitor::new(1, Shape::uniform());
    let chat = visitor.chat(visitor.first());
    visitor
        .world
        .script(Hardship::new(Endpoint::SendActivity, Effect::UninstallApp));

    assert_eq!(403, visitor.say(&chat, "Hello").status);

    assert_eq!([EventKind::Removed], *kinds(&visitor));
}

#[test]
fn a_refused_installation_is_not_told() {
    let visitor = Visitor::new(1, Shape::uniform());

    visitor.install(visitor.first());

    assert_eq!(0, kinds(&visitor).len());
}

#[test]
fn an_upgrade_is_told_only_if_the_bot_comes_or_goes() {
    let outdated = Shape {
        outdated: 1.0,
        ..Shape::uniform()
    };
    for (upgrade, before, after, expected) in [
        (Upgrade::KeepsBot, 201, 201, vec![]),
        (
            Upgrade::AddsBot,
            403,
            201,
            vec![EventKind::BotAdded, EventKind::AddedByUpgrade],
        ),
        (
            Upgrade::RemovesBot,
            201,
            403,
            vec![EventKind::RemovedByUpgrade],
        ),
    ] {
        let registration = Registration {
            upgrade,
            ..Registration::default()
        };
        let visitor = Visitor::of(1, outdated.clone(), Quotas::Off, registration);
        let person = visitor.first().object_id;
        let first = visitor.create(person).status;

        let path = format!("{}/upgrade", installation(&visitor));
        let statuses = [0, 1].map(|_| visitor.post(&path, &Value::Null).status);

        assert_eq!([204, 204], statuses, "{upgrade:?}");
        assert_eq!((before, after), (first, visitor.create(person).status));
        assert_eq!(expected, kinds(&visitor), "{upgrade:?}");
    }
}

#[test]
fn what_people_do_themselves_is_told_as_well() {
    let visitor = Visitor::new(1, nobody_has_the_app());
    let person = visitor.first().object_id;

    visitor.world.install(person);
    visitor.world.uninstall(person);
    visitor.world.uninstall(person);

    let expected = [
        EventKind::BotAdded,
        EventKind::Installed,
        EventKind::Removed,
    ];
    assert_eq!(expected, *kinds(&visitor));
}

#[test]
fn an_event_says_who_where_and_what() {
    let mut visitor = Visitor::new(1, nobody_has_the_app());
    visitor.now = Duration::from_secs(5);
    visitor.install(visitor.first());
    let facts = visitor.world.facts();
    let person = visitor.first();

    let events = visitor.world.events("https://sim");
    let (added, installed) = (&events[0].activity, &events[1].activity);

    assert_eq!("conversationUpdate", added["type"]);
    let bot = format!("28:{}", facts.bot_id);
    assert_eq!(json!([{ "id": bot }]), added["membersAdded"]);
    assert_eq!(None, added.get("action"));
    assert_eq!("installationUpdate", installed["type"]);
    assert_eq!("add", installed["action"]);
    for (pointer, expected) in [
        ("/channelId", "msteams"),
        ("/serviceUrl", "https://sim/teams/"),
        ("/timestamp", "2026-11-30T08:00:05Z"),
        ("/from/aadObjectId", &person.object_id.to_string()),
        ("/recipient/id", &bot),
        ("/conversation/conversationType", "personal"),
        ("/conversation/tenantId", &facts.tenant_id),
        ("/channelData/tenant/id", &facts.tenant_id),
        ("/channelData/source/name", "message"),
        ("/channelData/app/id", &facts.manifest_id),
        ("/channelData/app/version", "1.1.0"),
        ("/entities/0/type", "clientInfo"),
    ] {
        let found = installed.pointer(pointer).and_then(Value::as_str);
        assert_eq!(Some(expected), found, "{pointer}");
    }
    assert_ne!(added["id"], installed["id"]);
    let conversation = installed["conversation"]["id"].as_str().unwrap();
    assert_eq!(201, visitor.say(conversation, "Hello").status);
    assert_eq!(
        201,
        visitor
            .create(installed["from"]["id"].as_str().unwrap())
            .status
    );
}

#[test]
fn some_events_leave_out_the_tenant_or_the_app() {
    let visitor = Visitor::new(5, nobody_has_the_app());
    for person in visitor.world.people() {
        visitor.world.install(person.object_id);
    }

    let events = visitor.world.events("https://sim");

    let lacking = |pointer: &str| {
        let without = |event: &&_| -> bool {
            let event: &crate::simulator::EventTruth = event;
            event.activity.pointer(pointer).is_none()
        };
        events.iter().filter(without).count()
    };
    assert_eq!(2, lacking("/conversation/tenantId"));
    assert_eq!(2, lacking("/channelData/app"));
    assert_eq!(0, lacking("/channelData/tenant/id"));
}

#[test]
fn an_event_is_signed_by_teams_for_the_bot_and_its_service_url() {
    let visitor = Visitor::new(1, nobody_has_the_app());
    visitor.world.install(visitor.first().object_id);

    let event = visitor
        .world
        .take_event(Duration::from_mins(1), "https://sim")
        .unwrap();
    let request = event.request("http://bot/api/messages").unwrap();

    let bearer = request.headers()["authorization"].to_str().unwrap();
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let jwt = Jwt::read(token).unwrap();
    assert!(visitor.world.keys.bot_framework.signed(&jwt));
    assert_eq!(Some("https://api.botframework.com"), jwt.claim("iss"));
    assert_eq!(Some(&*visitor.world.facts().bot_id), jwt.claim("aud"));
    assert_eq!(Some("https://sim/teams/"), jwt.claim("serviceurl"));
    assert_eq!(
        Some(3600),
        jwt.instant("exp")
            .zip(jwt.instant("nbf"))
            .map(|(exp, nbf)| exp - nbf)
    );
    let header = |name: &str| request.headers()[name].to_str().unwrap();
    let activity: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        activity["conversation"]["id"],
        header("x-ms-conversation-id")
    );
    assert_eq!(visitor.world.facts().tenant_id, header("x-ms-tenant-id"));
}

#[test]
fn an_event_is_taken_once_and_shows_how_it_was_answered() {
    let visitor = Visitor::new(1, nobody_has_the_app());
    visitor.world.install(visitor.first().object_id);
    let take = || visitor.world.take_event(visitor.now, "https://sim");
    let (one, two, none) = (take().unwrap(), take().unwrap(), take());

    visitor
        .world
        .event_answered(two.number, Duration::from_secs(3), Some(202));

    assert_eq!((0, 1, true), (one.number, two.number, none.is_none()));
    let shown = visitor.get("/_simulator/events").body;
    assert_eq!(json!([]), shown[0]["answers"]);
    assert_eq!(json!([{ "at": 3.0, "status": 202 }]), shown[1]["answers"]);
    assert_eq!("installed", shown[1]["kind"]);
    assert_eq!("https://sim/teams/", shown[1]["activity"]["serviceUrl"]);
}
