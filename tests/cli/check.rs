//! `teamcast check`: every line in its good and its bad form.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use teamcast::simulator::{
    Canned, Channel, Effect, Endpoint, Publishing, Quotas, Registration, Sessions, Shape,
    WebApplication,
};

use crate::stage::{Ended, Stage};

pub(crate) const SELF: &str = "TeamsAppInstallation.ReadWriteSelfForUser.All";
pub(crate) const ANY: &str = "TeamsAppInstallation.ReadWriteForUser.All";
pub(crate) const CONSENT: &str = "TeamsAppInstallation.ReadWriteAndConsentSelfForUser.All";
pub(crate) const READ: &str = "TeamsAppInstallation.ReadForUser.All";

pub(crate) fn registered(registration: Registration) -> Stage {
    let shape = Shape {
        installed: 0.0,
        ..Shape::uniform()
    };
    Stage::registered(3, shape, Quotas::Off, registration)
}

pub(crate) fn granted(permissions: &[&str]) -> Registration {
    Registration {
        permissions: permissions.iter().map(ToString::to_string).collect(),
        ..Registration::default()
    }
}

/// What a check said.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) checks: Vec<Value>,
}

pub(crate) fn check(stage: &Stage) -> Told {
    told(stage.start(&["check", "campaign.toml", "--json"], &[]))
}

pub(crate) fn told(ended: Ended) -> Told {
    let body: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(body["ok"], ended.code == 0, "{body}");
    Told {
        code: ended.code,
        checks: body["checks"].as_array().unwrap().clone(),
    }
}

impl Told {
    /// Asserts that a line of `check` has that result and these words.
    #[track_caller]
    pub(crate) fn has(self, check: &str, result: &str, words: &[&str]) -> Self {
        let found = self.checks.iter().any(|line| {
            let text = format!("{} {}", line["detail"], line["advice"]);
            line["check"] == check
                && line["result"] == result
                && words.iter().all(|word| text.contains(word))
        });
        assert!(found, "no {check} {result} {words:?} in {:#?}", self.checks);
        assert_eq!(self.code == 6, self.failed(), "{:#?}", self.checks);
        self
    }

    fn failed(&self) -> bool {
        self.checks.iter().any(|line| line["result"] == "failed")
    }
}

#[test]
fn a_campaign_that_is_set_up_right_passes_every_check_and_touches_nobody() {
    let stage = registered(Registration::default());

    let told = check(&stage);

    let open: Vec<&Value> = told
        .checks
        .iter()
        .filter(|line| line["result"] != "ok")
        .collect();
    assert!(
        open.iter().all(|line| line["check"] == "sessions"),
        "{open:#?}"
    );
    let told = told
        .has("message", "ok", &["display_name"])
        .has("ledger", "ok", &["teamcast.db"])
        .has("reports", "ok", &["reports"])
        .has("graph-token", "ok", &[&stage.world.facts().client_id])
        .has("connector-token", "ok", &["good until"])
        .has("permission", "ok", &["install the app", SELF])
        .has("permission", "ok", &["User.Read.All"])
        .has("app", "ok", &["published"])
        .has("app-registration", "ok", &[])
        .has("app-permissions", "ok", &["no application permissions"])
        .has("bot", "ok", &[&stage.world.facts().bot_id])
        .has("connector", "ok", &["takes our token"])
        .has("audience", "ok", &["users.csv", "3 rows"])
        .has("endpoint", "ok", &["Microsoft Graph", "on this machine"])
        .has("clock", "ok", &[]);
    assert_eq!(told.code, 0);
    stage.nobody_was_touched();
    assert!(!stage.path("teamcast.db").exists());
}

#[test]
fn what_is_wrong_is_told_to_people_with_what_to_do() {
    let stage = registered(granted(&["User.Read.All"]));

    let ended = stage.start(&["check", "campaign.toml"], &[]);

    assert_eq!(ended.code, 6);
    for words in [
        "install the app: a permission is missing",
        SELF,
        "Allow the app to manage itself for all users",
        "admin consent",
        "nobody was written to",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
}

#[test]
fn a_bad_file_is_exit_2_and_a_missing_secret_exit_6() {
    let stage = Stage::new(1);
    let mut program = stage.program(["check", "campaign.toml"]);
    program.env_remove("AZURE_CLIENT_SECRET");
    Ended::when_done(program.spawn().unwrap()).code(6);

    stage.edit("{{ display_name }}", "{{ dispaly_name }}");

    stage.start(&["check", "campaign.toml"], &[]).code(2);
}

#[test]
fn a_ledger_that_cannot_be_used_is_found() {
    let stage = Stage::new(1);
    stage.write(
        "teamcast.db",
        "not a database, and long enough to be seen as none",
    );

    check(&stage).has("ledger", "failed", &["teamcast.db", "--ledger"]);
}

#[test]
fn reports_that_cannot_be_written_are_found() {
    let stage = Stage::new(1);
    stage.write("reports", "a file");

    check(&stage).has("reports", "failed", &["--out"]);
}

#[test]
fn a_wrong_secret_is_found_with_its_cure_and_the_rest_is_not_checked() {
    let stage = Stage::new(1);
    let mut program = stage.program(["check", "campaign.toml", "--json"]);
    program.env("AZURE_CLIENT_SECRET", "sim~wrong");

    told(Ended::when_done(program.spawn().unwrap()))
        .has("graph-token", "failed", &["AADSTS7000215", "not to its id"])
        .has("connector-token", "failed", &["AADSTS7000215"])
        .has("permission", "not-checked", &[])
        .has("app", "not-checked", &[])
        .has("connector", "not-checked", &[]);
}

#[test]
fn a_token_of_another_tenant_or_of_a_person_is_found() {
    let stage = Stage::new(1);
    let client = format!("client_id = \"{}\"", stage.world.facts().client_id);
    stage.edit(&client, "");
    stage.edit("client-secret", "token");
    let made = |claims: Value| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut program = stage.program(["check", "campaign.toml", "--json"]);
    program
        .env(
            "TEAMCAST_GRAPH_TOKEN",
            made(json!({"appid": "a", "tid": "another"})),
        )
        .env(
            "TEAMCAST_CONNECTOR_TOKEN",
            made(json!({"appid": "a", "scp": "User.Read"})),
        );

    told(Ended::when_done(program.spawn().unwrap()))
        .has("graph-token", "failed", &["tenant another", "tenant.id"])
        .has("connector-token", "failed", &["a person's token"]);
}

#[test]
fn a_bot_that_is_not_who_signs_in_is_found() {
    let stage = Stage::new(1);
    stage.edit(
        &format!("bot_id = \"{}\"", stage.world.facts().bot_id),
        "bot_id = \"other\"",
    );

    check(&stage)
        .has(
            "connector-token",
            "failed",
            &["the bot is other", "[identity.connector]"],
        )
        .has("bot", "failed", &["app.bot_id is other"]);
}

#[test]
fn each_missing_permission_is_named_for_what_needs_it() {
    for (held, purpose, least) in [
        (vec!["User.Read.All"], "see who has the app", SELF),
        (vec!["User.Read.All", READ], "install the app", SELF),
        (vec!["User.Read.All", CONSENT], "find the chat", SELF),
        (vec![SELF], "find people", "User.Read.All"),
        (
            vec![SELF, "User.ReadBasic.All"],
            "guests, disabled",
            "User.Read.All",
        ),
    ] {
        let stage = registered(granted(&held));

        check(&stage).has("permission", "failed", &[purpose, least, "admin consent"]);
    }
}

#[test]
fn less_is_enough_for_a_campaign_that_asks_less() {
    let stage = registered(granted(&[READ, "User.ReadBasic.All"]));
    stage.edit("[limits]", "[delivery]\ninstall = \"never\"\n\n[limits]");
    stage.edit(
        "[message]",
        "guests = true\ndisabled = true\nunlicensed = true\n\n[message]",
    );

    let told = check(&stage);

    assert_eq!(told.code, 0, "{:#?}", told.checks);
}

#[test]
fn a_broader_permission_is_accepted_and_the_least_one_named() {
    let stage = registered(granted(&[ANY, "Directory.Read.All"]));

    let told = check(&stage)
        .has("permission", "ok", &[ANY, "where", SELF])
        .has(
            "permission",
            "ok",
            &["Directory.Read.All", "where", "User.Read.All"],
        );

    assert_eq!(told.code, 0);
}

#[test]
fn an_app_is_found_by_either_id_or_not_at_all() {
    let stage = Stage::new(1);
    let facts = stage.world.facts();
    let by_catalog = format!("catalog_id = \"{}\"", facts.catalog_id);

    stage.edit(
        &by_catalog,
        &format!("manifest_id = \"{}\"", facts.manifest_id),
    );
    check(&stage).has("app", "ok", &["published"]);

    let by_manifest = format!("manifest_id = \"{}\"", facts.manifest_id);
    stage.edit(
        &by_manifest,
        &format!("manifest_id = \"{}\"", facts.catalog_id),
    );
    check(&stage).has("app", "failed", &["app.manifest_id", "publish it"]);
}

#[test]
fn an_app_that_is_not_published_is_found() {
    let stage = registered(Registration {
        publishing: Publishing::Submitted,
        ..Registration::default()
    });

    check(&stage).has("app", "failed", &["submitted", "Teams admin centre"]);
}

#[test]
fn a_catalogue_that_may_not_be_read_is_said_to_be_unchecked_unless_it_is_needed() {
    let stage = registered(granted(&[SELF, "User.Read.All"]));
    let facts = stage.world.facts();

    let told = check(&stage).has("app", "not-checked", &["AppCatalog.Read.All"]);
    assert_eq!(told.code, 0);

    stage.edit(
        &format!("catalog_id = \"{}\"", facts.catalog_id),
        &format!("manifest_id = \"{}\"", facts.manifest_id),
    );
    check(&stage).has("app", "failed", &["AppCatalog.Read.All", "app.catalog_id"]);
}

#[test]
fn an_app_of_another_registration_is_found_unless_the_token_may_handle_any_app() {
    for (held, result) in [(SELF, "failed"), (ANY, "ok")] {
        let stage = registered(Registration {
            web_application: WebApplication::Mismatch,
            ..granted(&[held, "User.Read.All", "AppCatalog.Read.All"])
        });

        let told = check(&stage).has("app-registration", result, &[]);

        assert_eq!(told.code == 0, result == "ok");
    }
}

#[test]
fn permissions_the_app_asks_for_itself_take_one_that_consents() {
    let asking = |held: &[&str]| Registration {
        resource_specific_permissions: vec!["ChatMessageReadReceipt.Read.Chat".to_owned()],
        ..granted(held)
    };
    let others = ["User.Read.All", "AppCatalog.Read.All"];

    let stage = registered(asking(&[&[SELF], &others[..]].concat()));
    check(&stage)
        .has(
            "app-permissions",
            "failed",
            &["ChatMessageReadReceipt.Read.Chat", CONSENT],
        )
        .has(
            "permission",
            "failed",
            &["consent to what it asks for", CONSENT],
        );
    stage.run().code(6).says(&[CONSENT]);
    stage.nobody_was_touched();

    let stage = registered(asking(&[&[CONSENT, READ], &others[..]].concat()));
    assert_eq!(
        check(&stage)
            .has("app-permissions", "ok", &["may consent"])
            .code,
        0
    );
}

#[test]
fn a_bot_without_its_channel_stops_the_run_before_anybody_gets_the_app() {
    for (channel, words) in [
        (Channel::Missing, "Microsoft Teams channel"),
        (Channel::OtherHost, "another cloud"),
    ] {
        let stage = registered(Registration {
            channel,
            ..Registration::default()
        });

        check(&stage).has("connector", "failed", &[words]);

        stage.run().code(6).says(&[words]);
        stage.nobody_was_touched();
    }
}

#[test]
fn a_directory_that_does_not_answer_a_filter_is_found() {
    let stage = Stage::new(1);
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        "{ users = { filter = \"nonsense\" } }",
    );
    check(&stage).has("audience", "failed", &["nonsense"]);

    stage.edit("nonsense", "accountEnabled eq true");
    check(&stage).has("audience", "ok", &["accountEnabled eq true"]);
}

#[test]
fn a_service_that_cannot_be_reached_is_found() {
    let stage = Stage::new(1);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = listener.local_addr().unwrap();
    drop(listener);
    let authority = format!("authority = \"{}\"", stage.base_url());
    stage.edit(&authority, &format!("authority = \"https://{nowhere}\""));

    check(&stage)
        .has("endpoint", "failed", &["sign-in", &nowhere.to_string()])
        .has("endpoint", "not-checked", &["Microsoft Graph"])
        .has("clock", "not-checked", &["no service told the time"]);
}

#[test]
fn a_wrong_clock_is_found() {
    let stage = Stage::new(1);
    let then = "Mon, 01 Jan 2024 00:00:00 GMT";
    stage.trouble(
        Endpoint::Token,
        Effect::Respond(Canned::status(400).header("Date", then).body("{}")),
    );

    check(&stage).has("clock", "failed", &["ahead", "set the clock"]);
}

#[test]
fn a_canary_goes_the_whole_way_and_gets_no_message() {
    let stage = registered(Registration::default());
    let user = stage.person(0).upn.clone();

    let ended = stage.start(&["check", "campaign.toml", "--json"], &["--canary", &user]);

    let told = told(ended)
        .has(
            "canary",
            "ok",
            &["the app was installed", "Graph told the chat"],
        )
        .has("canary", "ok", &["the connector told the chat"])
        .has("canary", "ok", &["bytes"])
        .has("sessions", "ok", &[]);
    assert_eq!(told.code, 0);
    assert_eq!(stage.messages(), 0);
    assert!(stage.truth(0).has_app && !stage.truth(1).has_app);
}

#[test]
fn a_canary_finds_a_bot_with_sessions() {
    let stage = registered(Registration {
        sessions: Sessions::Many,
        ..Registration::default()
    });
    let user = stage.person(0).upn.clone();

    let ended = stage.start(&["check", "campaign.toml", "--json"], &["--canary", &user]);

    told(ended).has(
        "sessions",
        "failed",
        &["supportsSessions", "resolve = \\\"graph\\\""],
    );
    assert_eq!(stage.messages(), 0);
}

#[test]
fn a_canary_nobody_knows_is_said() {
    let stage = Stage::new(1);

    let ended = stage.start(
        &["check", "campaign.toml", "--json"],
        &["--canary", "nobody@x.example"],
    );

    told(ended).has(
        "canary",
        "failed",
        &["nobody@x.example", "not in the directory"],
    );
}

#[test]
fn the_checks_before_a_run_cost_two_requests_beside_the_tokens() {
    let stage = Stage::new(1);

    stage.run().code(0);

    let truth = stage.world.truth();
    let catalogue = stage.summary()["budgets"]["graph_read"]["requests"].clone();
    assert!(catalogue.as_u64().unwrap() <= 2, "{catalogue}");
    assert_eq!(stage.messages(), 1);
    assert!(truth.quotas["connector"].seen <= 3, "{:?}", truth.quotas);
}
