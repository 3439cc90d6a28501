//! The shape of `terraform show -json`, typed and borrowed from the input. Values are left as text
//! until it is known that they are needed: most of a large plan is never looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::sensitive::Collector;

/// A text that is borrowed where it holds no escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// An optional value, still as text.
pub(super) type Raw<'a> = Option<&'a RawValue>;

/// The top level: a plan, or one of the things that are given in its stead.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    pub(super) format_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) terraform_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) variables: Option<BTreeMap<Text<'a>, Variable<'a>>>,
    #[serde(borrow, default)]
    pub(super) planned_values: Option<StateValues<'a>>,
    #[serde(borrow, default)]
    pub(super) prior_state: Option<PriorState<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_changes: Option<ResourceChanges<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_drift: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow, default)]
    pub(super) deferred_changes: Option<Vec<DeferredChange<'a>>>,
    #[serde(borrow, default)]
    pub(super) action_invocations: Option<Vec<Invocation<'a>>>,
    #[serde(borrow, default)]
    pub(super) output_changes: Option<BTreeMap<Text<'a>, Change<'a>>>,
    #[serde(borrow, default)]
    pub(super) configuration: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) checks: Raw<'a>,
    #[serde(default)]
    pub(super) errored: Option<bool>,
    #[serde(default)]
    pub(super) applyable: Option<bool>,
    #[serde(default)]
    pub(super) complete: Option<bool>,
    /// Only in a state that was given by mistake.
    #[serde(default)]
    pub(super) values: Option<IgnoredAny>,
    /// Only in a state file.
    #[serde(default)]
    pub(super) lineage: Option<IgnoredAny>,
    /// Only in a state file.
    #[serde(default)]
    pub(super) serial: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Variable<'a> {
    #[serde(borrow, default)]
    pub(super) value: Raw<'a>,
}

#[derive(Deserialize)]
pub(super) struct PriorState<'a> {
    #[serde(borrow, default)]
    pub(super) values: Option<StateValues<'a>>,
}

/// Planned or prior values: looked at only for what is marked sensitive.
#[derive(Deserialize)]
pub(super) struct StateValues<'a> {
    #[serde(borrow, default)]
    pub(super) outputs: Option<BTreeMap<Text<'a>, StateOutput<'a>>>,
    #[serde(default)]
    pub(super) root_module: Option<StateModule>,
}

#[derive(Deserialize)]
pub(super) struct StateOutput<'a> {
    #[serde(default)]
    pub(super) sensitive: Option<bool>,
    #[serde(borrow, default)]
    pub(super) value: Raw<'a>,
}

#[derive(Deserialize)]
pub(super) struct StateModule {
    #[serde(default)]
    pub(super) resources: Option<StateResources>,
    #[serde(default)]
    pub(super) child_modules: Option<Vec<StateModule>>,
}

/// Counts the resources and collects what is sensitive in them.
#[derive(Default)]
pub(super) struct StateResources {
    pub(super) managed: usize,
    pub(super) sensitive: Collector,
}

/// A value and the mirror that marks what is sensitive in it.
pub(super) struct Masked<'a> {
    pub(super) value: &'a RawValue,
    pub(super) mask: &'a RawValue,
}

impl<'a> Masked<'a> {
    /// Pairs the two when the mask marks anything.
    fn when_marked(value: Raw<'a>, mask: Raw<'a>) -> Option<Self> {
        let (value, mask) = (value?, mask?);
        mask.get().contains("true").then_some(Self { value, mask })
    }
}

#[derive(Deserialize)]
struct StateResource<'a> {
    #[serde(borrow, default)]
    mode: Option<Text<'a>>,
    #[serde(borrow, default)]
    values: Raw<'a>,
    #[serde(borrow, default)]
    sensitive_values: Raw<'a>,
}

impl<'de> Deserialize<'de> for StateResources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fold_list(deserializer, |found: &mut Self, resource: StateResource<'de>| {
            found.managed += usize::from(resource.mode.is_none_or(|mode| mode.0 != "data"));
            Masked::when_marked(resource.values, resource.sensitive_values)
                .iter()
                .for_each(|masked| found.sensitive.add_masked(masked));
        })
    }
}

/// One entry of `resource_changes` or `resource_drift`.
#[derive(Deserialize)]
pub(super) struct ResourceChange<'a> {
    #[serde(borrow, default)]
    pub(super) address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) previous_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) module_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) mode: Option<Text<'a>>,
    #[serde(borrow, default, rename = "type")]
    pub(super) resource_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) index: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) provider_name: Option<Text<'a>>,
    /// A key; `true` in early versions, on live objects too, where it means nothing.
    #[serde(borrow, default)]
    pub(super) deposed: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) action_reason: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) change: Option<Change<'a>>,
}

/// What changes, as it stands in resources and in outputs.
#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow, default)]
    pub(super) actions: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub(super) before: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) after: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) after_unknown: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) before_sensitive: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) after_sensitive: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) replace_paths: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) importing: Raw<'a>,
}

impl<'a> Change<'a> {
    /// The two values with their sensitivity mirrors, where these mark anything; one when they are equal.
    pub(super) fn masked(&self) -> impl Iterator<Item = Masked<'a>> + use<'a> {
        let text = |raw: Raw<'a>| raw.map(RawValue::get);
        let stays = text(self.before_sensitive) == text(self.after_sensitive)
            && text(self.before) == text(self.after);
        let after = Masked::when_marked(self.after, self.after_sensitive).filter(|_| !stays);
        Masked::when_marked(self.before, self.before_sensitive)
            .into_iter()
            .chain(after)
    }
}

/// The list of changes: objects that stay as they are leave no more than their address.
#[derive(Default)]
pub(super) struct ResourceChanges<'a> {
    pub(super) changed: Vec<ResourceChange<'a>>,
    pub(super) unchanged: Vec<Text<'a>>,
    pub(super) sensitive: Collector,
}

impl<'de: 'a, 'a> Deserialize<'de> for ResourceChanges<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fold_list(deserializer, |found: &mut Self, entry: ResourceChange<'a>| {
            let masked = entry.change.iter().flat_map(Change::masked);
            masked.for_each(|masked| found.sensitive.add_masked(&masked));
            match entry {
                entry if !entry.is_idle() => found.changed.push(entry),
                entry if entry.is_data() => {}
                entry => found.unchanged.extend(entry.address),
            }
        })
    }
}

impl ResourceChange<'_> {
    /// Whether nothing happens to the object, not even in the state.
    fn is_idle(&self) -> bool {
        let Some(change) = &self.change else { return false };
        let Some(actions) = &change.actions else {
            return false;
        };
        actions.iter().all(|verb| verb.0 == "no-op")
            && change.importing.is_none()
            && self
                .previous_address
                .as_ref()
                .is_none_or(|previous| Some(previous) == self.address.as_ref())
    }

    /// Whether the entry is a data source.
    pub(super) fn is_data(&self) -> bool {
        self.mode.as_ref().is_some_and(|mode| mode.0 == "data")
    }
}

#[derive(Deserialize)]
pub(super) struct DeferredChange<'a> {
    #[serde(borrow, default)]
    pub(super) reason: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_change: Option<ResourceChange<'a>>,
}

/// A provider's own operation, run while applying (Terraform 1.14).
#[derive(Deserialize)]
pub(super) struct Invocation<'a> {
    #[serde(borrow, default)]
    pub(super) address: Option<Text<'a>>,
    #[serde(borrow, default, rename = "type")]
    pub(super) action_type: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) provider_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) config_values: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) config_sensitive: Raw<'a>,
    #[serde(borrow, default)]
    pub(super) config_unknown: Raw<'a>,
}

/// Reads a list entry by entry into an accumulator, so that the list itself is never held.
fn fold_list<'de, D, T, A>(deserializer: D, step: impl FnMut(&mut A, T)) -> Result<A, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
    A: Default,
{
    struct Fold<T, A, F>(F, std::marker::PhantomData<(T, A)>);
    impl<'de, T: Deserialize<'de>, A: Default, F: FnMut(&mut A, T)> Visitor<'de> for Fold<T, A, F> {
        type Value = A;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<A, E> {
            Ok(A::default())
        }

        fn visit_seq<S: SeqAccess<'de>>(mut self, mut list: S) -> Result<A, S::Error> {
            let mut found = A::default();
            while let Some(entry) = list.next_element()? {
                (self.0)(&mut found, entry);
            }
            Ok(found)
        }
    }
    deserializer.deserialize_seq(Fold(step, std::marker::PhantomData))
}
