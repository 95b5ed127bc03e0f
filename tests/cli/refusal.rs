//! What would befall everyone stops the run before anybody is touched.

use std::{io::ErrorKind, net::TcpListener, time::Duration};

use teamcast::simulator::{Canned, Effect, Endpoint, Quotas, Registration, Shape, WebApplication};

use crate::stage::{Ended, Stage, counts};

fn registered(registration: Registration) -> Stage {
    let shape = Shape {
        installed: 0.0,
        ..Shape::uniform()
    };
    Stage::registered(10, shape, Quotas::Off, registration)
}

fn without_permission(name: &str) -> Registration {
    let mut registration = Registration::default();
    registration
        .permissions
        .retain(|permission| !permission.starts_with(name));
    registration
}

#[test]
fn a_wrong_secret_stops_the_run_before_anybody_is_touched() {
    let stage = Stage::new(5);
    let mut program = stage.program(["run", "campaign.toml", "--yes"]);
    program.env("AZURE_CLIENT_SECRET", "sim~wrong-and-confidential");

    let ended = Ended::when_done(program.spawn().unwrap());

    let ended = ended.code(6).says(&["sign-in failed", "AADSTS7000215"]);
    assert!(!ended.stderr.contains("wrong-and-confidential"));
    stage.nobody_was_touched();
}

#[test]
fn a_missing_secret_is_named_before_anybody_is_touched() {
    let stage = Stage::new(5);
    let mut program = stage.program(["run", "campaign.toml", "--yes"]);
    program.env_remove("AZURE_CLIENT_SECRET");

    let ended = Ended::when_done(program.spawn().unwrap());

    ended.code(6).says(&["AZURE_CLIENT_SECRET is not set"]);
    stage.nobody_was_touched();
}

#[test]
fn a_missing_permission_to_install_is_named() {
    let stage = registered(without_permission("TeamsAppInstallation"));

    let ended = stage.run();

    ended.code(6).says(&["TeamsAppInstallation.Read"]);
    stage.nobody_was_touched();
}

#[test]
fn a_missing_permission_to_read_the_directory_stops_the_run() {
    let stage = registered(without_permission("User.Read"));
    stage.edit(r#"{ csv = "users.csv" }"#, "{ users = {} }");

    let ended = stage.run();

    ended.code(6).says(&["a permission is missing"]);
    stage.nobody_was_touched();
}

#[test]
fn an_app_of_another_registration_stops_the_run() {
    let stage = registered(Registration {
        web_application: WebApplication::Mismatch,
        ..Registration::default()
    });

    let ended = stage.run();

    ended.code(6).says(&["webApplicationInfo.id"]);
    assert_eq!(stage.messages(), 0);
}

#[test]
fn a_next_page_on_another_host_is_refused_and_gets_no_token() {
    let stage = Stage::new(5);
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let link = format!("https://127.0.0.1:{port}/v1.0/users?$skiptoken=x");
    let page = serde_json::json!({ "value": [], "@odata.nextLink": link }).to_string();
    stage.edit(r#"{ csv = "users.csv" }"#, "{ users = {} }");
    stage.trouble(
        Endpoint::ListUsers,
        Effect::Respond(Canned::status(200).body(&page)),
    );

    let ended = stage.run();

    ended.code(6).says(&["another host", &port.to_string()]);
    assert_eq!(
        elsewhere.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    stage.nobody_was_touched();
}

#[test]
fn a_redirect_to_another_host_gets_no_token() {
    let stage = Stage::new(2);
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let target = format!("https://{}/", elsewhere.local_addr().unwrap());
    stage.trouble(
        Endpoint::SendActivity,
        Effect::Respond(Canned::status(307).header("Location", &target)),
    );

    stage.run();

    assert_eq!(
        elsewhere.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    assert_eq!(stage.messages(), 0);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_sent() {
    let stage = Stage::new(5);

    let ended = stage.start(&["run", "campaign.toml"], &[]);

    ended.code(8).says(&["--yes"]);
    stage.nobody_was_touched();
}

#[test]
fn tokens_that_are_not_accepted_stop_the_run() {
    let stage = Stage::new(5);
    let client = format!("client_id = \"{}\"", stage.world.facts().client_id);
    stage.edit(&client, "");
    stage.edit("client-secret", "token");
    let mut program = stage.program(["run", "campaign.toml", "--yes"]);
    program
        .env("TEAMCAST_GRAPH_TOKEN", "outdated-and-confidential")
        .env("TEAMCAST_CONNECTOR_TOKEN", "outdated-and-confidential");

    let ended = Ended::when_done(program.spawn().unwrap());

    let ended = ended.code(6).says(&["does not accept our token"]);
    assert!(!ended.stderr.contains("confidential"));
    stage.nobody_was_touched();
}

#[test]
fn tokens_that_end_during_the_run_are_renewed() {
    let stage = Stage::registered(
        60,
        Shape::uniform(),
        Quotas::Off,
        Registration {
            token_lifetime: Duration::from_secs(1),
            ..Registration::default()
        },
    );
    stage.edit("connector = 100000", "connector = 25");

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 60)]));
}
