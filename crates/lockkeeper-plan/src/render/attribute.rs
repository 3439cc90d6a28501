//! The attributes that change, as lines.

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::inner::{SAME_JSON, differences, document, is_same_json, parts, whole, without_empty};
use super::line::{Line, Tone};
use super::value::{apart, value_text};
use crate::text::visible;

/// A name that is wider pushes its own value to the right, not those of all others.
const WIDEST_NAME: usize = 40;

/// The lines of all attributes of an effect. What the provider works out by itself is only counted, and
/// so is what is empty on both sides. Of what is only forgotten nothing goes.
pub(super) fn all(effect: &Effect, width: usize) -> Vec<Line> {
    if effect.action == Action::Forget {
        return Vec::new();
    }
    let (empty, told): (Vec<_>, Vec<_>) = telling(effect).partition(|change| change.is_empty());
    let column = column(told.iter().copied());
    let mut all: Vec<Line> = told
        .into_iter()
        .flat_map(|change| lines(change, column, width))
        .collect();
    let computed = effect
        .attributes
        .iter()
        .filter(|change| is_computed(change))
        .count();
    let left_out = [
        (empty.len(), "that is empty", "that are empty"),
        (computed, "known after apply", "known after apply"),
    ];
    let left_out: Vec<String> = left_out
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if !left_out.is_empty() {
        let and = if all.is_empty() { "" } else { "and " };
        all.push(Line::new(Tone::Dim, format!("  {and}{}", left_out.join(", "))));
    }
    all
}

/// Where values begin, so that they stand below each other.
fn column<'c>(changes: impl Iterator<Item = &'c AttributeChange>) -> usize {
    changes
        .map(|change| name(change).width())
        .filter(|width| *width <= WIDEST_NAME)
        .max()
        .unwrap_or_default()
}

/// The attributes that tell something: those that somebody set, and of `tags_all` only what `tags` does
/// not say as well.
pub(super) fn telling(effect: &Effect) -> impl Iterator<Item = &AttributeChange> {
    let is_echo = |change: &AttributeChange| {
        change.path.strip_prefix("tags_all").is_some_and(|rest| {
            let mut others = effect.attributes.iter();
            others.any(|other| {
                other.path.strip_prefix("tags") == Some(rest)
                    && (&other.before, &other.after) == (&change.before, &change.after)
            })
        })
    };
    effect
        .attributes
        .iter()
        .filter(move |change| !is_computed(change) && !is_echo(change))
}

fn is_computed(change: &AttributeChange) -> bool {
    change.computed && change.after == AttributeValue::Unknown && !change.forces_replacement
}

/// The lines of an attribute: one where it fits, or what changes below its name.
fn lines(change: &AttributeChange, column: usize, width: usize) -> Vec<Line> {
    let (sign, tone) = match (&change.before, &change.after) {
        (AttributeValue::Absent, _) => ("+", Tone::Added),
        (_, AttributeValue::Absent) => ("-", Tone::Removed),
        _ => ("~", Tone::Changed),
    };
    let head = Line::new(tone, sign).with(Tone::Plain, format!(" {}", name(change)));
    let room = width.max(40);
    if is_same_json(change) {
        return vec![forced(head.with(Tone::Dim, format!(" {SAME_JSON}")), change)];
    }
    if let Some(parts) = parts(change) {
        let inner = self::column(parts.iter());
        let below = parts
            .iter()
            .flat_map(|part| lines(part, inner, width.saturating_sub(4)));
        let below = below.map(|line| line.indented(4));
        return std::iter::once(forced(head, change)).chain(below).collect();
    }
    // A value that has no room in the column of the others may still have some behind its name.
    let mut on_one_line = [column, 0]
        .into_iter()
        .filter_map(|column| short(&head, change, column));
    if let Some(line) = on_one_line.find(|line| line.plain().width() <= room) {
        return vec![line];
    }
    let below = inside(change).unwrap_or_else(|| stacked(change, room.saturating_sub(STACKED)));
    let below = below.into_iter().map(|line| line.indented(4));
    std::iter::once(forced(head, change)).chain(below).collect()
}

fn name(change: &AttributeChange) -> String {
    if change.path.is_empty() {
        "(the whole object)".to_owned()
    } else {
        visible(&change.path)
    }
}

fn forced(line: Line, change: &AttributeChange) -> Line {
    if change.forces_replacement {
        line.with(Tone::Alarming, "  forces replacement")
    } else {
        line
    }
}

/// The differences inside of documents.
fn inside(change: &AttributeChange) -> Option<Vec<Line>> {
    match (&change.before, &change.after) {
        (AttributeValue::Known(before), AttributeValue::Known(after)) => {
            Some(differences(&document(before)?, &document(after)?)).filter(|lines| !lines.is_empty())
        }
        (AttributeValue::Absent, AttributeValue::Known(after)) => {
            Some(whole(&document(&without_empty(after))?, Tone::Added))
        }
        (AttributeValue::Known(before), AttributeValue::Absent) => {
            Some(whole(&document(&without_empty(before))?, Tone::Removed))
        }
        _ => None,
    }
}

/// How many lines are taken out of and put into a text that is compared inside.
pub(super) fn lines_inside(change: &AttributeChange) -> Option<(usize, usize)> {
    if !has_lines(&change.before) || !has_lines(&change.after) {
        return None;
    }
    let lines = inside(change)?;
    let with = |tone| {
        let first = |line: &&Line| line.spans.first().is_some_and(|span| span.tone == tone);
        lines.iter().filter(first).count()
    };
    Some((with(Tone::Removed), with(Tone::Added)))
}

fn has_lines(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::Known(value @ Value::String(_)) => document(value).is_some(),
        _ => false,
    }
}

/// What a value that stands on a line of its own has around it: four columns, a sign, quotes and ellipses.
const STACKED: usize = 10;

/// A value is shortened to this only when it stands alone below its name.
const WHOLE: usize = 4_000;

/// All on one line, with the values whole. Not for texts that must be compared inside.
fn short(head: &Line, change: &AttributeChange, column: usize) -> Option<Line> {
    if has_lines(&change.before) || has_lines(&change.after) {
        return None;
    }
    let gap = " ".repeat(column.saturating_sub(name(change).width()));
    let line = head.clone().with(Tone::Dim, format!("{gap} = "));
    let side = |value: &AttributeValue| value_text(value, WHOLE);
    let alone = |value: &AttributeValue| value_text(&told_alone(value), WHOLE);
    let line = match (&change.before, &change.after) {
        (AttributeValue::Absent, after) => line.with(tone_of(after, Tone::Added), alone(after)),
        (before, AttributeValue::Absent) => line.with(tone_of(before, Tone::Removed), alone(before)),
        (before, after) => line
            .with(tone_of(before, Tone::Removed), side(before))
            .with(Tone::Dim, " -> ")
            .with(tone_of(after, Tone::Added), side(after)),
    };
    Some(forced(line, change))
}

/// A value that is there on one side only, without its empty parts.
pub(super) fn told_alone(value: &AttributeValue) -> AttributeValue {
    match value {
        AttributeValue::Known(known) => AttributeValue::Known(without_empty(known)),
        other => other.clone(),
    }
}

/// What is not shown is dim.
fn tone_of(value: &AttributeValue, tone: Tone) -> Tone {
    match value {
        AttributeValue::Known(_) => tone,
        _ => Tone::Dim,
    }
}

/// Each value on a line of its own, shortened so that what differs is in sight.
fn stacked(change: &AttributeChange, room: usize) -> Vec<Line> {
    let (before, after) = apart(&change.before, &change.after, room);
    let old = Line::new(Tone::Removed, format!("- {before}"));
    let new = Line::new(Tone::Added, format!("+ {after}"));
    match (&change.before, &change.after) {
        (AttributeValue::Absent, _) => vec![new],
        (_, AttributeValue::Absent) => vec![old],
        _ => vec![old, new],
    }
}
