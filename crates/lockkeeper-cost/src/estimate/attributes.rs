//! What an effect says of its object before and after.

use std::collections::{BTreeSet, HashMap};

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect};
use serde_json::Value;

/// Before or after the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// What is known of one attribute on one side.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// Its value as text. What was read past the effects is not to be shown.
    Value { text: String, may_be_shown: bool },
    /// It is not set, and the provider uses its default.
    Unset,
    /// Not to be known before the apply.
    Unknown,
    /// Sensitive.
    Sensitive,
    /// A list or an object, where a plain value was looked for.
    NotPlain,
    /// It stays as it is, and the effect does not hold it.
    Unlisted,
}

/// The attributes of one effect.
pub(super) struct Attributes<'e> {
    changes: HashMap<&'e str, Vec<&'e AttributeChange>>,
    /// Whether what is not listed is not set: so it is when an object is created or destroyed.
    complete: bool,
    /// What stays as it is, as far as somebody read it from the plan.
    unchanged: Option<&'e Value>,
}

impl<'e> Attributes<'e> {
    pub(super) fn of(effect: &'e Effect, unchanged: Option<&'e Value>) -> Self {
        let mut changes: HashMap<&str, Vec<&AttributeChange>> = HashMap::new();
        for change in &effect.attributes {
            changes.entry(change.path.as_str()).or_default().push(change);
        }
        Self {
            changes,
            complete: matches!(effect.action, Action::Create | Action::Delete),
            unchanged,
        }
    }

    /// Whether an attribute, a part of it or what it is a part of is listed.
    pub(super) fn touches(&self, path: &str) -> bool {
        ancestors(path).any(|(ancestor, _)| self.changes.contains_key(ancestor))
            || self.changes.keys().any(|listed| is_inside(listed, path))
    }

    /// What is known of an attribute.
    pub(super) fn get(&self, path: &str, side: Side) -> Found {
        for (ancestor, rest) in ancestors(path) {
            if let Some(changes) = self.changes.get(ancestor) {
                return of_changes(changes, rest, side);
            }
        }
        if self.changes.keys().any(|listed| is_inside(listed, path)) {
            return Found::NotPlain;
        }
        if self.complete {
            return Found::Unset;
        }
        match self.unchanged {
            None => Found::Unlisted,
            Some(object) => plain(descend(object, path), false),
        }
    }

    /// Whether a block of a list is there, as far as that is known.
    pub(super) fn holds(&self, block: &str, side: Side) -> bool {
        for (ancestor, rest) in ancestors(block) {
            if let Some(changes) = self.changes.get(ancestor) {
                return match value_of(changes, side) {
                    AttributeValue::Absent => false,
                    AttributeValue::Known(value) => {
                        descend(value, rest).is_some_and(|block| !block.is_null())
                    }
                    AttributeValue::Unknown | AttributeValue::Sensitive { .. } => true,
                };
            }
        }
        // Parts of the block are listed: it is there on both sides, unless all of it is new or goes.
        let parts = self.changes.iter().filter(|(listed, _)| is_inside(listed, block));
        let mut values = parts.map(|(_, changes)| value_of(changes, side));
        !self.complete || values.any(|value| *value != AttributeValue::Absent)
    }

    /// How many elements a list has; nothing when that is not known.
    pub(super) fn count(&self, path: &str, side: Side) -> Option<usize> {
        if let Some(changes) = self.changes.get(path) {
            return match value_of(changes, side) {
                AttributeValue::Known(Value::Array(elements)) => Some(elements.len()),
                AttributeValue::Absent => Some(0),
                _ => None,
            };
        }
        if self.touches(path) || !self.complete {
            let unlisted = !self.touches(path);
            let elements = self
                .unchanged
                .filter(|_| unlisted)
                .and_then(|object| descend(object, path));
            return elements.and_then(Value::as_array).map(Vec::len);
        }
        Some(0)
    }

    /// The positions of the blocks of a list that are listed; nothing when some of them are unknown.
    pub(super) fn positions(&self, path: &str) -> Option<BTreeSet<usize>> {
        let mut positions = BTreeSet::new();
        for change in self.changes.get(path).into_iter().flatten() {
            for value in [&change.before, &change.after] {
                match value {
                    AttributeValue::Known(Value::Array(elements)) => positions.extend(0..elements.len()),
                    AttributeValue::Unknown if change.computed => {}
                    AttributeValue::Unknown | AttributeValue::Sensitive { .. } => return None,
                    AttributeValue::Absent | AttributeValue::Known(_) => {}
                }
            }
        }
        let inside = self
            .changes
            .keys()
            .filter_map(|listed| listed.strip_prefix(path)?.strip_prefix('['));
        positions.extend(inside.filter_map(|rest| rest.split_once(']')?.0.parse::<usize>().ok()));
        Some(positions)
    }
}

/// A path and all that it is inside of, the nearest first, with what follows after each.
fn ancestors(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let cuts = path
        .char_indices()
        .rev()
        .filter(|(_, c)| matches!(c, '.' | '['))
        .map(|(at, _)| at);
    std::iter::once(path.len())
        .chain(cuts)
        .filter_map(|at| path.split_at_checked(at))
}

fn is_inside(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Of several changes at one path, as when the order of a set alters, the one that says something.
fn value_of<'e>(changes: &[&'e AttributeChange], side: Side) -> &'e AttributeValue {
    let values = changes.iter().map(|change| match side {
        Side::Before => &change.before,
        Side::After => &change.after,
    });
    values
        .reduce(|first, next| {
            if *first == AttributeValue::Absent {
                next
            } else {
                first
            }
        })
        .unwrap_or(&AttributeValue::Absent)
}

fn of_changes(changes: &[&AttributeChange], rest: &str, side: Side) -> Found {
    match value_of(changes, side) {
        AttributeValue::Absent => Found::Unset,
        AttributeValue::Sensitive { .. } => Found::Sensitive,
        AttributeValue::Known(value) => plain(descend(value, rest), true),
        // What the configuration does not set, the provider sets by its default.
        AttributeValue::Unknown if changes.iter().any(|change| change.computed) => Found::Unset,
        AttributeValue::Unknown => Found::Unknown,
    }
}

fn plain(value: Option<&Value>, may_be_shown: bool) -> Found {
    let text = match value {
        None | Some(Value::Null) => return Found::Unset,
        Some(Value::String(text)) if text.is_empty() => return Found::Unset,
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => whole(&number.to_string()).to_owned(),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(Value::Array(_) | Value::Object(_)) => return Found::NotPlain,
    };
    Found::Value { text, may_be_shown }
}

fn whole(number: &str) -> &str {
    number.strip_suffix(".0").unwrap_or(number)
}

/// Follows a path such as `a[0].b` or `[0].b` into a value.
fn descend<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut at = value;
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        at = match step.strip_suffix(']') {
            Some(position) => at.get(position.parse::<usize>().ok()?)?,
            None => at.get(step)?,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effect(action: Action, attributes: Vec<AttributeChange>) -> Effect {
        let mut effect = Effect::new("aws_instance.web", "aws_instance", "aws", action);
        effect.attributes = attributes;
        effect
    }

    fn created(path: &str, value: Value) -> AttributeChange {
        AttributeChange::new(path, AttributeValue::Absent, AttributeValue::Known(value))
    }

    fn text(found: Found) -> String {
        match found {
            Found::Value { text, .. } => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_value_is_found_inside_of_what_is_listed() {
        let disks = created("disks", json!([{"size": 20.0}, {"size": "30"}]));
        let effect = effect(Action::Create, vec![disks, created("other[1].size", json!(5))]);
        let attributes = Attributes::of(&effect, None);
        assert_eq!(text(attributes.get("disks[0].size", Side::After)), "20");
        assert_eq!(text(attributes.get("disks[1].size", Side::After)), "30");
        assert_eq!(attributes.get("disks[2].size", Side::After), Found::Unset);
        assert_eq!(attributes.get("disks[0].size", Side::Before), Found::Unset);
        assert_eq!(attributes.get("disks", Side::After), Found::NotPlain);
        assert_eq!(attributes.count("disks", Side::After), Some(2));
        assert_eq!(attributes.count("none", Side::After), Some(0));
        assert_eq!(attributes.positions("other"), Some(BTreeSet::from([1])));
        assert!(
            attributes.touches("other[1].size") && attributes.touches("other") && !attributes.touches("oth")
        );
    }

    #[test]
    fn what_an_update_does_not_list_is_not_known() {
        let effect = effect(Action::Update, vec![created("size", json!(5))]);
        assert_eq!(
            Attributes::of(&effect, None).get("class", Side::After),
            Found::Unlisted
        );
        let unchanged = json!({"class": "large"});
        let attributes = Attributes::of(&effect, Some(&unchanged));
        assert_eq!(text(attributes.get("class", Side::Before)), "large");
        assert_eq!(attributes.get("gone", Side::Before), Found::Unset);
        assert_eq!(Attributes::of(&effect, None).count("list", Side::After), None);
    }

    #[test]
    fn an_unknown_value_is_a_default_only_when_the_provider_sets_it() {
        let mut change = AttributeChange::new("type", AttributeValue::Absent, AttributeValue::Unknown);
        let first = effect(Action::Create, vec![change.clone()]);
        assert_eq!(
            Attributes::of(&first, None).get("type", Side::After),
            Found::Unknown
        );
        change.computed = true;
        let second = effect(Action::Create, vec![change]);
        assert_eq!(
            Attributes::of(&second, None).get("type", Side::After),
            Found::Unset
        );
    }

    #[test]
    fn two_changes_at_one_path_are_told_apart_by_their_side() {
        let gone = AttributeChange::new(
            "d[0]",
            AttributeValue::Known(json!({"s": 1})),
            AttributeValue::Absent,
        );
        let effect = effect(Action::Update, vec![gone, created("d[0]", json!({"s": 2}))]);
        let attributes = Attributes::of(&effect, None);
        assert_eq!(text(attributes.get("d[0].s", Side::Before)), "1");
        assert_eq!(text(attributes.get("d[0].s", Side::After)), "2");
    }
}
