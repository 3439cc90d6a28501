//! Which objects exist, which are made, and who depends on whom, over the whole plan.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use lockkeeper_domain::effect::{Action, BlastRadius, Effect};

use super::effects::{action_of, address_of};
use super::references::References;
use super::shape::Document;
use crate::address::without_indices;

/// An effect lists no more dependents than this; the blast radius counts them all.
const MOST_LISTED: usize = 200;

pub(super) struct Graph<'g> {
    pub(super) references: &'g References,
    /// The objects that exist before the plan, by their address in the configuration.
    existing: HashMap<String, Vec<Cow<'g, str>>>,
    /// The addresses in the configuration of which the plan makes an object.
    created: BTreeSet<String>,
    /// How many objects stay as they are.
    pub(super) unchanged: usize,
}

impl<'g> Graph<'g> {
    /// Goes through all entries of the plan once.
    pub(super) fn of(document: &Document<'_>, unchanged: &'g [String], references: &'g References) -> Self {
        let changed = document.resource_changes.as_deref().unwrap_or_default();
        let mut graph = Self {
            references,
            existing: HashMap::new(),
            created: BTreeSet::new(),
            unchanged: unchanged.len(),
        };
        if changed.is_empty() {
            return graph;
        }
        for address in unchanged {
            graph.add_existing(Cow::Borrowed(address));
        }
        for entry in changed.iter().filter(|entry| !entry.is_data()) {
            let (action, address) = (action_of(entry), address_of(entry));
            if action == Action::Create || action.is_replacement() {
                graph.created.insert(without_indices(&address));
            }
            if action != Action::Create {
                graph.add_existing(Cow::Owned(address));
            }
        }
        graph
    }

    fn add_existing(&mut self, address: Cow<'g, str>) {
        self.existing
            .entry(without_indices(&address))
            .or_default()
            .push(address);
    }

    /// Whether any object of the resource exists before the plan.
    pub(super) fn exists(&self, resource: &str) -> bool {
        self.existing.contains_key(resource)
    }

    /// Whether the plan makes any object of the resource.
    pub(super) fn creates(&self, resource: &str) -> bool {
        self.created.contains(resource)
    }

    /// Existing objects whose configuration refers to the object.
    pub(super) fn dependents(&self, address: &str) -> Vec<String> {
        let mut listed: Vec<String> = self
            .existing_dependents(&without_indices(address))
            .take(MOST_LISTED)
            .map(|address| address.clone().into_owned())
            .collect();
        listed.sort_unstable();
        listed.dedup();
        listed
    }

    fn existing_dependents(&self, resource: &str) -> impl Iterator<Item = &Cow<'g, str>> {
        self.references
            .dependents(resource)
            .filter_map(|dependent| self.existing.get(dependent))
            .flatten()
    }

    /// Counts the existing objects that the effects touch, and those that depend on them.
    pub(super) fn blast_radius(&self, effects: &[Effect]) -> BlastRadius {
        let touched = crate::blast_radius::touched(effects);
        let changed = effects
            .iter()
            .filter(|effect| crate::blast_radius::touches(effect));
        let resources: BTreeSet<String> = changed.map(|effect| without_indices(&effect.address)).collect();
        let dependents: BTreeSet<&Cow<'g, str>> = resources
            .iter()
            .flat_map(|resource| self.existing_dependents(resource))
            .collect();
        let destroyed = touched.values().filter(|destroyed| **destroyed).count();
        BlastRadius {
            altered: touched.len() - destroyed,
            destroyed,
            dependent: dependents
                .iter()
                .filter(|address| !touched.contains_key(address.as_ref()))
                .count(),
        }
    }
}
