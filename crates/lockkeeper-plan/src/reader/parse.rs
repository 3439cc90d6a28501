//! From text to the typed shape, and from every way in which that fails to a clear error.

use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::condense::Condensed;
use super::error::ReadError;
use super::shape::Document;
use crate::text::excerpt;

/// Parses what is left of a plan. Everything that is not a plan is refused with what it is.
pub(super) fn document(condensed: &Condensed) -> Result<Document<'_>, ReadError> {
    // A state is shaped so differently that its parse error would only mislead.
    let document = serde_json::from_str(&condensed.text).map_err(|error| {
        let error = explain(&error, &condensed.text);
        match error {
            ReadError::Malformed { .. } => other_object(&condensed.keys).unwrap_or(error),
            error => error,
        }
    })?;
    refuse_other_documents(&document, condensed)?;
    Ok(document)
}

/// Turns an error of the parser into one for people.
pub(super) fn explain(error: &serde_json::Error, text: &str) -> ReadError {
    let message = error.to_string();
    // Positions are those in a part of the plan, and would mislead.
    let message = excerpt(message.split(" at line ").next().unwrap_or(&message), 160);
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

/// What a text is that does not begin as a plan does.
pub(super) fn other_text(text: &str) -> ReadError {
    let start = text.trim_start();
    match start.chars().next() {
        Some('[') if !start.starts_with("[command]") => {
            match serde_json::from_str::<Vec<IgnoredAny>>(start) {
                Ok(_) => ReadError::NotAnObject("a JSON array"),
                Err(_) => lines_before_json(start).unwrap_or(ReadError::NotAnObject("a broken JSON array")),
            }
        }
        Some('"') => ReadError::NotAnObject("a JSON string"),
        _ if serde_json::from_str::<IgnoredAny>(start).is_ok() => ReadError::NotAnObject("a bare JSON value"),
        _ => lines_before_json(start).unwrap_or_else(|| ReadError::NotJson(excerpt(start, 40))),
    }
}

/// Finds JSON after lines of something else, as setup scripts of continuous integration write.
fn lines_before_json(text: &str) -> Option<ReadError> {
    let count = text.lines().position(|line| line.trim_start().starts_with('{'))?;
    Some(ReadError::WrapperLines {
        line: excerpt(text.lines().next().unwrap_or_default(), 80),
        count,
    })
}

fn refuse_other_documents(document: &Document<'_>, condensed: &Condensed) -> Result<(), ReadError> {
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
    let has = |key: &str| condensed.keys.iter().any(|found| found == key);
    if has("values") || has("lineage") || has("serial") {
        return Err(other_object(&condensed.keys).unwrap_or(ReadError::State("a state")));
    }
    let planned = condensed.planned.unwrap_or_default();
    if planned > 0 {
        return Err(ReadError::NoResourceChanges { planned });
    }
    let says_something = condensed.planned.is_some()
        || document.output_changes.is_some()
        || document.action_invocations.is_some()
        || document.deferred_changes.is_some();
    if says_something {
        Ok(())
    } else {
        Err(not_a_plan(&condensed.keys))
    }
}

/// Tells a state by its keys.
fn other_object(keys: &[String]) -> Option<ReadError> {
    let has = |key: &str| keys.iter().any(|found| found == key);
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
        Some(not_a_plan(keys))
    }
}

fn not_a_plan(keys: &[String]) -> ReadError {
    let mut keys: Vec<&String> = keys.iter().collect();
    keys.sort_unstable();
    let listed: Vec<String> = keys.into_iter().take(8).map(|key| excerpt(key, 40)).collect();
    let keys = if listed.is_empty() {
        "none".to_owned()
    } else {
        listed.join(", ")
    };
    ReadError::NotAPlan { keys }
}
