//! In what two lists of effects differ, in words.

use std::collections::BTreeMap;
use std::fmt;

use lockkeeper_domain::effect::{AttributeChange, Effect};
use serde::Serialize;

use super::{counts, essence};
use crate::render::value_text;
use crate::text::{deed, visible};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The address of the effect.
    pub address: String,
    /// One sentence: `updates aws_instance.web only here`.
    pub text: String,
}

/// All differences; none when applying either would do the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differences(pub Vec<Difference>);

impl Differences {
    /// Whether applying either would do the same.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("the same effects");
        }
        let mut lines = self.0.iter().map(|difference| difference.text.as_str());
        f.write_str(lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Compares what was seen before with what is seen now, effect by effect.
pub fn compare(before: &[Effect], now: &[Effect]) -> Differences {
    let (before, now) = (by_object(before), by_object(now));
    let mut differences = Vec::new();
    for (object, old) in &before {
        match now.get(object) {
            None => differences.extend(old.iter().map(|effect| only(effect, "no longer"))),
            Some(new) if same(old, new) => {}
            Some(new) => differences.extend(explain(old, new)),
        }
    }
    for (_, new) in now.iter().filter(|(object, _)| !before.contains_key(*object)) {
        differences.extend(new.iter().map(|effect| only(effect, "newly")));
    }
    differences.sort();
    Differences(differences)
}

/// Effects by what they act on. A broken plan can name an object twice.
fn by_object(effects: &[Effect]) -> BTreeMap<(&str, Option<&str>), Vec<&Effect>> {
    let mut objects: BTreeMap<_, Vec<&Effect>> = BTreeMap::new();
    for effect in effects.iter().filter(|effect| counts(effect)) {
        objects
            .entry((effect.address.as_str(), effect.deposed.as_deref()))
            .or_default()
            .push(effect);
    }
    for named in objects.values_mut().filter(|named| named.len() > 1) {
        named.sort_by_cached_key(|effect| super::digest(effect));
    }
    objects
}

fn same(old: &[&Effect], new: &[&Effect]) -> bool {
    old.len() == new.len()
        && old
            .iter()
            .zip(new)
            .all(|(one, other)| essence(one) == essence(other))
}

fn only(effect: &Effect, when: &str) -> Difference {
    let text = format!("{when} {}", deed(effect));
    Difference {
        address: effect.address.clone(),
        text,
    }
}

fn explain(old: &[&Effect], new: &[&Effect]) -> Vec<Difference> {
    let ([old], [new]) = (old, new) else {
        let texts = old.iter().map(|effect| only(effect, "no longer"));
        return texts
            .chain(new.iter().map(|effect| only(effect, "newly")))
            .collect();
    };
    let address = visible(&new.address);
    let mut texts = Vec::new();
    if old.action != new.action {
        texts.push(format!(
            "{}, before: {} it",
            deed(new),
            visible(&old.action.to_string())
        ));
    }
    if old.importing != new.importing {
        let verb = if new.importing {
            "now imports"
        } else {
            "no longer imports"
        };
        texts.push(format!("{verb} {address}"));
    }
    if old.previous_address != new.previous_address || old.resource_type != new.resource_type {
        texts.push(format!(
            "{address} comes from another address or is of another type"
        ));
    }
    texts.extend(attributes(&old.attributes, &new.attributes, &address));
    texts
        .into_iter()
        .map(|text| Difference {
            address: new.address.clone(),
            text,
        })
        .collect()
}

fn attributes(old: &[AttributeChange], new: &[AttributeChange], address: &str) -> Vec<String> {
    let paths = |list: &[AttributeChange]| -> BTreeMap<String, Vec<AttributeChange>> {
        let mut paths: BTreeMap<String, Vec<AttributeChange>> = BTreeMap::new();
        for attribute in list {
            paths
                .entry(attribute.path.clone())
                .or_default()
                .push(attribute.clone());
        }
        paths
    };
    let (old, new) = (paths(old), paths(new));
    let mut texts = Vec::new();
    for (path, was) in &old {
        match new.get(path) {
            None => texts.push(format!("{address}: {} no longer changes", visible(path))),
            Some(is) if values(is) == values(was) => {}
            Some(is) => {
                texts.push(format!(
                    "{address}: {} {}, before: {}",
                    visible(path),
                    shown(is),
                    shown(was)
                ));
            }
        }
    }
    for (path, is) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        texts.push(format!(
            "{address}: {} newly changes, {}",
            visible(path),
            shown(is)
        ));
    }
    texts
}

fn values(changes: &[AttributeChange]) -> Vec<(String, String)> {
    changes
        .iter()
        .map(|change| (format!("{:?}", change.before), format!("{:?}", change.after)))
        .collect()
}

fn shown(changes: &[AttributeChange]) -> String {
    let one = |change: &AttributeChange| {
        format!(
            "{} -> {}",
            value_text(&change.before, 60),
            value_text(&change.after, 60)
        )
    };
    changes.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::equality::effects_digest;
    use lockkeeper_domain::effect::{Action, AttributeValue};
    use serde_json::json;

    fn effect(address: &str, action: Action, value: i32) -> Effect {
        let mut effect = Effect::new(address, "t", "p", action);
        let known = |value| AttributeValue::Known(json!(value));
        effect
            .attributes
            .push(AttributeChange::new("size", known(0), known(value)));
        effect
    }

    #[test]
    fn order_and_remarks_do_not_matter() {
        let one = [effect("a", Action::Update, 1), effect("b", Action::Delete, 1)];
        let mut other = [one[1].clone(), one[0].clone()];
        other[0].action_reason = Some("because".to_owned());
        other[1].dependents.push("c".to_owned());
        assert!(compare(&one, &other).is_empty());
        assert_eq!(effects_digest(&one), effects_digest(&other));
    }

    #[test]
    fn differences_are_told_in_words() {
        let one = [effect("a", Action::Update, 1), effect("b", Action::Delete, 1)];
        let other = [effect("a", Action::Update, 2), effect("c", Action::Create, 1)];
        assert_eq!(
            compare(&one, &other).to_string(),
            "a: size 0 -> 2, before: 0 -> 1\nno longer destroys b\nnewly creates c"
        );
        assert_ne!(effects_digest(&one), effects_digest(&other));
    }
}
