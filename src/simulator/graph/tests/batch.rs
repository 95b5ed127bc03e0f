//! Batches: what is in one is served as if it came alone.

use std::time::Duration;

use serde_json::{Value, json};

use crate::simulator::{
    Canned, Effect, Endpoint, Hardship, Latency, Quotas, Registration, Shape, When,
    visitor::{Read, Visitor},
};

fn visitor(people: usize) -> Visitor {
    Visitor::new(
        people,
        Shape {
            installed: 0.0,
            ..Shape::uniform()
        },
    )
}

fn post(visitor: &Visitor, requests: &Value) -> Read {
    visitor.post("/v1.0/$batch", &json!({ "requests": requests }))
}

/// Returns the answer to the request with this id.
fn answer<'a>(read: &'a Read, id: &str) -> &'a Value {
    let answers = read.body["responses"].as_array().unwrap();
    answers.iter().find(|answer| answer["id"] == id).unwrap()
}

fn install(visitor: &Visitor, id: &str, place: usize) -> Value {
    let person = visitor.world.people()[place].object_id;
    let catalog_id = &visitor.world.facts().catalog_id;
    json!({
        "id": id,
        "method": "POST",
        "url": format!("/users/{person}/teamwork/installedApps"),
        "headers": { "Content-Type": "application/json" },
        "body": { "teamsApp@odata.bind": format!("https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{catalog_id}") },
    })
}

fn get(id: &str, url: &str) -> Value {
    json!({ "id": id, "method": "GET", "url": url })
}

#[test]
fn each_request_has_its_own_answer() {
    let visitor = visitor(2);

    let read = post(
        &visitor,
        &json!([
            install(&visitor, "a", 0),
            get("b", "/users?$select=id"),
            get("c", "users/nobody@x"),
            { "id": "d", "method": "GET", "url": "/users/$count", "headers": { "ConsistencyLevel": "eventual" } },
        ]),
    );

    assert_eq!(200, read.status);
    assert_eq!(json!(201), answer(&read, "a")["status"]);
    assert!(answer(&read, "a").get("body").is_none());
    assert_eq!(
        2,
        answer(&read, "b")["body"]["value"]
            .as_array()
            .unwrap()
            .len()
    );
    assert!(answer(&read, "b")["headers"]["Content-Type"].is_string());
    assert_eq!(
        "Request_ResourceNotFound",
        answer(&read, "c")["body"]["error"]["code"]
    );
    assert_eq!(json!(2), answer(&read, "d")["body"]);
    assert!(visitor.world.truth().people[0].has_app);
}

#[test]
fn the_answers_come_in_another_order() {
    let visitor = visitor(1);

    let read = post(&visitor, &json!([get("1", "/users"), get("2", "/users")]));

    let answers = read.body["responses"].as_array().unwrap();
    assert_eq!(["2", "1"], [&answers[0]["id"], &answers[1]["id"]]);
}

#[test]
fn a_batch_that_makes_no_sense_is_refused_as_a_whole() {
    let visitor = visitor(1);
    let many: Vec<Value> = (0..21).map(|id| get(&id.to_string(), "/users")).collect();
    let depends = |id: &str, on: &[&str]| json!({ "id": id, "method": "GET", "url": "/users", "dependsOn": on });
    for (requests, message) in [
        (
            json!(many),
            "Number of batch request steps exceeds the maximum value of 20.",
        ),
        (json!([]), "Invalid batch payload format."),
        (
            json!([{ "method": "GET", "url": "/users" }]),
            "Invalid batch payload format.",
        ),
        (
            json!([{ "id": "1", "url": "/users" }]),
            "Invalid batch payload format.",
        ),
        (
            json!([{ "id": "1", "method": "GET" }]),
            "Invalid batch payload format.",
        ),
        (
            json!([get("B", "/users"), get("b", "/users")]),
            "Request Id 'b' has to be unique in a batch.",
        ),
        (
            json!([get("a", "/users"), get("A", "/users")]),
            "Request Id 'A' has to be unique in a batch.",
        ),
        (
            json!([get("1", "https://sim/v1.0/users")]),
            "Request url 'https://sim/v1.0/users' has to be relative.",
        ),
        (
            json!([get("1", "/$batch")]),
            "Nested batch requests are not supported.",
        ),
        (
            json!([{ "id": "1", "method": "POST", "url": "/users/x/teamwork/installedApps", "body": {} }]),
            "Write request id : 1 does not contain Content-Type header or body.",
        ),
        (
            json!([{ "id": "1", "method": "POST", "url": "/users", "headers": { "Content-Type": "application/json" } }]),
            "Write request id : 1 does not contain Content-Type header or body.",
        ),
        (
            json!([depends("1", &["2"])]),
            "Request Id '1' depends on '2', which is no request before it.",
        ),
        (
            json!([
                get("1", "/users"),
                depends("2", &["1"]),
                depends("3", &["1", "2"])
            ]),
            "Request Id '3' can depend on one request only.",
        ),
        (
            json!([
                get("1", "/users"),
                depends("2", &["1"]),
                get("3", "/users"),
                depends("4", &["3"])
            ]),
            "The dependencies of a batch have to be parallel, serial or the same.",
        ),
    ] {
        let read = post(&visitor, &requests);

        assert_eq!(
            (400, "BadRequest", message),
            (read.status, read.code(), read.message())
        );
    }
    assert_eq!(400, visitor.post("/v1.0/$batch", &json!([])).status);
    assert_eq!(405, visitor.get("/v1.0/$batch").status);
}

#[test]
fn what_depends_on_a_failure_fails_without_being_tried() {
    let visitor = visitor(2);
    let mut second = install(&visitor, "2", 0);
    second["dependsOn"] = json!(["1"]);
    let mut third = install(&visitor, "3", 1);
    third["dependsOn"] = json!(["2"]);

    let read = post(
        &visitor,
        &json!([get("1", "/users/nobody@x"), second, third]),
    );

    let statuses = ["1", "2", "3"].map(|id| answer(&read, id)["status"].clone());
    assert_eq!([json!(404), json!(424), json!(424)], statuses);
    assert!(
        visitor
            .world
            .truth()
            .people
            .iter()
            .all(|person| !person.has_app)
    );
}

#[test]
fn what_depends_on_a_success_comes_after_it() {
    let visitor = visitor(1);
    let person = visitor.first().object_id;
    let mut second = get("2", &format!("/users/{person}/teamwork/installedApps"));
    second["dependsOn"] = json!(["1"]);

    let read = post(&visitor, &json!([install(&visitor, "1", 0), second]));

    assert_eq!(
        1,
        answer(&read, "2")["body"]["value"]
            .as_array()
            .unwrap()
            .len()
    );
}

#[test]
fn every_request_in_a_batch_counts_and_is_refused_by_itself() {
    let shape = Shape::uniform();
    let visitor = Visitor::of(40, shape, Quotas::Scaled(1.0), Registration::default());
    let batch = |from: usize| {
        let list = |place: usize| {
            format!(
                "/users/{}/teamwork/installedApps",
                visitor.world.people()[place].object_id
            )
        };
        let requests: Vec<Value> = (from..from + 20)
            .map(|place| get(&place.to_string(), &list(place)))
            .collect();
        post(&visitor, &json!(requests))
    };

    let (first, second) = (batch(0), batch(20));

    let refused = |read: &Read| {
        let answers = read.body["responses"].as_array().unwrap().iter();
        answers
            .filter(|answer| answer["status"] == 429)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!((200, 200), (first.status, second.status));
    assert_eq!((0, 10), (refused(&first).len(), refused(&second).len()));
    assert_eq!(None, second.header("retry-after"));
    assert_eq!("1", refused(&second)[0]["headers"]["Retry-After"]);
    assert_eq!(40, visitor.world.truth().quotas["installed_apps_read"].seen);
}

#[test]
fn a_hardship_befalls_what_is_in_a_batch() {
    let visitor = visitor(3);
    let failure = Hardship::new(
        Endpoint::InstallApp,
        Effect::Respond(Canned::entitlement_failure()),
    );
    visitor.world.script(failure.when(When::Nth(1)));
    visitor
        .world
        .script(Hardship::new(Endpoint::InstallApp, Effect::LoseAnswer).when(When::Nth(2)));

    let requests: Vec<Value> = (0..3)
        .map(|place| install(&visitor, &place.to_string(), place))
        .collect();
    let read = post(&visitor, &json!(requests));

    let statuses = ["0", "1", "2"].map(|id| answer(&read, id)["status"].clone());
    assert_eq!([json!(400), json!(504), json!(201)], statuses);
    let has_app: Vec<bool> = visitor
        .world
        .truth()
        .people
        .iter()
        .map(|person| person.has_app)
        .collect();
    assert_eq!(vec![false, true, true], has_app);
}

#[test]
fn a_batch_takes_as_long_as_its_slowest_request() {
    let visitor = visitor(2);
    let second = Duration::from_secs(1);
    visitor
        .world
        .script(Hardship::new(Endpoint::InstallApp, Effect::Delay(second)));

    let requests = json!([install(&visitor, "1", 0), install(&visitor, "2", 1)]);

    assert_eq!(
        second,
        visitor.delay("/v1.0/$batch", &json!({ "requests": requests }))
    );
}

#[test]
fn a_batch_of_beta_asks_beta() {
    let visitor = visitor(1);
    let requests = json!({ "requests": [get("1", "/users")] });

    let read = visitor.post("/beta/$batch", &requests);

    assert_eq!(
        "https://sim/beta/$metadata#users",
        answer(&read, "1")["body"]["@odata.context"]
    );
}

#[test]
fn a_batch_is_slow_once_and_what_is_in_it_suffers_by_itself() {
    let mut visitor = visitor(5);
    let slow = Duration::from_millis(80);
    visitor.world = visitor.world.answering_after(Latency::Fixed(slow));
    let short = Hardship::new(Endpoint::ListUsers, Effect::Page(2));
    visitor.world.script(short);
    let requests = json!([get("1", "/users"), get("2", "/users/delta")]);

    let read = post(&visitor, &requests);

    let rows = |id| answer(&read, id)["body"]["value"].as_array().unwrap().len();
    assert_eq!((2, 5), (rows("1"), rows("2")));
    let body = json!({ "requests": requests });
    assert_eq!(slow, visitor.delay("/v1.0/$batch", &body));
}
