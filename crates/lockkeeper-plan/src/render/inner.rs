//! Differences inside of long texts and JSON documents, line by line.

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use super::line::{Line, Tone};
use crate::text::visible;

/// Lines that stay as they are around each difference.
const CONTEXT: usize = 2;

/// A text longer than this is not compared inside.
const LONGEST: usize = 400_000;

/// The text of a value as lines, when it is worth comparing inside: a text of several lines, or a JSON
/// document, also one that stands inside of a text.
pub(super) fn document(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.len() > LONGEST => None,
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => Some(pretty(&inner)),
            _ => text.trim_end_matches('\n').contains('\n').then(|| text.clone()),
        },
        Value::Object(_) | Value::Array(_) => Some(outline(value)).filter(|text| text.len() <= LONGEST),
        _ => None,
    }
}

/// A value as people write it in code: one part a line, without marks that only a parser needs.
fn outline(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(parts) if !parts.is_empty() => push_parts(&mut text, 0, parts),
        Value::Array(parts) => parts.iter().for_each(|part| push(&mut text, 0, "", part)),
        other => push(&mut text, 0, "", other),
    }
    text
}

fn push_parts(text: &mut String, indent: usize, parts: &Map<String, Value>) {
    for (key, part) in parts.iter().filter(|(_, part)| !part.is_null()) {
        push(text, indent, &format!("{} = ", written(key)), part);
    }
}

/// A key, in quotes where it must be.
fn written(key: &str) -> String {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
    match !key.is_empty() && key.chars().all(is_plain) {
        true => key.to_owned(),
        false => Value::from(key).to_string(),
    }
}

fn push(text: &mut String, indent: usize, before: &str, value: &Value) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(parts) if !parts.is_empty() => {
            text.push_str(&format!("{margin}{before}{{\n"));
            push_parts(text, indent + 2, parts);
            text.push_str(&format!("{margin}}}\n"));
        }
        Value::Array(parts) if parts.iter().any(|part| part.is_object() || part.is_array()) => {
            text.push_str(&format!("{margin}{before}[\n"));
            parts.iter().for_each(|part| push(text, indent + 2, "", part));
            text.push_str(&format!("{margin}]\n"));
        }
        leaf => text.push_str(&format!("{margin}{before}{}\n", inline(leaf))),
    }
}

/// A value on one line: `["a", "b"]`, `{ team = "platform" }`.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Array(parts) => {
            let parts: Vec<String> = parts.iter().map(inline).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(parts) if !parts.is_empty() => {
            let mut text = String::new();
            push_inline(&mut text, parts);
            format!("{{ {text} }}")
        }
        other => other.to_string(),
    }
}

fn push_inline(text: &mut String, parts: &Map<String, Value>) {
    for (key, part) in parts.iter().filter(|(_, part)| !part.is_null()) {
        let comma = if text.is_empty() { "" } else { ", " };
        text.push_str(&format!("{comma}{} = {}", written(key), inline(part)));
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// The differences between two documents.
pub(super) fn differences(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            lines.push(Line::new(Tone::Dim, "  …"));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let text = visible(change.value().trim_end_matches(['\n', '\r']));
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::new(Tone::Dim, format!("  {text}")),
                ChangeTag::Delete => Line::new(Tone::Removed, format!("- {text}")),
                ChangeTag::Insert => Line::new(Tone::Added, format!("+ {text}")),
            });
        }
    }
    lines
}

/// All lines of a document that is there on one side only.
pub(super) fn whole(text: &str, tone: Tone) -> Vec<Line> {
    let sign = if tone == Tone::Removed { '-' } else { '+' };
    text.lines()
        .map(|line| Line::new(tone, format!("{sign} {}", visible(line))))
        .collect()
}
