//! The Adaptive Card of a campaign.

use serde_json::Value;

/// Functions that Teams itself fills in, and that look like templates.
const TEAMS_FUNCTIONS: [&str; 2] = ["{{DATE(", "{{TIME("];

/// Reads the card.
///
/// It is the same for everybody: a value put into it would need another
/// escaping in every kind of element. What looks like a template is refused,
/// so that nobody gets one.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let card: Value =
        serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    if !card.is_object() || card.get("type").and_then(Value::as_str) != Some("AdaptiveCard") {
        return Err("is no object with \"type\": \"AdaptiveCard\"".to_owned());
    }
    match template_in(&card) {
        Some(text) => Err(format!(
            "has the template `{text}`, and filling in cards is not supported by this version yet"
        )),
        None => Ok(card),
    }
}

fn template_in(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => is_template(text).then_some(text),
        Value::Array(items) => items.iter().find_map(template_in),
        Value::Object(members) => members.values().find_map(template_in),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn is_template(text: &str) -> bool {
    let mut text = text.to_owned();
    for function in TEAMS_FUNCTIONS {
        text = text.replace(function, "");
    }
    text.contains("{{") || text.contains("{%")
}
