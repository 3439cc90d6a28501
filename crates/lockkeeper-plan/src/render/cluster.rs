//! Objects of which one line can tell: many that are made by `count` and `for_each` and change alike.

use std::collections::HashMap;

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue};

use super::attribute;
use super::value::{apart, value_text};
use super::view::Entry;
use crate::text::visible;

/// Fewer objects than these are told one by one.
const FEWEST: usize = 4;

/// One object, or many that differ in no more than their keys and the values of their attributes: what is
/// done, why, and to which attributes is the same for all.
pub(super) struct Cluster<'e, 'p> {
    pub(super) first: &'e Entry<'p>,
    /// All of them, the first included.
    pub(super) entries: Vec<&'e Entry<'p>>,
}

/// Puts together what is alike, in the order of the first of each.
pub(super) fn clusters<'e, 'p>(entries: &'e [Entry<'p>]) -> Vec<Cluster<'e, 'p>> {
    let mut places: HashMap<(String, &Action, String, Vec<&str>), usize> = HashMap::new();
    let mut found: Vec<Cluster<'_, '_>> = Vec::new();
    for entry in entries {
        let paths = attribute::telling(entry.effect).map(|change| change.path.as_str());
        let key = (
            starred(&entry.title()),
            &entry.effect.action,
            entry.explanation(),
            paths.collect(),
        );
        match places.get(&key).and_then(|at| found.get_mut(*at)) {
            Some(cluster) => cluster.entries.push(entry),
            None => {
                places.insert(key, found.len());
                found.push(Cluster {
                    first: entry,
                    entries: vec![entry],
                });
            }
        }
    }
    found.into_iter().flat_map(Cluster::split_when_small).collect()
}

impl<'e, 'p> Cluster<'e, 'p> {
    fn split_when_small(self) -> Vec<Self> {
        if self.entries.len() >= FEWEST {
            return vec![self];
        }
        let alone = |first| Self {
            first,
            entries: vec![first],
        };
        self.entries.into_iter().map(alone).collect()
    }

    /// Whether it is more than one object.
    pub(super) fn is_many(&self) -> bool {
        self.entries.len() > 1
    }

    /// The address, with a star in the place of keys and the number of objects when they are many.
    pub(super) fn title(&self) -> String {
        match self.is_many() {
            true => format!("{} × {}", starred(&self.first.title()), self.entries.len()),
            false => self.first.title(),
        }
    }

    /// What changes, in one line of at most about `width` columns: `ttl 300 -> 60, and 2 more`. Nothing
    /// for objects that are made or destroyed as a whole.
    pub(super) fn brief(&self, width: usize) -> Option<String> {
        let effect = self.first.effect;
        if matches!(effect.action, Action::Create | Action::Delete | Action::Forget) {
            return None;
        }
        let telling = attribute::telling(effect).filter(|change| !change.is_empty());
        let mut changes: Vec<&AttributeChange> = telling.collect();
        changes.sort_by_key(|change| !change.forces_replacement);
        let told: Vec<String> = changes.into_iter().map(|change| self.told(change)).collect();
        let mut line = String::new();
        for (at, text) in told.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            if at > 0 && (at == MOST_TOLD || line.chars().count() + text.chars().count() + 16 > width) {
                line.push_str(&format!(", and {} more", told.len() - at));
                break;
            }
            line.push_str(separator);
            line.push_str(text);
        }
        (!line.is_empty()).then_some(line)
    }

    /// An attribute, with its values when they are the same in all.
    fn told(&self, change: &AttributeChange) -> String {
        let same = self.entries.iter().all(|entry| {
            let mut attributes = entry.effect.attributes.iter();
            attributes.any(|other| other == change)
        });
        let path = visible(&change.path);
        if let (AttributeValue::Sensitive { .. }, AttributeValue::Sensitive { .. }) =
            (&change.before, &change.after)
        {
            return format!("{path} (sensitive)");
        }
        if let Some((removed, added)) = same.then(|| attribute::lines_inside(change)).flatten() {
            return format!("{path} (lines: -{removed} +{added})");
        }
        if !same {
            return format!("{path} (differs)");
        }
        match (&change.before, &change.after) {
            (AttributeValue::Absent, after) => format!("{path} = {}", value_text(after, 2 * LONGEST_VALUE)),
            (_, AttributeValue::Absent) => format!("{path} removed"),
            (before, after) => {
                let (before, after) = apart(before, after, LONGEST_VALUE);
                format!("{path} {before} -> {after}")
            }
        }
    }
}

/// So many attributes are told of in brief.
const MOST_TOLD: usize = 4;
const LONGEST_VALUE: usize = 24;

/// The address with a star in the place of every key.
fn starred(address: &str) -> String {
    let mut text = String::with_capacity(address.len());
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !inside => {
                inside = true;
                text.push_str("[*");
            }
            ']' if inside && !quoted => {
                inside = false;
                text.push(']');
            }
            character if !inside => text.push(character),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use lockkeeper_domain::effect::Effect;

    use super::*;

    #[test]
    fn what_forces_replacement_is_told_first() {
        let known = |number: u8| AttributeValue::Known(number.into());
        let mut effect = Effect::new("a.b", "a", "a", Action::DeleteThenCreate);
        let mut forcing = AttributeChange::new("z", known(1), known(2));
        forcing.forces_replacement = true;
        effect.attributes = vec![
            AttributeChange::new("a", AttributeValue::Absent, known(1)),
            forcing,
        ];
        let entry = Entry {
            effect: &effect,
            phrase: String::new(),
        };
        let cluster = Cluster {
            first: &entry,
            entries: vec![&entry],
        };
        assert_eq!(cluster.brief(80).unwrap(), "z 1 -> 2, a = 1");
    }

    #[test]
    fn keys_become_stars() {
        assert_eq!(starred(r#"module.a["x[0].\"y"].b.c[12]"#), "module.a[*].b.c[*]");
        assert_eq!(starred("a.b"), "a.b");
    }
}
