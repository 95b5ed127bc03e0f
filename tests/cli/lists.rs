//! Lists as programs write them: encodings, delimiters, line ends, quotes.

use std::fmt::Write;

use teamcast::simulator::{Canned, Effect, Endpoint};

use crate::stage::{Stage, counts};

/// A list of three with a city each, the second with a line break in it.
fn list(stage: &Stage, delimiter: &str, line_end: &str) -> String {
    let cities = ["Z\u{fc}rich", "\"Bern\nBundesplatz\"", "Gen\u{e8}ve"];
    let mut text = format!("User Principal Name{delimiter}City{line_end}");
    for (person, city) in stage.world.people().iter().zip(cities) {
        write!(text, "{}{delimiter}{city}{line_end}", person.upn).unwrap();
    }
    text
}

/// Runs the list and asserts what the three were told.
fn arrives(write: impl Fn(&Stage) -> Vec<u8>) {
    let stage = Stage::new(3);
    stage.write("users.csv", write(&stage));
    stage.edit("{{ display_name }}", "{{ city }}");

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 3)]));
    assert_eq!(stage.said(0), "Hello Z\u{fc}rich");
    assert!(
        stage.said(1).starts_with("Hello Bern\n"),
        "{}",
        stage.said(1)
    );
    assert_eq!(stage.said(2), "Hello Gen\u{e8}ve");
    assert_eq!(stage.report()[2]["row"], "users.csv:5");
}

#[test]
fn utf16_with_semicolons_as_excel_writes_it_is_read() {
    arrives(|stage| {
        let text = format!("\u{feff}{}", list(stage, ";", "\r\n"));
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    });
}

#[test]
fn utf16_with_tabs_and_the_other_byte_order_is_read() {
    arrives(|stage| {
        let text = format!("\u{feff}{}", list(stage, "\t", "\r\n"));
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    });
}

#[test]
fn utf8_with_a_byte_order_mark_and_carriage_returns_is_read() {
    arrives(|stage| format!("\u{feff}{}", list(stage, ",", "\r\n")).into_bytes());
}

#[test]
fn utf8_without_a_byte_order_mark_is_read() {
    arrives(|stage| list(stage, ",", "\n").into_bytes());
}

#[test]
fn a_last_line_without_an_end_is_read() {
    let stage = Stage::new(2);
    let text = stage.read("users.csv");
    stage.write("users.csv", text.trim_end());

    stage.run().code(0);

    assert_eq!(stage.account(), counts([("delivered", 2)]));
}

#[test]
fn a_report_is_itself_a_list() {
    let stage = Stage::new(5);
    stage.run().code(0);
    stage.edit("name = \"townhall\"", "name = \"reminder\"");
    stage.edit("\"users.csv\"", "\"reports/townhall/report.csv\"");

    stage.run().code(0);

    let people = stage.world.truth().people;
    assert!(people.iter().all(|person| person.messages.len() == 2));
}

#[test]
fn a_filter_that_names_nobody_touches_nobody() {
    let stage = Stage::new(3);
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        r#"{ users = { filter = "department eq 'Nowhere'" } }"#,
    );

    let ended = stage.run();
    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);

    assert_eq!(stage.messages(), 0);
}

#[test]
fn a_filter_that_the_directory_does_not_understand_is_refused() {
    let stage = Stage::new(3);
    stage.edit(
        r#"{ csv = "users.csv" }"#,
        r#"{ users = { filter = "departement eq 'Sales'" } }"#,
    );

    let ended = stage.run();

    assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(stage.messages(), 0);
}

#[test]
fn only_those_an_earlier_report_names_are_written_to() {
    let stage = Stage::new(6);
    stage.write(
        "pilot.csv",
        format!(
            "row,user,outcome,cause\nu:2,{},failed,throttled\nu:3,{},delivered,\n",
            stage.person(1).upn.to_uppercase(),
            stage.person(4).upn
        ),
    );

    stage.run_with(&["--from-report", "pilot.csv"]).code(0);

    let has = |place| stage.truth(place).messages.len();
    assert_eq!([0, 1, 2, 3, 4, 5].map(has), [0, 1, 0, 0, 1, 0]);
    stage.run().code(0);
    assert_eq!(stage.account(), counts([("delivered", 6)]));
    assert_eq!(stage.messages(), 6);
}

#[test]
fn those_who_failed_are_chosen_from_the_report_and_taken_up_again() {
    let stage = Stage::new(6);
    let refused = Effect::Respond(Canned::status(413));
    stage.trouble(Endpoint::SendActivity, refused.clone()).of(2);
    stage.trouble(Endpoint::SendActivity, refused).of(3);
    stage.run().code(3);
    stage.world.relent();
    let report = stage.read("reports/townhall/report.csv");
    stage.write("failed.csv", report);
    let failed = ["--from-report", "failed.csv", "--only", "failed"];

    let ended = stage.run_with(&failed).code(3);
    ended.says(&["--retry failed"]);
    let again = [&failed[..], &["--retry", "failed"]].concat();
    stage.run_with(&again).code(0);

    assert_eq!(stage.account(), counts([("delivered", 6)]));
    assert_eq!(stage.messages(), 6);
}

#[test]
fn a_report_that_chooses_nobody_is_refused() {
    let stage = Stage::new(2);
    stage.write("report.csv", "user,outcome\na@contoso.com,failed\n");
    stage.write("list.csv", "user\na@contoso.com\n");
    let choose = |report, only| stage.run_with(&["--from-report", report, "--only", only]);

    choose("report.csv", "in-doubt")
        .code(2)
        .says(&["names nobody"]);
    choose("list.csv", "failed").code(2).says(&["`outcome`"]);
    choose("absent.csv", "failed").code(2).says(&["absent.csv"]);
    let stranger = stage.run_with(&["--from-report", "report.csv"]).code(2);

    stranger.says(&["missing=1"]);
    stage.nobody_was_touched();
}

#[test]
fn a_malformed_row_of_an_earlier_report_stays_one() {
    let stage = Stage::new(2);
    stage.write(
        "users.csv",
        format!(
            "row,user,outcome,cause\nu:2,{},delivered,\nu:3,torn,skipped,malformed-row\n",
            stage.person(0).upn
        ),
    );

    stage.run().code(0);

    let expected = counts([("delivered", 1), ("skipped malformed-row", 1)]);
    assert_eq!(stage.account(), expected);
}
