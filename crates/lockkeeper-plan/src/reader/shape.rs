//! The shape of `terraform show -json`, typed and borrowed from the input. Values are left as text
//! until it is known that they are needed: most of a large plan is never looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

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
    pub(super) resource_changes: Option<Vec<ResourceChange<'a>>>,
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
}

#[derive(Deserialize)]
pub(super) struct Variable<'a> {
    #[serde(borrow, default)]
    pub(super) value: Raw<'a>,
}

/// An output in planned or prior values.
#[derive(Deserialize)]
pub(super) struct StateOutput<'a> {
    #[serde(default)]
    pub(super) sensitive: Option<bool>,
    #[serde(borrow, default)]
    pub(super) value: Raw<'a>,
}

/// A value and the mirror that marks what is sensitive in it, as text.
pub(super) struct Masked<'a> {
    pub(super) value: &'a str,
    pub(super) mask: &'a str,
}

impl<'a> Masked<'a> {
    /// Pairs the two when the mask marks anything. Most mark nothing: the values of these are not even looked at.
    pub(super) fn when_marked(
        value: impl FnOnce() -> Option<&'a str>,
        mask: Option<&'a str>,
    ) -> Option<Self> {
        let mask = mask.filter(|mask| mask.contains("true"))?;
        Some(Self {
            value: value()?,
            mask,
        })
    }

    /// The two values of a change with their mirrors, where these mark anything; one when they are equal.
    pub(super) fn of_change(
        (before, before_mask): (impl Fn() -> Option<&'a str>, Option<&'a str>),
        (after, after_mask): (impl Fn() -> Option<&'a str>, Option<&'a str>),
    ) -> [Option<Self>; 2] {
        let differ = || before_mask != after_mask || before() != after();
        let old = Self::when_marked(&before, before_mask);
        let new = Self::when_marked(&after, after_mask).filter(|_| differ());
        [old, new]
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
        Masked::of_change(
            (|| text(self.before), text(self.before_sensitive)),
            (|| text(self.after), text(self.after_sensitive)),
        )
        .into_iter()
        .flatten()
    }
}

impl ResourceChange<'_> {
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
