//! One attribute that changes, as lines.

use lockkeeper_domain::effect::{AttributeChange, AttributeValue, Effect};

use super::inner::{differences, document, whole};
use super::line::{Line, Tone};
use super::value::{apart, value_text};
use crate::text::visible;

/// The lines of all attributes of an effect. What the provider works out by itself is only counted.
pub(super) fn all(effect: &Effect, width: usize) -> Vec<Line> {
    let (computed, set): (Vec<_>, Vec<_>) = effect
        .attributes
        .iter()
        .partition(|change| change.computed && !change.forces_replacement);
    let mut all: Vec<Line> = set.into_iter().flat_map(|change| lines(change, width)).collect();
    if !computed.is_empty() {
        let text = format!(
            "  and {} that the provider works out, known after apply",
            computed.len()
        );
        all.push(Line::new(Tone::Dim, text));
    }
    all
}

/// The lines of an attribute: one, and below it the differences inside when the value is a document.
fn lines(change: &AttributeChange, width: usize) -> Vec<Line> {
    let (sign, tone) = match (&change.before, &change.after) {
        (AttributeValue::Absent, _) => ("+", Tone::Added),
        (_, AttributeValue::Absent) => ("-", Tone::Removed),
        _ => ("~", Tone::Changed),
    };
    let head = Line::new(tone, sign).with(Tone::Plain, format!(" {}", name(change)));
    match inside(change) {
        Some(mut inside) => {
            inside = inside.into_iter().map(|line| line.indented(4)).collect();
            inside.insert(0, forced(head, change));
            inside
        }
        None => vec![forced(values(head, change, width), change)],
    }
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
        (AttributeValue::Absent, AttributeValue::Known(after)) => Some(whole(&document(after)?, Tone::Added)),
        (AttributeValue::Known(before), AttributeValue::Absent) => {
            Some(whole(&document(before)?, Tone::Removed))
        }
        _ => None,
    }
}

fn values(head: Line, change: &AttributeChange, width: usize) -> Line {
    let room = width.saturating_sub(head.plain().chars().count() + 8).max(40);
    let side = |value: &AttributeValue| value_text(value, room);
    let head = head.with(Tone::Dim, " = ");
    match (&change.before, &change.after) {
        (AttributeValue::Absent, after) => head.with(Tone::Added, side(after)),
        (before, AttributeValue::Absent) => head.with(Tone::Removed, side(before)),
        (before, after) => {
            let (before, after) = apart(before, after, room / 2);
            head.with(Tone::Removed, before)
                .with(Tone::Dim, " -> ")
                .with(Tone::Added, after)
        }
    }
}
