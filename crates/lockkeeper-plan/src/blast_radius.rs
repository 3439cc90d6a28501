//! How many existing objects a plan can harm, from effects alone: those that it alters,
//! those that it destroys, and those that depend on either.

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::effect::{Action, BlastRadius, Effect};

/// Counts from the effects and the dependents that they list.
pub fn blast_radius(effects: &[Effect]) -> BlastRadius {
    let touched = touched(effects);
    let dependents: BTreeSet<&String> = effects
        .iter()
        .filter(|effect| touches(effect))
        .flat_map(|effect| &effect.dependents)
        .collect();
    let destroyed = touched.values().filter(|destroyed| **destroyed).count();
    BlastRadius {
        altered: touched.len() - destroyed,
        destroyed,
        dependent: dependents
            .iter()
            .filter(|address| !touched.contains_key(address.as_str()))
            .count(),
    }
}

/// The existing objects that effects alter or destroy, and whether they destroy them. What is attached to something
/// that exists alters that.
pub(crate) fn touched(effects: &[Effect]) -> BTreeMap<&str, bool> {
    let mut touched = BTreeMap::new();
    for effect in effects {
        let parent = effect.attached_to.as_ref().filter(|parent| parent.existing);
        let object = match parent {
            _ if touches(effect) => Some(effect.address.as_str()),
            parent => parent.map(|parent| parent.target.as_str()),
        };
        if let Some(object) = object {
            *touched.entry(object).or_default() |= effect.action.is_destructive();
        }
    }
    touched
}

/// Whether the effect itself alters or destroys an object that exists.
pub(crate) fn touches(effect: &Effect) -> bool {
    effect.action.touches_existing() && !matches!(effect.action, Action::Forget | Action::Invoke)
}

#[cfg(test)]
mod tests {
    use lockkeeper_domain::effect::Attachment;

    use super::*;

    fn effect(address: &str, action: Action, dependents: &[&str]) -> Effect {
        let mut effect = Effect::new(address, "t", "p", action);
        effect.dependents = dependents.iter().map(|address| (*address).to_owned()).collect();
        effect
    }

    #[test]
    fn dependents_are_counted_once_and_not_when_touched_themselves() {
        let effects = [
            effect("a", Action::Delete, &["b", "c", "d"]),
            effect("b", Action::Update, &["c"]),
            effect("e", Action::Create, &["f"]),
        ];
        assert_eq!(
            blast_radius(&effects),
            BlastRadius {
                altered: 1,
                destroyed: 1,
                dependent: 2
            }
        );
        assert!(blast_radius(&effects[2..]).is_new_resources_only());
    }

    #[test]
    fn what_something_is_attached_to_is_altered_once() {
        let attached = |address: &str, existing: bool| {
            let mut effect = effect(address, Action::Create, &[]);
            effect.attached_to = Some(Attachment {
                attribute: "security_group_id".to_owned(),
                target: "sg-1".to_owned(),
                existing,
            });
            effect
        };
        let radius = |existing| blast_radius(&[attached("a", existing), attached("b", existing)]);
        assert_eq!(radius(true).altered, 1);
        assert!(radius(false).is_new_resources_only());
    }
}
