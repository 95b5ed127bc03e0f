//! Everybody the audience means and nobody else, from whatever source.

use std::{collections::BTreeSet, io::Write, process::Stdio};

use teamcast::simulator::{
    Canned, Effect, Endpoint, GroupFacts, Guid, Quotas, Registration, Shape, When,
};

use crate::stage::{Ended, Stage, counts, wait_for};

/// Every list that sources are read from.
const LISTS: [Endpoint; 4] = [
    Endpoint::ListUsers,
    Endpoint::DeltaUsers,
    Endpoint::ListTransitiveMembers,
    Endpoint::ListTeamMembers,
];

/// A tenant of plain people, whose bot may do more than usual.
fn tenant(people: usize, permissions: &[&str]) -> Stage {
    shaped(people, Shape::uniform(), permissions)
}

fn shaped(people: usize, shape: Shape, permissions: &[&str]) -> Stage {
    let mut registration = Registration::default();
    let more = permissions.iter().map(ToString::to_string);
    registration.permissions.extend(more);
    Stage::registered(people, shape, Quotas::Off, registration)
}

/// A campaign for exactly these sources.
fn include(stage: &Stage, sources: &str) {
    stage.edit(r#"{ csv = "users.csv" }"#, sources);
}

fn exclude(stage: &Stage, sources: &str) {
    stage.edit(
        "[message]",
        &format!("exclude = [ {sources} ]\n\n[message]"),
    );
}

fn group(stage: &Stage, name: &str) -> GroupFacts {
    let mut groups = stage.world.groups().into_iter();
    groups.find(|group| group.name == name).unwrap()
}

/// Who has a message; nobody has two.
fn reached(stage: &Stage) -> BTreeSet<String> {
    let people = stage.world.truth().people.into_iter();
    let with = people.filter(|person| {
        assert!(person.messages.len() <= 1, "{person:?}");
        !person.messages.is_empty()
    });
    with.map(|person| person.object_id).collect()
}

fn ids(people: impl IntoIterator<Item = Guid>) -> BTreeSet<String> {
    people.into_iter().map(|id| id.to_string()).collect()
}

fn everybody(stage: &Stage) -> BTreeSet<String> {
    ids(stage.world.people().iter().map(|person| person.object_id))
}

/// Every list comes in pages of no more than so many.
fn short_pages(stage: &Stage, largest: usize) {
    for list in LISTS {
        stage.trouble(list, Effect::Page(largest));
    }
}

#[test]
fn everybody_in_a_group_of_groups_is_reached_once() {
    let stage = tenant(300, &[]);
    short_pages(&stage, 7);
    let company = group(&stage, "Company");
    include(&stage, &format!("{{ group = \"{}\" }}", company.id));

    stage.run().code(0);

    assert_eq!(reached(&stage), ids(company.people));
    let label = &stage.report()[8]["row"];
    assert_eq!(*label, format!("group {}/page 2/item 2", company.id));
}

#[test]
fn a_group_nobody_knows_stops_the_run_before_anybody_is_touched() {
    let stage = tenant(3, &[]);
    let unknown = "00000000-1111-4222-8333-444444444444";
    include(
        &stage,
        &format!("{{ csv = \"users.csv\" }}, {{ group = \"{unknown}\" }}"),
    );

    stage.run().code(2).says(&[unknown, "HTTP 404"]);

    stage.nobody_was_touched();
}

#[test]
fn a_missing_permission_is_named_before_anybody_is_touched() {
    let lists = [
        ("Sales", "group", "GroupMember.Read.All"),
        ("Works Council", "group", "Member.Read.Hidden"),
        ("Sales", "team", "TeamMember.Read.All"),
    ];
    for (name, kind, permission) in lists {
        let stage = tenant(20, &[]);
        if permission == "GroupMember.Read.All" {
            let refused = Effect::Respond(Canned::status(403).body(
                r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}"#,
            ));
            stage.trouble(Endpoint::ListTransitiveMembers, refused);
        }
        let id = group(&stage, name).id;
        include(
            &stage,
            &format!("{{ csv = \"users.csv\" }}, {{ {kind} = \"{id}\" }}"),
        );

        stage.run().code(6).says(&[permission, "grant it"]);

        stage.nobody_was_touched();
    }
}

#[test]
fn the_members_of_a_team_are_reached() {
    let stage = tenant(200, &["TeamMember.Read.All"]);
    short_pages(&stage, 3);
    let sales = group(&stage, "Sales");
    include(&stage, &format!("{{ team = \"{}\" }}", sales.id));

    stage.run().code(0);

    assert_eq!(reached(&stage), ids(sales.people));
    let label = &stage.report()[3]["row"];
    assert_eq!(*label, format!("team {}/page 2/item 1", sales.id));
}

#[test]
fn a_list_on_standard_input_is_read_to_its_end() {
    let stage = Stage::new(4);
    include(&stage, r#"{ csv = "-" }"#);
    let piped = |args: &[&str]| {
        let mut child = stage
            .program(args.iter().copied())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let list = stage.read("users.csv");
        child
            .stdin
            .take()
            .unwrap()
            .write_all(list.as_bytes())
            .unwrap();
        Ended::when_done(child)
    };

    piped(&["run", "campaign.toml"]).code(8).says(&["--yes"]);
    stage.nobody_was_touched();
    piped(&["run", "campaign.toml", "--yes"]).code(0);

    assert_eq!(reached(&stage), everybody(&stage));
    assert_eq!(stage.report()[2]["row"], "stdin:4");
}

#[test]
fn who_is_excluded_is_left_out_whatever_they_are_called() {
    let mut shape = Shape::uniform();
    shape.odd_names = 0.5;
    let stage = shaped(60, shape, &[]);
    short_pages(&stage, 9);
    let sales = group(&stage, "Sales");
    let person = |place| stage.person(place);
    stage.write(
        "out.csv",
        format!(
            "user\n{}\n{}\n{}\nnobody@contoso.com\n",
            person(0).upn.to_uppercase(),
            person(1).mail.as_ref().unwrap(),
            person(2).object_id.to_string().to_uppercase(),
        ),
    );
    include(&stage, "{ users = {} }");
    exclude(
        &stage,
        &format!("{{ csv = \"out.csv\" }}, {{ group = \"{}\" }}", sales.id),
    );

    stage.run().code(0).says(&["unknown=1"]);

    let mut out = ids(sales.people);
    out.extend(ids([0, 1, 2].map(|place| person(place).object_id)));
    let expected = &everybody(&stage) - &out;
    assert_eq!(reached(&stage), expected);
    let excluded = out.len() as u64;
    let delivered = 60 - excluded;
    let expected = counts([("delivered", delivered), ("skipped excluded", excluded)]);
    assert_eq!(stage.account(), expected);
}

#[test]
fn a_row_that_is_to_leave_somebody_out_and_cannot_be_read_stops_the_run_before_anybody_is_touched()
{
    for row in [
        "left@contoso.com,on leave, asked twice",
        "\"left@contoso.com,on leave",
    ] {
        let stage = Stage::new(2);
        stage.write("out.csv", format!("mail,note\n{row}\n"));
        exclude(&stage, r#"{ csv = "out.csv" }"#);

        stage.run().code(2).says(&["out.csv:2", "audience.exclude"]);

        stage.nobody_was_touched();
    }
}

#[test]
fn a_row_of_the_exclusions_that_names_nobody_harms_nobody() {
    let stage = Stage::new(2);
    stage.write("out.csv", "mail,note\n,nobody\n");
    exclude(&stage, r#"{ csv = "out.csv" }"#);

    stage.run().code(0).says(&["names nobody"]);

    assert_eq!(stage.account(), counts([("delivered", 2)]));
}

#[test]
fn whom_the_directory_does_not_know_is_left_out_by_the_same_name() {
    let stage = Stage::new(2);
    stage.write("users.csv", "upn\nleft@contoso.com\ngone@contoso.com\n");
    stage.write("out.csv", "mail\nLEFT@contoso.com\n");
    exclude(&stage, r#"{ csv = "out.csv" }"#);

    stage.run().code(3);

    let expected = counts([("skipped excluded", 1), ("failed unknown-user", 1)]);
    assert_eq!(stage.account(), expected);
}

#[test]
fn a_shared_mail_address_leaves_out_everybody_who_has_it() {
    let mut shape = Shape::uniform();
    shape.shared_mail = 0.1;
    let stage = shaped(40, shape, &[]);
    let people = stage.world.people();
    let shared = people.iter().find_map(|one| {
        let same = people.iter().filter(|other| other.mail == one.mail);
        (1 < same.count()).then_some(one.mail.as_deref()?)
    });
    let shared = shared.unwrap();
    stage.write("out.csv", format!("mail\n{shared}\n"));
    exclude(&stage, r#"{ csv = "out.csv" }"#);

    stage.run().code(0);

    let has_it = people
        .iter()
        .filter(|one| one.mail.as_deref() == Some(shared));
    let out = ids(has_it.map(|one| one.object_id));
    assert!(1 < out.len());
    assert_eq!(reached(&stage), &everybody(&stage) - &out);
}

#[test]
fn an_exclude_list_that_cannot_be_read_stops_the_run() {
    let stage = Stage::new(30);
    let sales = group(&stage, "Sales");
    exclude(&stage, &format!("{{ group = \"{}\" }}", sales.id));
    let broken = Effect::Respond(Canned::status(500));
    stage
        .trouble(Endpoint::ListTransitiveMembers, broken)
        .when(When::Between(1, 20));

    let ended = stage.run();

    assert_eq!(ended.code, 7, "{}", ended.stderr);
    stage.nobody_was_touched();
    stage.write("out.csv", "city\nBern\n");
    stage.edit(
        &format!("{{ group = \"{}\" }}", sales.id),
        r#"{ csv = "out.csv" }"#,
    );
    stage.run().code(2).says(&["out.csv"]);
    stage.nobody_was_touched();
}

#[test]
fn who_is_no_longer_excluded_gets_the_message_and_who_is_now_does_not() {
    let stage = Stage::new(6);
    let name = |place| stage.person(place).upn.to_string();
    stage.write("out.csv", format!("upn\n{}\n", name(1)));
    exclude(&stage, r#"{ csv = "out.csv" }"#);
    stage.run().code(0);
    assert_eq!(reached(&stage).len(), 5);
    let before = stage.world.truth().quotas["connector"].seen;

    stage.run().code(0);
    // The checks before a run ask once.
    assert_eq!(stage.world.truth().quotas["connector"].seen, before + 1);
    stage.write("out.csv", format!("upn\n{}\n", name(0)));
    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 6)]));
    assert_eq!(reached(&stage).len(), 6);
}

#[test]
fn one_person_of_several_sources_is_written_to_once() {
    let stage = tenant(120, &["TeamMember.Read.All"]);
    short_pages(&stage, 11);
    let (sales, company) = (group(&stage, "Sales"), group(&stage, "Company"));
    include(
        &stage,
        &format!(
            "{{ team = \"{}\" }}, {{ csv = \"users.csv\" }}, {{ group = \"{}\" }}, {{ users = {{}} }}",
            sales.id, company.id
        ),
    );

    stage.run().code(0);

    assert_eq!(reached(&stage), everybody(&stage));
    let rows = sales.people.len() + 120 + company.people.len() + 120;
    let expected = counts([
        ("delivered", 120),
        ("skipped duplicate", (rows - 120) as u64),
    ]);
    assert_eq!(stage.account(), expected);
    let rows = stage.report();
    let duplicate = rows.iter().find(|row| row["cause"] == "duplicate").unwrap();
    assert!(duplicate["detail"].contains("team "), "{duplicate:?}");
}

#[test]
fn only_people_of_the_named_domains_are_reached() {
    let stage = Stage::new(3);
    let domain = stage.world.facts().domain.to_uppercase();
    let id = stage.person(1).object_id;
    let abroad = |person: &mut teamcast::simulator::Person| {
        person.mail = Some("ann@fabrikam.com".into());
    };
    stage.world.change_person(id, abroad).unwrap();
    stage.edit(
        "[message]",
        &format!("only_domains = [ \"{domain}\" ]\n\n[message]"),
    );

    stage.run().code(0);

    let expected = counts([("delivered", 2), ("skipped excluded", 1)]);
    assert_eq!(stage.account(), expected);
    assert!(stage.row(1)["detail"].starts_with("ann@fabrikam.com is outside"));
}

#[test]
fn more_rows_than_allowed_over_all_sources_are_refused_before_anybody_is_touched() {
    let stage = tenant(40, &["TeamMember.Read.All"]);
    let sales = group(&stage, "Sales");
    let rows = 40 + 40 + 2 * sales.people.len();
    include(
        &stage,
        &format!(
            "{{ csv = \"users.csv\" }}, {{ users = {{}} }}, {{ team = \"{0}\" }}, {{ group = \"{0}\" }}",
            sales.id
        ),
    );
    let allow = |rows: usize| format!("max_recipients = {rows}\n\n[message]");
    stage.edit("[message]", &allow(rows - 1));

    stage.run().code(2).says(&[&format!("has {rows} rows")]);
    stage.nobody_was_touched();
    stage.edit(&allow(rows - 1), &allow(rows));
    stage.run().code(0);

    assert_eq!(reached(&stage).len(), 40);
}

#[test]
fn a_list_that_is_torn_in_its_middle_loses_nobody() {
    let stage = tenant(200, &["TeamMember.Read.All"]);
    short_pages(&stage, 5);
    let sales = group(&stage, "Sales");
    include(
        &stage,
        &format!(
            "{{ users = {{}} }}, {{ group = \"{0}\" }}, {{ team = \"{0}\" }}",
            sales.id
        ),
    );
    for list in [
        Endpoint::ListUsers,
        Endpoint::ListTransitiveMembers,
        Endpoint::ListTeamMembers,
    ] {
        let torn = [
            (3, wait_for(429, "0.2")),
            (4, Effect::LoseAnswer),
            (6, Effect::Respond(Canned::status(503))),
            (7, Effect::LoseRequest),
        ];
        for (number, effect) in torn {
            stage.trouble(list, effect).when(When::Nth(number));
        }
    }

    stage.run().code(0);

    assert_eq!(reached(&stage), everybody(&stage));
    assert_eq!(stage.report().len(), 200 + 2 * sales.people.len());
}

#[test]
fn the_token_is_not_sent_where_a_page_leads_astray() {
    let stage = Stage::new(5);
    let sales = group(&stage, "Sales");
    include(&stage, &format!("{{ group = \"{}\" }}", sales.id));
    let astray = Canned::status(200).body(
        r#"{"value":[],"@odata.nextLink":"https://graph.evil.example/v1.0/groups/x/transitiveMembers"}"#,
    );
    // The first request counts, the second one reads.
    stage
        .trouble(Endpoint::ListTransitiveMembers, Effect::Respond(astray))
        .when(When::Nth(2));

    stage.run().code(6).says(&["graph.evil.example"]);

    assert_eq!(stage.messages(), 0);
}

#[test]
fn a_list_that_leads_in_a_circle_or_nowhere_is_given_up() {
    for (links, words) in [("same", "read already"), ("new", "with nobody")] {
        let stage = Stage::new(3);
        include(&stage, "{ users = {} }");
        let pages = if links == "same" { 1..2 } else { 1..600 };
        for number in pages {
            let base = stage.base_url();
            let link = format!("{base}/v1.0/users?$skiptoken={number}");
            let page = serde_json::json!({"value": [], "@odata.nextLink": link}).to_string();
            let effect = Effect::Respond(Canned::status(200).body(&page));
            let when = match links {
                "same" => When::Always,
                _ => When::Nth(number),
            };
            stage.trouble(Endpoint::ListUsers, effect).when(when);
        }

        let ended = stage.run();

        assert_eq!(ended.code, 7, "{}", ended.stderr);
        ended.says(&["users", words]);
        assert_eq!(stage.messages(), 0);
    }
}

#[test]
fn a_list_that_is_longer_than_it_was_counted_reaches_nobody_beyond_the_most_that_is_allowed() {
    let stage = Stage::new(40);
    include(&stage, "{ users = {} }");
    stage.edit("[message]", "max_recipients = 30\n\n[message]");
    let counted = Canned::status(200)
        .header("Content-Type", "text/plain")
        .body("7");
    stage.trouble(Endpoint::CountUsers, Effect::Respond(counted));

    let ended = stage.run();

    assert_eq!(ended.code, 7, "{}", ended.stderr);
    ended.says(&["max_recipients = 30"]);
    assert!(stage.messages() <= 30, "{}", stage.messages());
}
