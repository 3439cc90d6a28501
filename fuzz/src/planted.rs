//! Plans with a secret planted into them.

use serde_json::{Map, Value, json};

/// What must be found nowhere. It looks like no secret, so that only its mark can give it away.
pub const SECRET: &str = "correct horse battery";

/// Puts the secret into values all over a plan, and adds an object in which it is marked as sensitive.
/// `None` when the document is no object.
pub fn plan(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    let mut choice = bytes.iter().map(|byte| usize::from(*byte)).sum();
    let parts = document.as_object_mut()?;
    for section in ["resource_changes", "resource_drift"] {
        for entry in parts
            .get_mut(section)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            plant_change(entry.get_mut("change"), &mut choice);
        }
    }
    for change in parts
        .get_mut("output_changes")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        plant_change(Some(change.1), &mut choice);
    }
    for variable in parts
        .get_mut("variables")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        plant(
            variable.1.get_mut("value").unwrap_or(&mut Value::Null),
            &mut choice,
        );
    }
    add_marked(parts);
    serde_json::to_vec(&document).ok()
}

fn plant_change(change: Option<&mut Value>, choice: &mut usize) {
    let Some(change) = change else { return };
    for side in ["before", "after"] {
        plant(change.get_mut(side).unwrap_or(&mut Value::Null), choice);
    }
}

/// Puts the secret into some of the texts of a value: bare, in a longer text, and in a document.
fn plant(value: &mut Value, choice: &mut usize) {
    match value {
        Value::String(text) => {
            *choice = choice.wrapping_mul(31).wrapping_add(text.len() + 7);
            match *choice % 16 {
                0 => *text = SECRET.to_owned(),
                1 => *text = format!("postgres://app:{SECRET}@db/{text}"),
                2 => *text = json!({"nested": {"list": [1, SECRET]}}).to_string(),
                3 => *text = format!("first line\n{text}\npass={SECRET}\n"),
                _ => {}
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| plant(part, choice)),
        Value::Object(parts) => parts.values_mut().for_each(|part| plant(part, choice)),
        _ => {}
    }
}

fn add_marked(parts: &mut Map<String, Value>) {
    let marked = json!({
        "address": "terraform_data.planted", "mode": "managed", "type": "terraform_data", "name": "planted",
        "change": {"actions": ["create"], "before": null, "after": {"input": SECRET},
            "after_unknown": {"id": true}, "before_sensitive": false, "after_sensitive": {"input": true}},
    });
    match parts.get_mut("resource_changes").and_then(Value::as_array_mut) {
        Some(changes) => changes.push(marked),
        None => _ = parts.insert("resource_changes".to_owned(), json!([marked])),
    }
}
