//! Resource units of the directory.

use std::time::Duration;

use super::{until_refused, visitor};
use crate::simulator::{
    AppRegistration, Credentials, Quotas, Registration, Shape, visitor::Visitor,
};

#[test]
fn the_size_of_a_tenant_decides_how_many_units_it_has() {
    for (people, units) in [(1, 3500), (49, 3500), (50, 5000), (500, 5000), (501, 8000)] {
        let visitor = visitor(people, 1.0);

        let (passed, _) = until_refused(&visitor, |visitor, _| {
            visitor.get("/v1.0/users?$select=id&$top=1")
        });

        assert_eq!(units, passed, "{people} people");
    }
}

#[test]
fn ten_seconds_bring_back_a_budget_but_for_the_attempt_that_was_refused() {
    let mut visitor = visitor(49, 0.1);
    let ask = "/v1.0/users?$select=id&$top=1";
    until_refused(&visitor, |visitor, _| visitor.get(ask));

    visitor.now += Duration::from_secs(10);

    let (passed, _) = until_refused(&visitor, |visitor, _| visitor.get(ask));
    assert_eq!(349, passed);
}

#[test]
fn a_refusal_names_scope_limit_app_and_tenant_or_resource() {
    let reader = AppRegistration {
        name: "Reader".to_owned(),
        permissions: vec!["User.Read.All".to_owned()],
        credentials: Credentials::default(),
    };
    let registration = Registration {
        apps: vec![reader],
        ..Registration::default()
    };
    let mut visitor = Visitor::of(1, Shape::uniform(), Quotas::Scaled(0.1), registration);
    let facts = visitor.world.facts().clone();
    let app = facts.apps[0].clone();
    visitor.sign_in_to_graph_as(&app.client_id, &app.client_secret);

    let (_, refused) = until_refused(&visitor, |visitor, _| visitor.get("/v1.0/users"));

    let scope: Vec<&str> = refused
        .header("x-ms-throttle-scope")
        .unwrap()
        .split('/')
        .collect();
    let [_, limit, named, tenant] = *scope else {
        panic!("{scope:?}");
    };
    assert_eq!(
        ("ReadWrite", &*app.client_id, &*facts.tenant_id),
        (limit, named, tenant)
    );
}

#[test]
fn each_read_of_the_directory_costs_what_is_documented() {
    for (path, cost) in [
        ("users", 2),
        ("users?$select=id", 1),
        ("users?$select=id&$top=1", 1),
        ("users/USER", 1),
        ("users/USER/licenseDetails", 1),
        ("users/delta", 1),
        ("groups", 1),
        ("groups/GROUP", 1),
        ("groups/GROUP/members", 3),
        ("groups/GROUP/members?$select=id", 2),
        ("groups/GROUP/members?$expand=manager", 4),
        ("users?$expand=manager&$select=id", 2),
        ("groups/GROUP/transitiveMembers", 5),
        ("groups/GROUP/transitiveMembers?$select=id&$top=5", 3),
    ] {
        // A tenth of 8,000 units.
        let visitor = visitor(600, 0.1);
        let person = visitor.first().object_id.to_string();
        let path = path.replace("USER", &person);
        let path = format!("/v1.0/{}", path.replace("GROUP", &visitor.group("Nobody")));

        let first = visitor.get(&path);
        let (passed, refused) = until_refused(&visitor, |visitor, _| visitor.get(&path));

        assert_eq!(
            Some(&*cost.to_string()),
            first.header("x-ms-resource-unit"),
            "{path}"
        );
        assert_eq!(800 / cost, 1 + passed, "{path}");
        assert!(refused.header("x-ms-throttle-scope").is_some(), "{path}");
    }
}

#[test]
fn the_directory_says_what_a_request_cost_and_when_it_gets_tight() {
    let visitor = visitor(1, 1.0);

    let first = visitor.get("/v1.0/users");
    let one = visitor.get("/v1.0/users?$select=id&$top=5");
    let later = (0..1500)
        .map(|_| visitor.get("/v1.0/users"))
        .last()
        .unwrap();

    assert_eq!(
        (Some("2"), Some("1")),
        (
            first.header("x-ms-resource-unit"),
            one.header("x-ms-resource-unit")
        )
    );
    assert_eq!(None, first.header("x-ms-throttle-limit-percentage"));
    assert_eq!(Some("0.9"), later.header("x-ms-throttle-limit-percentage"));
}
