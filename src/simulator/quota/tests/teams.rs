//! The budgets of Teams in Graph, asked about teams and chats.

use std::cell::Cell;

use serde_json::Value;

use super::{installation, until_refused};
use crate::simulator::{
    Quotas, Registration, Shape,
    tenant::ids,
    visitor::{Read, Visitor},
};

/// Visits as many teams as it takes to spend a budget before that of one team.
fn visitor(people: usize) -> Visitor {
    let shape = Shape {
        teams_with_app: 1.0,
        ..Shape::uniform()
    };
    let permissions = [
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
        "TeamsAppInstallation.ReadWriteSelfForTeam.All",
        "Team.ReadBasic.All",
        "Chat.Read.All",
    ];
    let registration = Registration {
        permissions: permissions.map(str::to_owned).to_vec(),
        ..Registration::default()
    };
    Visitor::of(people, shape, Quotas::Scaled(1.0), registration)
}

/// Asks about one team after the other, and returns how many requests passed.
fn over_all_teams(ask: fn(&Visitor, &str, &str) -> Read) -> usize {
    let next = Cell::new(0);
    let (passed, _) = until_refused(&visitor(1000), |visitor, _| {
        let groups = &visitor.world.tenant.groups;
        let number = next.replace(next.get() + 1) % groups.teams().len();
        let team = groups.of_team(number).unwrap().id;
        let installation = ids::installation(team, visitor.world.tenant.own.catalog_id);
        ask(
            visitor,
            &format!("teams/{team}"),
            &installation.replace('=', "%3D"),
        )
    });
    passed
}

#[test]
fn apps_of_teams_have_the_budgets_of_apps() {
    let list =
        over_all_teams(|visitor, team, _| visitor.get(&format!("/v1.0/{team}/installedApps")));
    let install = over_all_teams(|visitor, team, _| visitor.install_at(team));
    let uninstall = over_all_teams(|visitor, team, id| {
        let path = format!("/v1.0/{team}/installedApps/{id}");
        visitor.call("DELETE", &path, &Value::Null)
    });
    let upgrade = over_all_teams(|visitor, team, id| {
        let path = format!("/v1.0/{team}/installedApps/{id}/upgrade");
        visitor.post(&path, &Value::Null)
    });
    let team = over_all_teams(|visitor, team, _| visitor.get(&format!("/v1.0/{team}")));

    assert_eq!(
        [30, 30, 15, 30, 30],
        [list, install, uninstall, upgrade, team]
    );
}

#[test]
fn reading_and_listing_chats_share_a_budget_over_all_people() {
    let next = Cell::new(0);

    let (passed, _) = until_refused(&visitor(100), |visitor, person| {
        match next.replace(next.get() + 1) % 3 {
            0 => visitor.get(&format!("/v1.0/users/{}/chats", person.object_id)),
            1 => visitor.get(&format!("/v1.0/chats/{}/messages", visitor.chat(person))),
            _ => visitor.get(&format!("{}/chat", installation(visitor, person))),
        }
    });

    assert_eq!(30, passed);
}

#[test]
fn the_chat_of_an_installation_counts_among_the_chats_of_its_user() {
    let visitor = visitor(1);
    let person = visitor.first();
    let list = format!("/v1.0/users/{}/chats", person.object_id);
    let listed = [(); 5].map(|()| visitor.get(&list).status);

    let chat = visitor.get(&format!("{}/chat", installation(&visitor, person)));

    assert_eq!(([200; 5], 429), (listed, chat.status));
}
