//! Differences inside of long texts and JSON documents, line by line.

use serde_json::Value;
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
        Value::Array(parts) if parts.iter().all(|part| !part.is_object() && !part.is_array()) => None,
        Value::Object(_) | Value::Array(_) => Some(pretty(value)).filter(|text| text.len() <= LONGEST),
        _ => None,
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
