//! What a message is for one person, and what is said when it is nothing.

use super::*;
use crate::message::Content;

fn text(text: &str, format: TextFormat) -> Result<Message, MessageError> {
    Message::load(&Draft::Text {
        text: text.to_owned(),
        format,
    })
}

fn markdown(template: &str) -> Message {
    text(template, TextFormat::Markdown).unwrap()
}

fn card(json: &str) -> Result<Message, MessageError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("card.json");
    fs::write(&path, json).unwrap();
    Message::load(&Draft::Card {
        path,
        notification: "News for {{ name }}".to_owned(),
    })
}

fn person(pairs: &[(&str, &str)]) -> Fields {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

fn rendered(message: &Message, fields: &[(&str, &str)]) -> String {
    match message.render(&person(fields)).unwrap() {
        Content::Text { text, .. } => text,
        Content::Card { .. } => panic!("{message:?}"),
    }
}

#[test]
fn a_persons_values_stand_in_the_text_as_text() {
    let html = text("<b>{{ name }}</b>", TextFormat::Html).unwrap();

    assert_eq!(
        rendered(&markdown("**Hi {{ name }}**"), &[("name", "*Bo*")]),
        "**Hi \\*Bo\\***"
    );
    assert_eq!(rendered(&html, &[("name", "<Bo>")]), "<b>&lt;Bo&gt;</b>");
    assert_eq!(
        rendered(&markdown("{{ name | safe }}"), &[("name", "*Bo*")]),
        "*Bo*"
    );
}

#[test]
fn a_value_that_passed_a_filter_is_still_escaped() {
    assert_eq!(
        rendered(&markdown("{{ name | upper }}"), &[("name", "*b*")]),
        "\\*B\\*"
    );
    assert_eq!(
        rendered(&markdown("{{ '<' ~ name }}"), &[("name", "*")]),
        "\\<\\*"
    );
}

#[test]
fn a_value_that_was_set_aside_or_escaped_by_hand_is_not_escaped_twice() {
    let aside = "{% set x %}**{{ name }}**{% endset %}{{ x }}";
    let html = text("{{ name | e }}", TextFormat::Html).unwrap();

    assert_eq!(rendered(&markdown(aside), &[("name", "*")]), "**\\***");
    assert_eq!(rendered(&html, &[("name", "<")]), "&lt;");
}

#[test]
fn an_absent_value_is_missing_by_name_unless_the_template_provides_for_it() {
    let fault = markdown("{{ a }} {{ b }}").render(&person(&[("a", "1")]));
    assert_eq!(
        fault,
        Err(RenderFault::Missing {
            field: "b".to_owned()
        })
    );

    let fault = markdown("{{ b | upper }}").render(&person(&[]));
    assert_eq!(
        fault,
        Err(RenderFault::Missing {
            field: "b".to_owned()
        })
    );

    assert_eq!(
        rendered(&markdown("Hi {{ a | default('you') }}"), &[]),
        "Hi you"
    );
    assert_eq!(
        rendered(&markdown("Hi{% if a %} {{ a }}{% endif %}!"), &[]),
        "Hi!"
    );
}

#[test]
fn fields_no_source_can_have_are_named() {
    let message =
        markdown("{{ a }}{% for c in b %}{{ c }}{% endfor %}{% set d = range(9) %}{{ d }}");
    let known = BTreeSet::from(["a".to_owned()]);

    assert_eq!(message.unknown_fields(&known), ["b", "range"]);
}

#[test]
fn a_template_with_a_mistake_is_refused_before_anybody_gets_it() {
    for template in ["{{ name", "{{ name | uper }}", "{% include 'x' %}"] {
        let loaded = text(template, TextFormat::Markdown);

        assert!(
            matches!(loaded, Err(MessageError::Template { .. })),
            "{template}: {loaded:?}"
        );
    }
}

#[test]
fn a_blank_text_is_refused_for_everybody_and_a_blank_result_for_one() {
    assert!(matches!(
        text(" \n", TextFormat::Plain),
        Err(MessageError::Blank { .. })
    ));

    let fault = markdown("{{ body }}").render(&person(&[("body", " ")]));

    assert!(matches!(fault, Err(RenderFault::Broken { .. })));
}

#[test]
fn size_is_counted_in_utf_16_with_the_envelope_of_the_content() {
    let message = text("{{ body }}", TextFormat::Plain).unwrap();
    let envelope = "{'text':'','textFormat':'plain'}".len();
    let room = MAX_BYTES / 2 - envelope;
    let fits = format!("🎉{}", "é".repeat(room - 2));
    let over = format!("{fits}é");

    assert!(message.render(&person(&[("body", &fits)])).is_ok());
    let bytes = MAX_BYTES + 2;
    let fault = message.render(&person(&[("body", &over)]));
    assert_eq!(fault, Err(RenderFault::TooLarge { bytes }));
}

#[test]
fn a_text_too_large_for_everybody_is_refused() {
    let loaded = text(&"x".repeat(MAX_BYTES), TextFormat::Plain);

    assert!(matches!(loaded, Err(MessageError::TooLarge { .. })));
}

#[test]
fn output_without_end_is_cut_short() {
    let message = markdown("{{ a * 1000000 }}{{ a * 1000000 }}");

    let fault = message.render(&person(&[("a", "xxxxxxxxxx")]));

    assert!(
        matches!(
            fault,
            Err(RenderFault::TooLarge { .. } | RenderFault::Broken { .. })
        ),
        "{fault:?}"
    );
}

#[test]
fn a_card_is_sent_as_it_is_with_its_notification() {
    let json = r#"{"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "{{DATE(2026-01-01T00:00:00Z, SHORT)}}"}]}"#;

    let content = card(json).unwrap().render(&person(&[("name", "Bo")]));

    assert_eq!(
        content,
        Ok(Content::Card {
            card: serde_json::from_str(json).unwrap(),
            notification: "News for Bo".to_owned(),
        })
    );
}

#[test]
fn what_is_no_card_or_wants_filling_in_is_refused() {
    for (json, reason) in [
        ("{", "is not JSON"),
        ("[]", "is no object"),
        ("{\"type\": \"HeroCard\"}", "is no object with"),
        (
            "{\"type\": \"AdaptiveCard\", \"body\": [\"{{ name }}\"]}",
            "not supported by this version yet",
        ),
    ] {
        let error = card(json).unwrap_err().to_string();

        assert!(
            error.contains("card.json` ") && error.contains(reason),
            "{error}"
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Message::load(&Draft::TextFile {
        path: PathBuf::from("/nowhere/text.md"),
        format: TextFormat::Markdown,
    })
    .unwrap_err();

    assert!(error.to_string().contains("`/nowhere/text.md`"));
}

#[test]
fn a_fingerprint_follows_the_text_and_its_format() {
    let one = markdown("Hello").fingerprint();

    assert_eq!(one, markdown("Hello").fingerprint());
    assert_ne!(one, markdown("Hello!").fingerprint());
    assert_ne!(one, text("Hello", TextFormat::Plain).unwrap().fingerprint());
    assert_eq!(one.len(), 16);
}
