//! From text to the typed shape, and from every way in which that fails to a clear error.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::error::ReadError;
use super::shape::{Document, StateModule};
use crate::text::excerpt;

/// Parses one plan. Everything that is not a plan is refused with what it is.
pub(super) fn document(text: &str) -> Result<Document<'_>, ReadError> {
    refuse_other_text(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Document::deserialize(&mut deserializer).map_err(|error| explain(&error, text));
    // A state is shaped so differently that its parse error would only mislead.
    let document = match parsed {
        Ok(document) => document,
        Err(error @ ReadError::Malformed { .. }) => return Err(other_object(text).unwrap_or(error)),
        Err(error) => return Err(error),
    };
    deserializer.end().map_err(|error| after_the_end(&error, text))?;
    refuse_other_documents(&document, text)?;
    Ok(document)
}

/// Turns an error of the parser into one for people.
pub(super) fn explain(error: &serde_json::Error, text: &str) -> ReadError {
    let message = excerpt(&error.to_string(), 160);
    match error.classify() {
        Category::Eof => ReadError::Truncated {
            line: error.line(),
            column: error.column(),
        },
        _ if message.contains("recursion limit") => ReadError::TooDeep { place: message },
        _ if message.contains("duplicate field") => ReadError::DuplicateKey { place: message },
        _ if message.contains("number out of range") => ReadError::HugeNumber { place: message },
        Category::Syntax if error.line() <= 1 && error.column() <= 1 => ReadError::NotJson(excerpt(text, 40)),
        _ => ReadError::Malformed { place: message },
    }
}

fn refuse_other_text(text: &str) -> Result<(), ReadError> {
    let start = text.trim_start();
    let error = match start.chars().next() {
        Some('{') => return Ok(()),
        Some('[') if !start.starts_with("[command]") => {
            match serde_json::from_str::<Vec<IgnoredAny>>(start) {
                Ok(_) => ReadError::NotAnObject("a JSON array"),
                Err(_) => lines_before_json(start).unwrap_or(ReadError::NotAnObject("a broken JSON array")),
            }
        }
        Some('"') => ReadError::NotAnObject("a JSON string"),
        _ if serde_json::from_str::<IgnoredAny>(start).is_ok() => ReadError::NotAnObject("a bare JSON value"),
        _ => lines_before_json(start).unwrap_or_else(|| ReadError::NotJson(excerpt(start, 40))),
    };
    Err(error)
}

/// Finds JSON after lines of something else, as setup scripts of continuous integration write.
fn lines_before_json(text: &str) -> Option<ReadError> {
    let count = text.lines().position(|line| line.trim_start().starts_with('{'))?;
    Some(ReadError::WrapperLines {
        line: excerpt(text.lines().next().unwrap_or_default(), 80),
        count,
    })
}

fn after_the_end(error: &serde_json::Error, text: &str) -> ReadError {
    let line = error.line();
    let rest = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let rest: String = rest.chars().skip(error.column().saturating_sub(1)).collect();
    if rest.trim_start().starts_with('{') {
        ReadError::SeveralDocuments { line }
    } else {
        ReadError::TextAfterwards { line }
    }
}

fn refuse_other_documents(document: &Document<'_>, text: &str) -> Result<(), ReadError> {
    if let Some(version) = &document.format_version {
        let known = version.0 == "0"
            || version.0 == "1"
            || version.0.starts_with("0.")
            || version.0.starts_with("1.");
        if !known {
            return Err(ReadError::UnsupportedVersion(excerpt(&version.0, 40)));
        }
    }
    if document.errored == Some(true) {
        return Err(ReadError::PlanningFailed);
    }
    if document.resource_changes.is_some() || document.resource_drift.is_some() {
        return Ok(());
    }
    if document.values.is_some() || document.lineage.is_some() || document.serial.is_some() {
        return Err(other_object(text).unwrap_or(ReadError::State("a state")));
    }
    let planned = document
        .planned_values
        .as_ref()
        .and_then(|values| values.root_module.as_ref())
        .map_or(0, managed);
    if planned > 0 {
        return Err(ReadError::NoResourceChanges { planned });
    }
    let says_something = document.planned_values.is_some()
        || document.output_changes.is_some()
        || document.action_invocations.is_some()
        || document.deferred_changes.is_some();
    if says_something {
        Ok(())
    } else {
        Err(not_a_plan(text))
    }
}

/// How many managed objects a module and its children hold.
fn managed(module: &StateModule) -> usize {
    let own = module.resources.as_ref().map_or(0, |resources| resources.managed);
    own + module.child_modules.iter().flatten().map(managed).sum::<usize>()
}

/// Tells a state by its keys.
fn other_object(text: &str) -> Option<ReadError> {
    let keys = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text).ok()?;
    let has = |key: &str| keys.contains_key(key);
    if has("resource_changes") || has("planned_values") {
        None
    } else if has("values") {
        Some(ReadError::State(
            "a state (`terraform show -json` without a plan file)",
        ))
    } else if has("modules") && (has("serial") || has("version")) {
        Some(ReadError::State("a state file of Terraform 0.11 or older"))
    } else if has("serial") || has("lineage") {
        Some(ReadError::State("a state file"))
    } else {
        Some(not_a_plan(text))
    }
}

fn not_a_plan(text: &str) -> ReadError {
    let keys = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text).unwrap_or_default();
    let listed: Vec<String> = keys.keys().take(8).map(|key| excerpt(key, 40)).collect();
    let keys = if listed.is_empty() {
        "none".to_owned()
    } else {
        listed.join(", ")
    };
    ReadError::NotAPlan { keys }
}
