//! Differences inside of long texts and JSON documents, line by line.

use lockkeeper_domain::effect::{AttributeChange, AttributeValue};
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

use super::line::{Line, Tone};
use crate::reader::differing_parts;
use crate::text::{json_in, visible};

/// Lines that stay as they are around each difference.
const CONTEXT: usize = 2;

/// A text longer than this is not compared inside.
const LONGEST: usize = 400_000;

/// The text of a value as lines, when it is worth comparing inside: a text of several lines, or a JSON
/// document, also one that stands inside of a text.
pub(super) fn document(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.len() > LONGEST => None,
        Value::String(text) => match inner_json(text) {
            Some(inner) => Some(pretty(&inner)),
            None => text.trim_end_matches('\n').contains('\n').then(|| text.clone()),
        },
        Value::Object(_) | Value::Array(_) => Some(outline(value)).filter(|text| text.len() <= LONGEST),
        _ => None,
    }
}

/// The JSON document that a text holds.
fn inner_json(text: &str) -> Option<Value> {
    match text.len() {
        0..=LONGEST => json_in(text),
        _ => None,
    }
}

/// What differs inside of two JSON documents that stand in texts, part by part. Nothing when they have no part
/// in common to speak of.
pub(super) fn parts(change: &AttributeChange) -> Option<Vec<AttributeChange>> {
    let (AttributeValue::Known(Value::String(before)), AttributeValue::Known(Value::String(after))) =
        (&change.before, &change.after)
    else {
        return None;
    };
    let parts = differing_parts(&inner_json(before)?, &inner_json(after)?);
    let is_whole = parts.iter().any(|part| part.path.is_empty());
    (!parts.is_empty() && !is_whole).then_some(parts)
}

/// Whether two texts hold the same JSON document, and differ in spaces or the order of keys alone.
pub(super) fn is_same_json(change: &AttributeChange) -> bool {
    match (&change.before, &change.after) {
        (AttributeValue::Known(Value::String(before)), AttributeValue::Known(Value::String(after))) => {
            inner_json(before).is_some_and(|document| Some(document) == inner_json(after))
        }
        _ => false,
    }
}

/// What is said of them.
pub(super) const SAME_JSON: &str = "(the same JSON, written in another way)";

/// A value without the parts of objects that are empty: to providers an empty text, list or block is no more than
/// none.
pub(super) fn without_empty(value: &Value) -> Value {
    match value {
        Value::Object(parts) => {
            let told = parts
                .iter()
                .filter(|(_, part)| !part.is_null() && !AttributeValue::Known((*part).clone()).is_empty());
            told.map(|(key, part)| (key.clone(), without_empty(part)))
                .collect()
        }
        Value::Array(parts) => parts.iter().map(without_empty).collect(),
        other => other.clone(),
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
    let told = || parts.iter().filter(|(_, part)| !part.is_null());
    let column = told()
        .map(|(key, _)| written(key).width())
        .max()
        .unwrap_or_default();
    for (key, part) in told() {
        let key = written(key);
        let gap = " ".repeat(column - key.width());
        push(text, indent, &format!("{key}{gap} = "), part);
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

/// What decides about a rule, a route or a grant, in the order in which people tell it.
const DECIDING: [&str; 37] = [
    "name",
    "allow",
    "from_port",
    "to_port",
    "ports",
    "destination_port_range",
    "destination_port_ranges",
    "protocol",
    "ip_protocol",
    "cidr_ipv4",
    "cidr_ipv6",
    "cidr_blocks",
    "ipv6_cidr_blocks",
    "source_ranges",
    "src_ip_ranges",
    "source_address_prefix",
    "source_address_prefixes",
    "start_ip_address",
    "end_ip_address",
    "direction",
    "access",
    "action",
    "type",
    "priority",
    "destination_cidr_block",
    "dest_range",
    "address_prefix",
    "next_hop_type",
    "next_hop_in_ip_address",
    "gateway_id",
    "role",
    "role_definition_name",
    "policy_arn",
    "member",
    "members",
    "principal",
    "principal_id",
];

/// Where the attribute stands among those that decide.
pub(super) fn deciding(attribute: &str) -> Option<usize> {
    DECIDING.iter().position(|deciding| *deciding == attribute)
}

fn push_inline(text: &mut String, parts: &Map<String, Value>) {
    let mut told: Vec<(&String, &Value)> = parts.iter().filter(|(_, part)| !part.is_null()).collect();
    told.sort_by_key(|(key, _)| deciding(key).unwrap_or(DECIDING.len()));
    for (key, part) in told {
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
