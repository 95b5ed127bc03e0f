//! `teamcast check`: the lines that a campaign in order and its usual faults do
//! not show.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use teamcast::simulator::{Canned, Effect, Endpoint, Registration, Shape, WebApplication};

use crate::{
    check::{READ, SELF, Told, check, granted, registered, told},
    stage::{Ended, Stage},
};

/// An app of the catalogue that says nothing of itself.
fn tight_lipped(stage: &Stage) {
    let facts = stage.world.facts();
    let apps = json!({"value": [{"id": facts.catalog_id, "displayName": "Town crier"}]});
    let answer = Canned::status(200).body(&apps.to_string());
    stage.trouble(Endpoint::ListCatalog, Effect::Respond(answer));
}

fn refused(stage: &Stage, endpoint: Endpoint, status: u16) {
    let answer = Canned::status(status).body(r#"{"error":{"code":"Odd","message":"not today"}}"#);
    stage.trouble(endpoint, Effect::Respond(answer));
}

fn canary(stage: &Stage, user: &str) -> Told {
    told(stage.start(&["check", "campaign.toml", "--json"], &["--canary", user]))
}

fn never_installs(stage: &Stage) {
    stage.edit("[limits]", "[delivery]\ninstall = \"never\"\n\n[limits]");
}

/// The campaign takes its tokens from the environment, where they say nothing.
fn with_opaque_tokens(stage: &Stage) -> Told {
    with_tokens(stage, "opaque", "opaque")
}

fn with_tokens(stage: &Stage, graph: &str, connector: &str) -> Told {
    let client = format!("client_id = \"{}\"", stage.world.facts().client_id);
    stage.edit(&client, "");
    stage.edit("client-secret", "token");
    let mut program = stage.program(["check", "campaign.toml", "--json"]);
    program
        .env("TEAMCAST_GRAPH_TOKEN", graph)
        .env("TEAMCAST_CONNECTOR_TOKEN", connector);
    told(Ended::when_done(program.spawn().unwrap()))
}

#[test]
fn a_message_without_fields_is_the_same_for_everybody() {
    let stage = Stage::new(1);
    stage.edit("Hello {{ display_name }}", "Hello");

    check(&stage).has("message", "ok", &["the same for everybody"]);
}

#[test]
fn a_ledger_that_is_there_is_used_and_one_that_cannot_be_made_is_found() {
    let stage = Stage::new(1);
    stage.run().code(0);
    check(&stage).has("ledger", "ok", &["teamcast.db can be written"]);

    let elsewhere = ["--ledger", "sqlite:nowhere/teamcast.db"];
    let ended = stage.start(&["check", "campaign.toml", "--json"], &elsewhere);
    told(ended).has("ledger", "failed", &["cannot be made", "--ledger"]);
}

#[test]
fn a_token_that_does_not_say_what_it_allows_is_taken_at_its_word() {
    let stage = Stage::new(1);

    with_opaque_tokens(&stage)
        .has("graph-token", "ok", &["does not say what it allows"])
        .has("connector-token", "ok", &["does not say what it allows"])
        .has("permission", "not-checked", &["does not say"])
        .has("app", "failed", &["does not accept our token"])
        .has("connector", "failed", &["does not accept our token"]);
}

#[test]
fn a_token_that_has_ended_or_is_for_another_service_is_found() {
    let made = |claims: Value| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let bots = made(json!({"appid": "a", "aud": "https://api.botframework.com"}));
    let graph = made(json!({"appid": "a", "aud": "https://graph.microsoft.com", "exp": 1}));

    with_tokens(&Stage::new(1), &bots, &graph)
        .has(
            "graph-token",
            "failed",
            &["it is for https://api.botframework.com"],
        )
        .has(
            "connector-token",
            "failed",
            &["it is for https://graph", "swapped"],
        );
    with_tokens(&Stage::new(1), &graph, &bots).has(
        "graph-token",
        "failed",
        &["ended at 1970-01-01T00:00:01Z"],
    );
}

#[test]
fn a_permission_for_the_sources_is_named_and_one_an_app_may_declare_itself_only_missed() {
    let group = "{ group = \"00000000-1111-4222-8333-444444444444\" }";
    let team = group.replace("group", "team");
    for (source, result, least) in [
        (group, "failed", "GroupMember.ReadBasic.All"),
        (&*team, "warning", "TeamMember.Read.All"),
    ] {
        let stage = registered(granted(&[SELF, "User.Read.All"]));
        stage.edit(r#"{ csv = "users.csv" }"#, source);

        check(&stage).has("permission", result, &[least, "admin consent"]);
    }
}

#[test]
fn what_installing_in_teams_needs_is_named() {
    let in_teams = "TeamsAppInstallation.ReadWriteSelfForTeam.All";
    for (held, result) in [(SELF, "warning"), (in_teams, "ok")] {
        let stage = registered(Registration {
            resource_specific_permissions: vec!["ChatSettings.Read.Chat".to_owned()],
            ..granted(&[held, READ, "User.Read.All", "AppCatalog.Read.All"])
        });
        let team = "{ csv = \"users.csv\" }, { team = \"00000000-1111-4222-8333-444444444444\" }";
        stage.edit(r#"{ csv = "users.csv" }"#, team);
        stage.edit("[limits]", "[delivery]\ninstall = \"team\"\n\n[limits]");

        check(&stage)
            .has("permission", result, &["install the app in teams"])
            .has("app-permissions", "not-checked", &["in teams"]);
    }
}

#[test]
fn an_app_that_asks_for_permissions_is_no_matter_where_nothing_is_installed() {
    let stage = registered(Registration {
        resource_specific_permissions: vec!["ChatSettings.Read.Chat".to_owned()],
        ..granted(&[READ, "User.Read.All", "AppCatalog.Read.All"])
    });
    never_installs(&stage);

    check(&stage).has("app-permissions", "ok", &["nothing is installed"]);
}

#[test]
fn a_catalogue_that_tells_little_leaves_its_lines_unchecked() {
    let stage = Stage::new(1);
    tight_lipped(&stage);

    let told = check(&stage)
        .has("app", "ok", &["Town crier", "in the catalogue"])
        .has("app-registration", "not-checked", &["neither"])
        .has("bot", "not-checked", &["does not tell"]);

    assert_eq!(told.code, 0);
}

#[test]
fn a_catalogue_that_does_not_answer_is_a_fault_where_it_is_needed() {
    let stage = Stage::new(1);
    refused(&stage, Endpoint::ListCatalog, 400);
    let told = check(&stage).has("app", "warning", &["cannot be read", "not today"]);
    assert_eq!(told.code, 0);

    let facts = stage.world.facts();
    stage.edit(
        &format!("catalog_id = \"{}\"", facts.catalog_id),
        &format!("manifest_id = \"{}\"", facts.manifest_id),
    );
    check(&stage).has("app", "failed", &["cannot be read", "app.catalog_id"]);
}

#[test]
fn in_a_cloud_that_installs_nothing_the_catalogue_is_not_asked() {
    let stage = Stage::new(1);
    never_installs(&stage);
    stage.edit("[tenant]\n", "[tenant]\ncloud = \"gcc-high\"\n");

    let told = check(&stage).has("app", "not-checked", &["in this cloud"]);

    let reads = stage.world.truth();
    assert_eq!(reads.quotas["graph_read"].seen, 0, "{:?}", told.checks);
}

#[test]
fn a_connector_that_asks_for_patience_beyond_ours_is_no_fault_of_the_campaign() {
    let stage = Stage::new(1);
    let later = Canned::status(429).header("Retry-After", "7200");
    stage.trouble(Endpoint::ListMembers, Effect::Respond(later));

    check(&stage).has("connector", "warning", &["does not answer", "run again"]);
}

#[test]
fn every_kind_of_source_is_tried() {
    let mut registration = Registration::default();
    let more = ["TeamMember.Read.All", "Member.Read.Hidden"];
    registration.permissions.extend(more.map(String::from));
    let stage = Stage::registered(
        60,
        Shape::uniform(),
        teamcast::simulator::Quotas::Off,
        registration,
    );
    let mut groups = stage.world.groups().into_iter();
    let sales = groups.find(|group| group.name == "Sales").unwrap();
    let people = sales.people.len();
    let sources = format!(
        "{{ csv = \"users.csv\" }}, {{ csv = \"-\" }}, {{ users = {{}} }}, {{ users = {{ new = true }} }}, \
         {{ group = \"{id}\" }}, {{ team = \"{id}\" }}",
        id = sales.id
    );
    stage.edit(r#"{ csv = "users.csv" }"#, &sources);

    check(&stage)
        .has("audience", "ok", &["users.csv: 60 rows"])
        .has("audience", "not-checked", &["standard input"])
        .has("audience", "ok", &["all users: 60 people"])
        .has("audience", "ok", &["new users"])
        .has(
            "audience",
            "ok",
            &[&format!("{}: {people} people", sales.id)],
        )
        .has("audience", "ok", &["team", "the directory answers"]);
}

#[test]
fn a_source_that_cannot_be_read_is_found_whatever_it_is() {
    let unknown = "00000000-1111-4222-8333-444444444444";
    for kind in ["group", "team"] {
        let mut registration = Registration::default();
        registration
            .permissions
            .push("TeamMember.Read.All".to_owned());
        let stage = registered(registration);
        let source = format!("{{ {kind} = \"{unknown}\" }}");
        stage.edit("[message]", &format!("exclude = [ {source} ]\n\n[message]"));

        check(&stage).has("audience", "failed", &[kind, unknown, "filter or id"]);
    }
    let stage = Stage::new(1);
    stage.edit(r#"{ csv = "users.csv" }"#, "{ users = { new = true } }");
    refused(&stage, Endpoint::DeltaUsers, 400);
    refused(&stage, Endpoint::CountUsers, 400);

    check(&stage).has("audience", "failed", &["new users", "not today"]);
}

#[test]
fn a_list_to_exclude_that_is_missing_is_found() {
    let stage = Stage::new(1);
    stage.edit(
        "[message]",
        "exclude = [ { csv = \"out.csv\" } ]\n\n[message]",
    );

    check(&stage).has("audience", "failed", &["out.csv", "correct the file"]);
}

#[test]
fn a_clock_that_is_behind_is_told_apart_from_one_that_is_ahead() {
    let stage = Stage::new(1);
    let then = "Fri, 01 Jan 2100 00:00:00 GMT";
    stage.trouble(
        Endpoint::Token,
        Effect::Respond(Canned::status(400).header("Date", then).body("{}")),
    );
    check(&stage).has("clock", "failed", &["behind", "set the clock"]);
}

#[test]
fn a_canary_is_left_alone_where_something_else_is_wrong() {
    let stage = registered(granted(&["User.Read.All"]));
    let user = stage.person(0).upn.clone();

    canary(&stage, &user).has("canary", "not-checked", &["was not touched"]);

    stage.nobody_was_touched();
}

#[test]
fn a_canary_that_is_several_people_is_said() {
    let people = ["ann", "bob"].map(|name| {
        format!(
            "[[person]]\nuser_principal_name = \"{name}@contoso.example\"\n\
             mail = \"info@contoso.example\"\n"
        )
    });
    let stage = Stage::planned(&format!("people = 0\n{}", people.concat()));

    canary(&stage, "info@contoso.example").has("canary", "failed", &["several people"]);
}

#[test]
fn a_canary_without_the_app_is_told_where_the_campaign_does_not_install() {
    let stage = registered(Registration::default());
    never_installs(&stage);
    let user = stage.person(0).upn.clone();

    let told = canary(&stage, &user)
        .has(
            "canary",
            "warning",
            &["installs it for nobody", "setup policy"],
        )
        .has("canary", "warning", &["to the connector", "not installed"]);

    assert_eq!(told.code, 0);
    stage.nobody_was_touched();
}

#[test]
fn a_canary_whose_chat_nobody_tells_is_found() {
    let stage = Stage::new(1);
    let user = stage.person(0).upn.clone();
    refused(&stage, Endpoint::GetChat, 404);
    stage.trouble(Endpoint::CreateConversation, Effect::LoseAnswer);

    canary(&stage, &user)
        .has(
            "canary",
            "failed",
            &["Graph tells no chat", "webApplicationInfo.id"],
        )
        .has("canary", "failed", &["no answer", "the connector"]);
}

#[test]
fn a_canary_the_services_refuse_is_told_in_their_words() {
    let stage = Stage::new(1);
    let user = stage.person(0).upn.clone();
    refused(&stage, Endpoint::ListInstalledApps, 400);
    refused(&stage, Endpoint::CreateConversation, 403);

    canary(&stage, &user)
        .has("canary", "failed", &["not today", "words of Graph"])
        .has("canary", "failed", &["not today", "words of the connector"]);
}

#[test]
fn a_canary_shows_what_the_message_lacks_for_them() {
    let stage = Stage::new(1);
    let user = stage.person(0).upn.clone();
    stage.write("users.csv", format!("upn,seat\n{user},12\n"));
    stage.edit("{{ display_name }}", "{{ seat }}");
    canary(&stage, &user).has("canary", "not-checked", &["seat"]);

    let person = format!(
        "[[person]]\nuser_principal_name = \"ann@contoso.example\"\ndisplay_name = \"{}\"\n",
        "a".repeat(60_000)
    );
    let stage = Stage::planned(&format!("people = 0\n{person}"));
    canary(&stage, "ann@contoso.example").has("canary", "failed", &["correct the message"]);
}

#[test]
fn an_app_of_another_registration_is_no_matter_where_graph_is_not_asked() {
    let stage = registered(Registration {
        web_application: WebApplication::Mismatch,
        ..Registration::default()
    });
    stage.edit(
        "[limits]",
        "[delivery]\ninstall = \"never\"\nresolve = \"connector\"\n\n[limits]",
    );

    let told = check(&stage).has("app-registration", "ok", &[]);

    assert_eq!(told.code, 0);
}
