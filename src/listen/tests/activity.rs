//! What activities tell.

use super::*;
use crate::{
    ledger::{Notice, Presence},
    listen::{Addressee, Refusal, Speaker, Told, told, verify},
    model::{ChatId, MemberId, ObjectId},
};

async fn speaker() -> Speaker {
    let keys = only(published(TEAMS, "one", &json!(["msteams"]))).await;
    let token = sign(TEAMS, &head(), &claims());
    verify(&token, &keys["one"], &expected(), now()).unwrap()
}

async fn hear(body: &[u8]) -> Result<Told, Refusal> {
    let addressee = Addressee {
        bot_id: BOT.to_owned(),
        tenant_id: TENANT.to_owned(),
    };
    told(body, &speaker().await, &addressee, now())
}

/// What an activity tells that differs from the usual at these pointers.
async fn with<const N: usize>(changes: [(&str, Value); N]) -> Told {
    let mut activity = installed();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        activity.pointer_mut(parent).unwrap()[name] = value;
    }
    hear(activity.to_string().as_bytes()).await.unwrap()
}

fn notice(presence: Presence) -> Notice {
    Notice {
        person: ObjectId::new("aaaaaaaa-0000-0000-0000-000000000001").unwrap(),
        at: "2027-01-15T07:59:58.123Z".to_owned(),
        presence,
    }
}

fn here() -> Notice {
    notice(Presence::Here {
        chat: ChatId::new("a:ann").unwrap(),
        member: MemberId::new("29:ann").ok(),
        service_url: Some(URL.to_owned()),
    })
}

#[tokio::test]
async fn an_app_that_comes_brings_the_chat() {
    let bot = json!([{ "id": format!("28:{BOT}") }]);

    let added = with([]).await;
    let with_upgrade = with([("/action", "add-upgrade".into())]).await;
    let bot_added = with([
        ("/type", "conversationUpdate".into()),
        ("/action", Value::Null),
        ("/membersAdded", bot),
    ])
    .await;

    for told in [added, with_upgrade, bot_added] {
        assert_eq!(told, Told::Notice(here()));
    }
}

#[tokio::test]
async fn a_bot_that_goes_takes_the_chat_away() {
    let bot = json!([{ "id": format!("28:{}", BOT.to_uppercase()) }]);

    let removed = with([("/action", "remove".into())]).await;
    let upgraded_away = with([("/action", "remove-upgrade".into())]).await;
    let bot_removed = with([
        ("/type", "conversationUpdate".into()),
        ("/membersRemoved", bot),
    ])
    .await;

    for told in [removed, upgraded_away, bot_removed] {
        assert_eq!(told, Told::Notice(notice(Presence::Gone)));
    }
}

#[tokio::test]
async fn what_is_not_about_the_bot_in_a_persons_chat_of_the_tenant_tells_nothing() {
    let other_member = json!([{ "id": "29:bob" }, {}]);
    for changes in [
        [("/type", "message".into()), ("/text", "hello".into())],
        [("/type", "somethingNew".into()), ("/action", "add".into())],
        [("/type", Value::Null), ("/action", "add".into())],
        [("/action", "add-later".into()), ("/x", Value::Null)],
        [
            ("/type", "conversationUpdate".into()),
            ("/membersAdded", other_member),
        ],
        [
            ("/conversation/conversationType", "channel".into()),
            ("/x", Value::Null),
        ],
        [
            ("/conversation/conversationType", Value::Null),
            ("/x", Value::Null),
        ],
        [
            ("/conversation/tenantId", "another".into()),
            ("/x", Value::Null),
        ],
        [("/from", Value::Null), ("/x", Value::Null)],
        [("/from/aadObjectId", "ann".into()), ("/x", Value::Null)],
        [("/conversation/id", " ".into()), ("/x", Value::Null)],
        [("/conversation", "text".into()), ("/x", Value::Null)],
    ] {
        let told = with(changes.clone()).await;

        assert!(matches!(told, Told::Nothing(_)), "{changes:?}: {told:?}");
    }
}

#[tokio::test]
async fn the_tenant_may_be_named_beside_the_conversation() {
    for absent in [Value::Null, "".into()] {
        let told = with([("/conversation/tenantId", absent.clone())]).await;
        assert_eq!(told, Told::Notice(here()));

        let nowhere = with([
            ("/conversation/tenantId", absent),
            ("/channelData/tenant", Value::Null),
        ]);
        assert!(matches!(nowhere.await, Told::Nothing(_)));
    }
}

#[tokio::test]
async fn what_may_be_lacking_is_left_out() {
    let Told::Notice(notice) = with([
        ("/from/id", "8:orgid:x".into()),
        ("/timestamp", "yesterday".into()),
    ])
    .await
    else {
        panic!("it tells something");
    };

    assert_eq!(notice.at, format!("{:.3}", now()));
    assert!(matches!(
        notice.presence,
        Presence::Here { member: None, .. }
    ));
}

#[tokio::test]
async fn a_time_ahead_of_ours_is_now() {
    let Told::Notice(notice) = with([("/timestamp", "2099-01-01T00:00:00Z".into())]).await else {
        panic!("it tells something");
    };

    assert_eq!(notice.at, format!("{:.3}", now()));
}

#[tokio::test]
async fn what_the_token_is_not_about_is_refused() {
    for (name, value, refusal) in [
        ("channelId", "webchat", Refusal::Endorsement),
        ("serviceUrl", "https://evil.example/", Refusal::ServiceUrl),
    ] {
        let mut activity = installed();
        activity[name] = value.into();

        let refused = hear(activity.to_string().as_bytes()).await;

        assert_eq!(refused, Err(refusal));
    }
}

#[tokio::test]
async fn what_is_no_activity_is_refused_however_deep_it_is() {
    let mut deep = installed().to_string();
    deep.truncate(deep.len() - 1);
    let deep = format!("{deep},\"x\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let endless = "[".repeat(200_000);

    for body in ["", "{", "[]", "7", "null", &deep, &endless] {
        let refused = hear(body.as_bytes()).await;

        assert_eq!(refused, Err(Refusal::Activity));
    }
    assert_eq!(hear(&[0xff, 0xfe]).await, Err(Refusal::Activity));
}
