//! What cannot be right is refused in words that name it, and nobody is touched.

use crate::stage::Stage;

/// Asserts that the run is refused with all of `words`, before anybody is touched.
fn refused(stage: &Stage, words: &[&str]) {
    let ended = stage.run().code(2).says(words);

    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    let lines = ended.stderr.lines();
    let errors = lines.filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "one message: {}", ended.stderr);
    stage.nobody_was_touched();
    assert!(!stage.path("teamcast.db").exists());
}

/// The line of the campaign file that holds `text`.
fn line(stage: &Stage, text: &str) -> String {
    let campaign = stage.read("campaign.toml");
    let line = campaign.lines().position(|line| line.contains(text));
    format!("campaign.toml:{}", line.unwrap() + 1)
}

#[test]
fn a_missing_campaign_file_is_named() {
    let stage = Stage::new(1);

    let ended = stage.start(&["run", "nowhere.toml", "--yes"], &[]);

    ended.code(2).says(&["`nowhere.toml` cannot be read"]);
}

#[test]
fn a_folder_in_place_of_a_campaign_file_is_named() {
    let stage = Stage::new(1);

    let ended = stage.start(&["run", ".", "--yes"], &[]);

    ended.code(2).says(&["`.` cannot be read"]);
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_line() {
    let stage = Stage::new(1);
    stage.edit("[audience]", "[audience");

    refused(&stage, &[&line(&stage, "[audience"), "TOML"]);
}

#[test]
fn a_misspelt_key_is_refused_with_the_nearest() {
    let stage = Stage::new(1);
    stage.edit("text = ", "txet = ");

    let place = line(&stage, "txet");
    refused(&stage, &[&place, "`txet`", "did you mean `text`"]);
}

#[test]
fn a_misspelt_table_is_refused_with_the_nearest() {
    let stage = Stage::new(1);
    stage.edit("[limits]", "[limit]");

    let place = line(&stage, "[limit]");
    refused(&stage, &[&place, "`limit`", "did you mean `limits`"]);
}

#[test]
fn a_misspelt_source_is_refused_with_the_nearest() {
    let stage = Stage::new(1);
    stage.edit("{ csv = ", "{ cvs = ");

    refused(&stage, &[&line(&stage, "cvs"), "`cvs`", "`csv`"]);
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_key() {
    let stage = Stage::new(1);
    stage.edit("connector = 100000", "connector = \"fast\"");

    refused(&stage, &[&line(&stage, "fast"), "limits.connector"]);
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let stage = Stage::new(1);
    stage.edit(
        "client_id = ",
        "client_secret = \"confidential\"\nclient_id = ",
    );

    refused(&stage, &["`client_secret`", "AZURE_CLIENT_SECRET"]);
    assert!(!stage.run().stderr.contains("confidential"));
}

#[test]
fn an_endpoint_that_would_send_tokens_unencrypted_is_refused() {
    for name in ["authority", "graph", "connector"] {
        let stage = Stage::new(1);
        let start = format!("{name} = \"https://127.0.0.1");
        stage.edit(&start, &format!("{name} = \"http://192.0.2.1"));

        let key = format!("tenant.endpoints.{name}");
        let place = line(&stage, &format!("{name} = \"http:"));
        refused(&stage, &[&place, &key, "http://192.0.2.1", "use https"]);
    }
}

#[test]
fn a_missing_list_is_named() {
    let stage = Stage::new(1);
    stage.edit("users.csv", "absent.csv");

    refused(&stage, &["absent.csv` cannot be read"]);
}

#[test]
fn a_list_without_a_user_column_is_refused_with_what_it_has() {
    let stage = Stage::new(1);
    stage.write("users.csv", "name,city\nAda,Bern\n");

    let words = ["users.csv", "`name`, `city`", "user_principal_name"];
    refused(&stage, &words);
}

#[test]
fn a_list_with_a_header_only_is_an_empty_audience() {
    let stage = Stage::new(1);
    stage.write("users.csv", "user_principal_name\n");

    refused(&stage, &["the audience is empty"]);
}

#[test]
fn a_list_without_anything_is_refused_by_name() {
    let stage = Stage::new(1);
    stage.write("users.csv", "");

    refused(&stage, &["users.csv` is empty"]);
}

#[test]
fn an_empty_message_is_refused() {
    let stage = Stage::new(1);
    stage.edit("Hello {{ display_name }}", " ");

    refused(&stage, &[&line(&stage, "text = "), "message.text"]);
}

#[test]
fn an_empty_message_file_is_refused_by_name() {
    let stage = Stage::new(1);
    stage.write("message.md", "\n \n");
    stage.edit(
        "text = \"Hello {{ display_name }}\"",
        "text_file = \"message.md\"",
    );

    refused(&stage, &["message.md"]);
}

#[test]
fn a_missing_message_file_is_refused_by_name() {
    let stage = Stage::new(1);
    stage.edit(
        "text = \"Hello {{ display_name }}\"",
        "text_file = \"message.md\"",
    );

    refused(&stage, &["message.md` cannot be read"]);
}

#[test]
fn a_field_that_nobody_has_is_refused_with_those_there_are() {
    let stage = Stage::new(1);
    stage.edit("{{ display_name }}", "{{ dispaly_name }}");

    refused(&stage, &["dispaly_name", "display_name"]);
}

#[test]
fn a_template_that_does_not_end_is_refused() {
    let stage = Stage::new(1);
    stage.edit("{{ display_name }}", "{{ display_name");

    refused(&stage, &["message.text", "no valid template"]);
}

#[test]
fn a_card_without_its_notification_is_refused() {
    let stage = Stage::new(1);
    stage.edit(
        "text = \"Hello {{ display_name }}\"",
        "card = \"card.json\"",
    );

    refused(&stage, &[&line(&stage, "card"), "message.notification"]);
}

#[test]
fn more_people_than_the_campaign_allows_are_refused() {
    let stage = Stage::new(11);
    stage.edit("[message]", "max_recipients = 10\n\n[message]");

    refused(&stage, &["11 rows", "max_recipients = 10"]);
}

#[test]
fn an_unknown_argument_is_refused() {
    let stage = Stage::new(1);

    refused_argument(&stage, "--dry-run");
}

fn refused_argument(stage: &Stage, argument: &str) {
    stage.run_with(&[argument]).code(2).says(&[argument]);
    stage.nobody_was_touched();
}

#[test]
fn a_message_that_is_too_large_for_everyone_is_refused() {
    let stage = Stage::new(1);
    let long = "x".repeat(200_000);
    stage.edit("Hello", &long);

    refused(&stage, &["message.text", "bytes"]);
}

#[test]
fn another_message_under_the_same_name_is_refused() {
    let stage = Stage::new(3);
    stage.run().code(0);
    stage.edit("Hello", "Goodbye");

    let ended = stage.run().code(2);

    ended.says(&["the message has changed", "new name"]);
    assert_eq!(stage.messages(), 3);
}

#[test]
fn more_people_than_allowed_in_the_directory_are_refused() {
    let stage = Stage::new(11);
    stage.edit("[message]", "max_recipients = 10\n\n[message]");
    stage.edit(r#"{ csv = "users.csv" }"#, "{ users = {} }");

    let ended = stage.run();

    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    stage.nobody_was_touched();
}

#[test]
fn a_place_where_reports_cannot_be_written_is_found_before_anybody_is_touched() {
    let stage = Stage::new(3);
    stage.write("reports", "a file");

    let ended = stage.run().code(2);

    ended.says(&["nothing was sent", "reports"]);
    stage.nobody_was_touched();
}

#[test]
fn a_bad_file_for_the_simulator_is_named_with_its_line() {
    let stage = Stage::new(1);
    stage.write("tenant.toml", "people = 5\n[shape]\nguests = 7.0\n");
    stage.write("storm.toml", "[[hardship]]\neffect = 'explode'\n");

    for (options, words) in [
        (["--tenant", "tenant.toml"], "tenant.toml:3: "),
        (["--tenant", "nowhere.csv"], "`nowhere.csv` cannot be read"),
        (["--hardships", "storm.toml"], "storm.toml:2: "),
    ] {
        let arguments = [&["simulate", "--listen", "127.0.0.1:0"][..], &options].concat();

        stage.start(&arguments, &[]).code(2).says(&[words]);
    }
}
