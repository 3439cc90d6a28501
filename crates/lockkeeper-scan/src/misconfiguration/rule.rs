//! Rules as data, and how they are read.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::finding::Severity;

const BUILT_IN: [(&str, &str); 4] = [
    ("general.toml", include_str!("rules/general.toml")),
    ("aws.toml", include_str!("rules/aws.toml")),
    ("azure.toml", include_str!("rules/azure.toml")),
    ("google.toml", include_str!("rules/google.toml")),
];

/// A file of rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The rules in {file} cannot be read: {reason}. See docs/scanning.md for the format.")]
pub struct RulesError {
    /// The file.
    pub file: String,
    /// What the reader says.
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) explanation: String,
    pub(super) remediation: String,
    /// Whether only objects of production are looked at.
    #[serde(default)]
    pub(super) production: bool,
    /// Each alone is enough; a rule without any is looked for by code.
    #[serde(default)]
    pub(super) when: Vec<Condition>,
}

/// What makes a rule hold for one object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    pub(super) types: Vec<String>,
    /// Keys from the object's root; lists on the way are gone through.
    pub(super) attribute: String,
    /// Values that are bad.
    #[serde(default)]
    pub(super) bad: Vec<Value>,
    /// Values of which one is needed. Empty: any.
    #[serde(default)]
    pub(super) good: Vec<Value>,
    /// The least number that is good.
    pub(super) least: Option<i64>,
    /// Whether an attribute that is not set is bad.
    #[serde(default)]
    pub(super) missing: Missing,
    /// Attributes of which any that is set makes the rule not apply.
    #[serde(default)]
    pub(super) unless: Vec<String>,
    /// What must be so too.
    pub(super) also: Option<Also>,
    /// An attribute that, where it is set, must have one of the values for the rule to apply.
    pub(super) only: Option<Only>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Missing {
    #[default]
    Fine,
    Bad,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Also {
    pub(super) attribute: String,
    #[serde(default)]
    pub(super) bad: Vec<Value>,
    #[serde(default, deserialize_with = "expression")]
    pub(super) matches: Option<Regex>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Only {
    pub(super) attribute: String,
    pub(super) good: Vec<Value>,
}

fn expression<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(reader)?;
    Regex::new(&text).map(Some).map_err(serde::de::Error::custom)
}

/// All rules, and which conditions a type of resource meets.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) rules: Vec<Rule>,
    by_type: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Rules {
    pub(super) fn built_in() -> Result<Self, RulesError> {
        let mut rules = Vec::new();
        for (file, text) in BUILT_IN {
            let read: File = toml::from_str(text).map_err(|error| RulesError {
                file: file.to_owned(),
                reason: error.to_string(),
            })?;
            rules.extend(read.rule);
        }
        let mut by_type: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, rule) in rules.iter().enumerate() {
            for (condition, one) in rule.when.iter().enumerate() {
                for name in &one.types {
                    by_type.entry(name.clone()).or_default().push((at, condition));
                }
            }
        }
        Ok(Self { rules, by_type })
    }

    pub(super) fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The conditions for a type of resource, each with its rule.
    pub(super) fn of_type(&self, resource_type: &str) -> impl Iterator<Item = (&Rule, &Condition)> {
        self.by_type
            .get(resource_type)
            .into_iter()
            .flatten()
            .filter_map(|(rule, condition)| {
                let rule = self.rules.get(*rule)?;
                Some((rule, rule.when.get(*condition)?))
            })
    }
}
