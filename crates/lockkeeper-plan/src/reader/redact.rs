//! The whole document with everything sensitive taken out, in the shape that the tool wrote: what
//! programs that know `terraform show -json` are given, policies above all.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::ReadError;
use super::mask::Mask;
use super::sensitive::{SensitiveValues, named_secret};
use super::{collect_sensitive, condense, encoding, parse, read_configuration};

/// What stands in the place of a value that is taken out.
pub const REDACTED: &str = "[redacted]";

/// Keys whose texts the tool writes by itself, where no values of objects stand.
const STRUCTURE: [&str; 14] = [
    "action_reason",
    "actions",
    "address",
    "format_version",
    "full_name",
    "mode",
    "module_address",
    "name",
    "previous_address",
    "provider_name",
    "references",
    "terraform_version",
    "timestamp",
    "type",
];

/// Keys below which the values of objects stand.
const VALUES: [&str; 4] = ["after", "before", "config_values", "values"];

/// Keys under which a variable or an expression of the configuration holds its value.
const CONSTANTS: [&str; 3] = ["constant_value", "default", "value"];

/// A plan as the tool wrote it, with [`REDACTED`] in the place of every value that is marked sensitive,
/// repeats a sensitive value, or stands under the name of a secret. A value that is null stays null.
///
/// # Errors
/// When the input is no plan, or not all of one: the error names what was found.
pub fn redacted(bytes: &[u8]) -> Result<Value, ReadError> {
    let condensed = condense(bytes)?;
    let document = condensed.document()?;
    let configuration = read_configuration(&document, &mut Vec::new());
    let unreadable = document.configuration.is_some() && configuration.is_none();
    let sensitive = collect_sensitive(&document, &condensed.sensitive, configuration.as_ref());
    let text = encoding::decode(bytes)?;
    let mut plan: Value = serde_json::from_str(&text).map_err(|error| parse::explain(&error, &text))?;
    if let Value::Object(parts) = &mut plan {
        redact_variables(parts, unreadable);
        redact_changes(parts);
        redact_states(parts);
        let marked = marked_attributes(parts);
        if let Some(root) = parts
            .get_mut("configuration")
            .and_then(|configuration| configuration.get_mut("root_module"))
        {
            redact_module(root, &marked);
        }
    }
    hide(&sensitive, &mut plan, false);
    Ok(plan)
}

/// Takes out all of a value; nothing at all stays as it is.
fn redact(value: &mut Value) {
    if !value.is_null() {
        *value = Value::from(REDACTED);
    }
}

/// Takes out the parts of a value that the mirror marks.
fn redact_by_mask(value: &mut Value, mask: &Mask) {
    match (value, mask) {
        (_, Mask::No) => {}
        (Value::Object(parts), Mask::Object(_)) => parts
            .iter_mut()
            .for_each(|(key, part)| redact_by_mask(part, mask.key(key))),
        (Value::Array(parts), Mask::List(_)) => {
            let parts = parts.iter_mut().enumerate();
            parts.for_each(|(at, part)| redact_by_mask(part, mask.position(Some(at))));
        }
        // All is marked, or the mirror does not fit, and then all may be meant.
        (value, _) => redact(value),
    }
}

/// The mirror beside a value; one that cannot be read marks everything.
fn mask_of(parts: &Map<String, Value>, key: &str) -> Mask {
    parts
        .get(key)
        .map_or(Mask::No, |mirror| Mask::deserialize(mirror).unwrap_or(Mask::Yes))
}

fn redact_mirrored(holder: &mut Value, key: &str, mirror: &str) {
    let Value::Object(parts) = holder else { return };
    let mask = mask_of(parts, mirror);
    if let Some(value) = parts.get_mut(key) {
        redact_by_mask(value, &mask);
    }
}

/// The entries of a list under a key.
fn entries<'a>(parts: &'a mut Map<String, Value>, key: &str) -> impl Iterator<Item = &'a mut Value> {
    parts
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// The named entries of an object under a key.
fn named<'a>(
    parts: &'a mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    parts
        .get_mut(key)
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
}

/// Variables stand with their values, and their sensitivity in the configuration; where that cannot be
/// read, none of them is declared harmless.
fn redact_variables(plan: &mut Map<String, Value>, unreadable: bool) {
    let declared = plan
        .get("configuration")
        .and_then(|configuration| {
            configuration
                .get("root_module")?
                .get("variables")?
                .as_object()
                .cloned()
        })
        .unwrap_or_default();
    for (name, variable) in named(plan, "variables") {
        let sensitive =
            unreadable || declared.get(name).is_some_and(is_sensitive) || named_secret(name, &Value::from(1));
        if let Some(value) = variable.get_mut("value").filter(|_| sensitive) {
            redact(value);
        }
    }
}

fn is_sensitive(declared: &Value) -> bool {
    declared
        .get("sensitive")
        .is_some_and(|sensitive| *sensitive != Value::Bool(false))
}

fn redact_changes(plan: &mut Map<String, Value>) {
    for list in ["resource_changes", "resource_drift"] {
        entries(plan, list)
            .filter_map(|entry| entry.get_mut("change"))
            .for_each(redact_change);
    }
    entries(plan, "deferred_changes")
        .filter_map(|entry| entry.get_mut("resource_change")?.get_mut("change"))
        .for_each(redact_change);
    named(plan, "output_changes").for_each(|(_, change)| redact_change(change));
    entries(plan, "action_invocations")
        .for_each(|entry| redact_mirrored(entry, "config_values", "config_sensitive"));
}

fn redact_change(change: &mut Value) {
    redact_mirrored(change, "before", "before_sensitive");
    redact_mirrored(change, "after", "after_sensitive");
}

/// Planned and prior values: outputs that are sensitive, and resources with mirrors.
fn redact_states(plan: &mut Map<String, Value>) {
    let prior = plan
        .get_mut("prior_state")
        .and_then(|state| state.get_mut("values"));
    prior.into_iter().for_each(redact_values);
    plan.get_mut("planned_values").into_iter().for_each(redact_values);
}

fn redact_values(values: &mut Value) {
    let Value::Object(parts) = values else { return };
    for (_, output) in named(parts, "outputs").filter(|(_, output)| is_sensitive(output)) {
        output.get_mut("value").into_iter().for_each(redact);
    }
    parts
        .get_mut("root_module")
        .into_iter()
        .for_each(redact_state_module);
}

fn redact_state_module(module: &mut Value) {
    let Value::Object(parts) = module else { return };
    entries(parts, "resources").for_each(|resource| redact_mirrored(resource, "values", "sensitive_values"));
    entries(parts, "child_modules").for_each(redact_state_module);
}

/// The attributes, by the type of their resource, that any mirror of a change marks: what the
/// configuration writes there as a constant is sensitive too.
fn marked_attributes(plan: &Map<String, Value>) -> BTreeSet<(String, String)> {
    let mut marked = BTreeSet::new();
    for entry in plan
        .get("resource_changes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let Some(change) = entry.get("change").and_then(Value::as_object) else {
            continue;
        };
        let resource_type = entry.get("type").and_then(Value::as_str).unwrap_or_default();
        for mirror in ["before_sensitive", "after_sensitive"] {
            let mask = mask_of(change, mirror);
            marked.extend(
                mask.keys()
                    .map(|attribute| (resource_type.to_owned(), attribute.clone())),
            );
        }
    }
    marked
}

/// One module of the configuration: defaults of sensitive variables, constants under marked attributes,
/// and what is given to sensitive variables of the modules that it calls.
fn redact_module(module: &mut Value, marked: &BTreeSet<(String, String)>) {
    let Value::Object(parts) = module else { return };
    for (_, variable) in named(parts, "variables").filter(|(_, variable)| is_sensitive(variable)) {
        variable.get_mut("default").into_iter().for_each(redact);
    }
    for (_, output) in named(parts, "outputs").filter(|(_, output)| is_sensitive(output)) {
        output
            .get_mut("expression")
            .into_iter()
            .for_each(redact_constants);
    }
    for resource in entries(parts, "resources") {
        let resource_type = resource
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let Some(Value::Object(expressions)) = resource.get_mut("expressions") else {
            continue;
        };
        for (attribute, expression) in expressions {
            if marked.contains(&(resource_type.clone(), attribute.clone())) {
                redact_constants(expression);
            }
        }
    }
    for (_, call) in named(parts, "module_calls") {
        let declared = call
            .get("module")
            .and_then(|module| module.get("variables")?.as_object().cloned());
        let declared = declared.unwrap_or_default();
        if let Some(Value::Object(expressions)) = call.get_mut("expressions") {
            let given = expressions
                .iter_mut()
                .filter(|(name, _)| declared.get(*name).is_some_and(is_sensitive));
            given.for_each(|(_, expression)| redact_constants(expression));
        }
        call.get_mut("module")
            .into_iter()
            .for_each(|module| redact_module(module, marked));
    }
}

/// Takes out every constant of an expression, and of the blocks in it.
fn redact_constants(expression: &mut Value) {
    match expression {
        Value::Array(parts) => parts.iter_mut().for_each(redact_constants),
        Value::Object(parts) => {
            parts
                .iter_mut()
                .for_each(|(key, part)| match CONSTANTS.contains(&key.as_str()) {
                    true => redact(part),
                    false => redact_constants(part),
                })
        }
        _ => {}
    }
}

/// Hides what repeats a sensitive value anywhere else, or stands under the name of a secret. `in_values`:
/// the values of an object, in which nothing is a text of the tool.
fn hide(sensitive: &SensitiveValues, value: &mut Value, in_values: bool) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => {
            if sensitive.in_text(&number.to_string()) {
                redact(value);
            }
        }
        Value::String(text) => {
            if sensitive.in_text(text) {
                redact(value);
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| hide(sensitive, part, in_values)),
        Value::Object(parts) if in_values && parts.keys().any(|key| sensitive.in_text(key)) => redact(value),
        Value::Object(parts) => parts
            .iter_mut()
            .for_each(|(key, part)| hide_part(sensitive, key, part, in_values)),
    }
}

fn hide_part(sensitive: &SensitiveValues, key: &str, part: &mut Value, in_values: bool) {
    let key_names_secret = named_secret(key, &Value::from(1));
    match part {
        Value::String(_) | Value::Array(_) if !in_values && STRUCTURE.contains(&key) => {}
        Value::String(text) if key_names_secret && !text.is_empty() => redact(part),
        Value::Number(_) if key_names_secret => redact(part),
        Value::Object(_) if key_names_secret && !in_values => {
            redact_constants(part);
            hide(sensitive, part, false);
        }
        _ => hide(
            sensitive,
            part,
            in_values || VALUES.contains(&key) || CONSTANTS.contains(&key),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> Value {
        json!({
            "format_version": "1.2",
            "variables": {"key": {"value": "abc"}, "region": {"value": "eu-west-3"}, "db_password": {"value": "p1"}},
            "resource_changes": [{
                "address": "aws_x.token-holder", "type": "aws_x", "name": "token-holder",
                "change": {
                    "actions": ["update"],
                    "before": {"seed": "first-secret-value", "list": ["a", "b"], "note": null, "size": 1},
                    "after": {"seed": "q7", "list": ["a", "c"], "note": null, "size": 2, "copy": "holds first-secret-value"},
                    "before_sensitive": {"seed": true},
                    "after_sensitive": {"seed": true, "list": [false, true], "note": true}
                }
            }],
            "output_changes": {"o": {"actions": ["create"], "before": null, "after": "z9", "after_sensitive": true}},
            "planned_values": {
                "outputs": {"o": {"sensitive": true, "value": "z9"}},
                "root_module": {"child_modules": [{"resources": [
                    {"address": "module.m.aws_x.a", "values": {"seed": "w3", "size": 1}, "sensitive_values": {"seed": true}}
                ]}]}
            },
            "configuration": {"root_module": {
                "variables": {"key": {"sensitive": true, "default": "d4"}, "region": {"default": "eu"}},
                "resources": [{"type": "aws_x", "name": "token-holder", "expressions": {
                    "seed": {"constant_value": "q7"}, "size": {"constant_value": 2}, "password": {"constant_value": "pw"}
                }}],
                "module_calls": {"m": {
                    "expressions": {"inner": {"constant_value": "i5"}, "other": {"constant_value": "o6"}},
                    "module": {"variables": {"inner": {"sensitive": true}, "other": {}}}
                }}
            }}
        })
    }

    #[test]
    fn everything_sensitive_is_taken_out() {
        let redacted = redacted(plan().to_string().as_bytes()).unwrap();
        let text = redacted.to_string();
        for secret in [
            "abc",
            "p1",
            "first-secret-value",
            "q7",
            "z9",
            "w3",
            "d4",
            "\"pw\"",
            "i5",
        ] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(!text.contains("\"c\""), "{text}");
    }

    #[test]
    fn everything_else_stays() {
        let redacted = redacted(plan().to_string().as_bytes()).unwrap();
        let change = &redacted["resource_changes"][0];
        assert_eq!(change["address"], "aws_x.token-holder");
        assert_eq!(change["name"], "token-holder");
        assert_eq!(change["change"]["after"]["list"], json!(["a", REDACTED]));
        assert_eq!(change["change"]["after"]["note"], Value::Null);
        assert_eq!(change["change"]["after_sensitive"]["seed"], true);
        assert_eq!(redacted["variables"]["region"]["value"], "eu-west-3");
        assert_eq!(
            redacted["configuration"]["root_module"]["module_calls"]["m"]["expressions"]["other"]["constant_value"],
            "o6"
        );
        assert_eq!(
            redacted["configuration"]["root_module"]["resources"][0]["expressions"]["size"]["constant_value"],
            2
        );
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        assert!(matches!(redacted(b"{}"), Err(ReadError::NotAPlan { .. })));
        assert!(redacted(br#"{"format_version":"1.0","values":{}}"#).is_err());
    }
}
