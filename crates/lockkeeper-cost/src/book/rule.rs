//! Rules: which prices make up the price of a resource.

use std::collections::BTreeMap;

use super::template::Template;
use crate::decimal::Decimal;

/// How resources of one type are priced.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResourceRule {
    /// The provider, for the region.
    pub(crate) provider: String,
    /// What the provider uses where an attribute is not set.
    pub(crate) defaults: BTreeMap<String, String>,
    /// What must be so, or the resource is not priced.
    pub(crate) requires: Vec<Requirement>,
    /// What the prices take for granted, in words.
    pub(crate) assumes: Option<String>,
    /// The part that depends on usage and is not estimated, in words.
    pub(crate) usage: Option<String>,
    /// Why a resource has no price when no component applies to it.
    pub(crate) otherwise: Option<String>,
    /// The parts of the price.
    pub(crate) components: Vec<ComponentRule>,
}

/// Something that must be so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Requirement {
    pub(crate) attribute: String,
    pub(crate) values: Vec<String>,
    pub(crate) why: String,
}

/// One part of a price: a quantity times a price of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ComponentRule {
    /// What people call it.
    pub(crate) name: String,
    /// The table.
    pub(crate) table: String,
    /// The key in the table.
    pub(crate) key: Template,
    /// Factors of the quantity.
    pub(crate) quantity: Vec<Term>,
    /// The list of blocks for each of which the component counts; the paths are those inside a block.
    pub(crate) each: Option<String>,
    /// Values that attributes must have for the component to apply; `*` is any value that is set, and an
    /// empty text is none.
    pub(crate) when: BTreeMap<String, Vec<String>>,
    /// Why there is no price when an attribute that is needed is not set.
    pub(crate) missing: Option<String>,
}

/// A factor of a quantity: `(value, mapped) + plus`, or what of it is beyond a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) value: TermValue,
    pub(crate) mapping: Option<String>,
    pub(crate) plus: Decimal,
    pub(crate) beyond: Decimal,
}

/// Where a factor comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TermValue {
    /// A number.
    Number(Decimal),
    /// The value of an attribute.
    Attribute(String),
    /// How many elements a list has.
    CountOf(String),
    /// One when the attribute names a zone, three when it names a region.
    ZonesOf(String),
}

impl Term {
    /// The attribute that the factor comes from.
    pub(crate) fn attribute(&self) -> Option<&str> {
        match &self.value {
            TermValue::Number(_) => None,
            TermValue::Attribute(path) | TermValue::CountOf(path) | TermValue::ZonesOf(path) => Some(path),
        }
    }
}

impl ComponentRule {
    /// The attributes that the component depends on, inside of its block where it has one.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &str> {
        let key = self.key.attributes().map(|(path, _)| path);
        let quantity = self.quantity.iter().filter_map(Term::attribute);
        key.chain(quantity).chain(self.when.keys().map(String::as_str))
    }

    /// The mappings that the component names.
    pub(crate) fn mappings(&self) -> impl Iterator<Item = &str> {
        let key = self.key.attributes().filter_map(|(_, mapping)| mapping);
        key.chain(self.quantity.iter().filter_map(|term| term.mapping.as_deref()))
    }
}

/// Why a type has no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It costs nothing.
    Free,
    /// It costs something that cannot be said from the plan, for this reason.
    NotPriced(String),
}

/// A type, or all types that a pattern with `*` fits: `aws_iam_*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) String);

impl Pattern {
    /// Whether the pattern is for a type.
    pub(crate) fn matches(&self, resource_type: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = resource_type.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}
