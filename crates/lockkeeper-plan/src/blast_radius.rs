//! How many existing objects a plan can harm, from effects alone (spec 1.1).

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::effect::{Action, BlastRadius, Effect};

/// Counts from the effects and the dependents that they list.
pub fn blast_radius(effects: &[Effect]) -> BlastRadius {
    let touching = || effects.iter().filter(|effect| touches(effect));
    let touched: BTreeMap<&str, bool> = touching()
        .map(|effect| (effect.address.as_str(), effect.action.is_destructive()))
        .collect();
    let dependents: BTreeSet<&String> = touching().flat_map(|effect| &effect.dependents).collect();
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

/// Whether the effect alters or destroys an object that exists.
pub(crate) fn touches(effect: &Effect) -> bool {
    effect.action.touches_existing() && !matches!(effect.action, Action::Forget | Action::Invoke)
}

#[cfg(test)]
mod tests {
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
}
