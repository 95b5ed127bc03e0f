//! Quotas, seen from outside: each row of what is documented.

mod directory;
mod teams;

use std::{cell::Cell, time::Duration};

use serde_json::Value;

use crate::simulator::{
    AppFacts, AppRegistration, Credentials, Person, Quotas, Registration, RetryAfter, Shape,
    visitor::{Read, Visitor},
};

type Ask = Box<dyn Fn(&Visitor, &Person) -> Read>;

const SECOND: Duration = Duration::from_secs(1);

fn visitor(people: usize, factor: f64) -> Visitor {
    let shape = Shape {
        teams_with_app: 1.0,
        ..Shape::uniform()
    };
    Visitor::of(
        people,
        shape,
        Quotas::Scaled(factor),
        Registration::default(),
    )
}

/// Returns how many requests pass at one instant before one is refused, and the refusal.
fn until_refused(visitor: &Visitor, request: impl Fn(&Visitor, &Person) -> Read) -> (usize, Read) {
    for (passed, person) in visitor.world.people().iter().cycle().enumerate() {
        let read = request(visitor, person);
        if read.status == 429 {
            return (passed, read);
        }
    }
    panic!("nobody to ask about");
}

fn installation(visitor: &Visitor, person: &Person) -> String {
    let catalog_id = visitor.world.tenant.own.catalog_id;
    let id = crate::simulator::tenant::ids::installation(person.object_id, catalog_id);
    format!(
        "/v1.0/users/{}/teamwork/installedApps/{}",
        person.object_id,
        id.replace('=', "%3D")
    )
}

#[test]
fn all_of_graph_has_a_budget_too() {
    let (passed, _) = until_refused(&visitor(1, 0.01), |visitor, _| visitor.get("/v1.0/nothing"));

    assert_eq!(1300, passed);
}

#[test]
fn each_budget_of_an_app_holds_what_is_documented() {
    let apps = |person: &Person| format!("/v1.0/users/{}/teamwork/installedApps", person.object_id);
    let next = Cell::new(0);
    let team = move |visitor: &Visitor| {
        let teams = visitor.world.tenant.groups.teams();
        let group = visitor
            .world
            .tenant
            .groups
            .of_team(next.replace(next.get() + 1) % teams.len());
        group.unwrap().id
    };
    let rows: [(&str, usize, Ask); 8] = [
        (
            "list",
            30,
            Box::new(move |visitor, person| visitor.get(&apps(person))),
        ),
        ("install", 30, Box::new(Visitor::install)),
        (
            "uninstall",
            15,
            Box::new(|visitor, person| {
                visitor.call("DELETE", &installation(visitor, person), &Value::Null)
            }),
        ),
        (
            "upgrade",
            30,
            Box::new(|visitor, person| {
                visitor.post(
                    &format!("{}/upgrade", installation(visitor, person)),
                    &Value::Null,
                )
            }),
        ),
        (
            "chat",
            30,
            Box::new(|visitor, person| {
                visitor.get(&format!("{}/chat", installation(visitor, person)))
            }),
        ),
        (
            "catalogue",
            30,
            Box::new(|visitor, _| visitor.get("/v1.0/appCatalogs/teamsApps")),
        ),
        (
            "members of teams",
            60,
            Box::new(move |visitor, _| {
                visitor.get(&format!("/v1.0/teams/{}/members", team(visitor)))
            }),
        ),
        (
            "connector",
            50,
            Box::new(|visitor, person| visitor.create(person.object_id)),
        ),
    ];
    for (name, expected, ask) in rows {
        let visitor = visitor(1000, 1.0);

        let (passed, refused) = until_refused(&visitor, ask);

        assert_eq!(expected, passed, "{name}");
        assert!(
            refused
                .header("retry-after")
                .unwrap()
                .parse::<u32>()
                .is_ok(),
            "{name}"
        );
    }
}

#[test]
fn each_counter_of_a_person_holds_what_is_documented() {
    let rows: [(&str, usize, Ask); 8] = [
        (
            "send",
            7,
            Box::new(|visitor, person| visitor.say(&visitor.chat(person), "Hello")),
        ),
        (
            "create",
            7,
            Box::new(|visitor, person| visitor.create(person.object_id)),
        ),
        (
            "members",
            14,
            Box::new(|visitor, person| {
                visitor.get(&format!(
                    "/teams/v3/conversations/{}/members",
                    visitor.chat(person)
                ))
            }),
        ),
        (
            "messages",
            1,
            Box::new(|visitor, person| {
                visitor.get(&format!("/v1.0/chats/{}/messages", visitor.chat(person)))
            }),
        ),
        (
            "chat",
            1,
            Box::new(|visitor, person| {
                visitor.get(&format!("{}/chat", installation(visitor, person)))
            }),
        ),
        (
            "roster",
            14,
            Box::new(|visitor, _| {
                let team = visitor.team_conversation("Sales");
                visitor.get(&format!("/teams/v3/conversations/{team}/pagedmembers"))
            }),
        ),
        (
            "team",
            4,
            Box::new(|visitor, _| {
                let team = visitor.group("Sales");
                visitor.get(&format!("/v1.0/teams/{team}/installedApps"))
            }),
        ),
        (
            "chats",
            5,
            Box::new(|visitor, person| {
                visitor.get(&format!("/v1.0/users/{}/chats", person.object_id))
            }),
        ),
    ];
    for (name, expected, ask) in rows {
        let (passed, _) = until_refused(&visitor(1, 1.0), ask);

        assert_eq!(expected, passed, "{name}");
    }
}

#[test]
fn a_refusal_of_graph_has_the_documented_form() {
    let visitor = visitor(1, 1.0);

    let (_, teams) = until_refused(&visitor, |visitor, _| {
        visitor.get("/v1.0/appCatalogs/teamsApps")
    });
    let (_, directory) = until_refused(&visitor, |visitor, _| visitor.get("/v1.0/users"));

    assert_eq!("TooManyRequests", teams.code());
    assert_eq!("429", teams.body["error"]["innerError"]["code"]);
    assert_eq!(None, teams.header("x-ms-throttle-scope"));
    assert!(directory.header("x-ms-throttle-scope").is_some());
    assert_eq!(
        Some("ResourceUnitLimitExceeded"),
        directory.header("x-ms-throttle-information")
    );
}

#[test]
fn a_refusal_of_the_connector_has_the_documented_form() {
    let (_, refused) = until_refused(&visitor(100, 1.0), |visitor, person| {
        visitor.create(person.object_id)
    });

    assert_eq!(
        ("Throttled", Some("1")),
        (refused.code(), refused.header("retry-after"))
    );
}

#[test]
fn whoever_waits_as_told_is_let_through() {
    let mut visitor = visitor(100, 1.0);
    let (_, refused) = until_refused(&visitor, |visitor, person| visitor.create(person.object_id));

    visitor.now += SECOND * refused.header("retry-after").unwrap().parse().unwrap();

    assert_eq!(201, visitor.create(visitor.first().object_id).status);
}

#[test]
fn the_form_of_retry_after_can_be_chosen() {
    for (retry_after, expected) in [
        (RetryAfter::Seconds, Some("1")),
        (RetryAfter::Fractional, Some("0.040")),
        (RetryAfter::Date, Some("Mon, 30 Nov 2026 08:00:02 GMT")),
        (RetryAfter::Absent, None),
    ] {
        let registration = Registration {
            retry_after,
            ..Registration::default()
        };
        let visitor = Visitor::of(100, Shape::uniform(), Quotas::Scaled(1.0), registration);

        let (_, refused) =
            until_refused(&visitor, |visitor, person| visitor.create(person.object_id));

        assert_eq!(expected, refused.header("retry-after"));
    }
}

#[test]
fn quotas_can_be_scaled_and_switched_off() {
    let (passed, _) = until_refused(&visitor(200, 2.0), |visitor, person| {
        visitor.create(person.object_id)
    });
    let off = Visitor::new(200, Shape::uniform());

    let refused = off
        .world
        .people()
        .iter()
        .filter(|person| off.create(person.object_id).status != 201)
        .count();

    assert_eq!((100, 0), (passed, refused));
    let quota = off.world.truth().quotas["connector"];
    assert_eq!(
        (200, 0, 200),
        (quota.seen, quota.refused, quota.peak_per_second)
    );
}

#[test]
fn the_account_says_what_was_seen_and_refused() {
    let visitor = visitor(60, 1.0);

    for person in visitor.world.people() {
        visitor.create(person.object_id);
    }

    let quota = visitor.world.truth().quotas["connector"];
    assert_eq!(
        (60, 10, 60),
        (quota.seen, quota.refused, quota.peak_per_second)
    );
}

#[test]
fn each_app_has_quotas_of_its_own() {
    let reader = AppRegistration {
        name: "Reader".to_owned(),
        permissions: vec!["TeamsAppInstallation.ReadForUser.All".to_owned()],
        credentials: Credentials::default(),
    };
    let registration = Registration {
        apps: vec![reader],
        ..Registration::default()
    };
    let mut visitor = Visitor::of(100, Shape::uniform(), Quotas::Scaled(1.0), registration);
    let apps = |visitor: &Visitor, person: &Person| {
        visitor.get(&format!(
            "/v1.0/users/{}/teamwork/installedApps",
            person.object_id
        ))
    };

    let (of_bot, _) = until_refused(&visitor, apps);
    let AppFacts {
        client_id,
        client_secret,
        ..
    } = visitor.world.facts().apps[0].clone();
    visitor.sign_in_to_graph_as(&client_id, &client_secret);
    let (of_reader, _) = until_refused(&visitor, apps);

    assert_eq!((30, 30), (of_bot, of_reader));
    let seen = visitor.world.truth().quotas["installed_apps_read"];
    assert_eq!((62, 2), (seen.seen, seen.refused));
}
