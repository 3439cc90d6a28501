//! Rules as data (`rules/*.toml`, of which `build.rs` makes tables), and how they are found.

use serde_json::Value;

use crate::finding::Severity;

// `RULES`, every rule in the order of the files.
include!(concat!(env!("OUT_DIR"), "/misconfiguration.rs"));

/// Every rule.
pub(super) fn built_in() -> &'static Rules {
    &RULES
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) severity: Severity,
    pub(super) explanation: &'static str,
    pub(super) remediation: &'static str,
    /// Whether only objects of production are looked at.
    pub(super) production: bool,
    /// Each alone is enough; a rule without any is looked for by code.
    pub(super) when: &'static [Condition],
}

/// What makes a rule hold for one object.
#[derive(Debug)]
pub(super) struct Condition {
    /// The resource types that it is about.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "`Rules::by_type` is made of it at build time")
    )]
    pub(super) types: &'static [&'static str],
    /// Keys from the object's root; lists on the way are gone through.
    pub(super) attribute: &'static str,
    /// Values that are bad.
    pub(super) bad: &'static [Setting],
    /// Values of which one is needed. Empty: any.
    pub(super) good: &'static [Setting],
    /// Beginnings of texts that are bad.
    pub(super) begins: &'static [&'static str],
    /// The least number that is good.
    pub(super) least: Option<i64>,
    /// Whether an attribute that is not set is bad.
    pub(super) missing: Verdict,
    /// Whether an attribute that is set at all is bad, also to what is not shown.
    pub(super) present: Verdict,
    /// Attributes of which any that is set makes the rule not apply.
    pub(super) unless: &'static [&'static str],
    /// What must be so too.
    pub(super) also: Option<Also>,
    /// An attribute that, where it is set, must have one of the values for the rule to apply.
    pub(super) only: Option<Only>,
}

/// A value of an attribute.
#[derive(Debug)]
pub(super) enum Setting {
    Flag(bool),
    #[expect(dead_code, reason = "rules may say it, and none does today")]
    Number(i64),
    Text(&'static str),
}

impl Setting {
    pub(super) fn value(&self) -> Value {
        match self {
            Setting::Flag(flag) => Value::from(*flag),
            Setting::Number(number) => Value::from(*number),
            Setting::Text(text) => Value::from(*text),
        }
    }
}

impl PartialEq<Value> for Setting {
    fn eq(&self, value: &Value) -> bool {
        match self {
            Setting::Flag(flag) => value == flag,
            Setting::Number(number) => value == number,
            Setting::Text(text) => value == text,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    Bad,
}

#[derive(Debug)]
pub(super) struct Also {
    pub(super) attribute: &'static str,
    /// Values of which it has one. Without any, and without an end, it must be set.
    pub(super) bad: &'static [Setting],
    /// How a text must end.
    pub(super) ends: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct Only {
    pub(super) attribute: &'static str,
    pub(super) good: &'static [Setting],
}

/// All rules, and which conditions a type of resource meets.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) rules: &'static [Rule],
    /// In the order of the types: the places of a rule and of a condition in it.
    by_type: &'static [(&'static str, &'static [(usize, usize)])],
}

impl Rules {
    pub(super) fn get(&self, id: &str) -> Option<&'static Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The conditions for a type of resource, each with its rule.
    pub(super) fn of_type(
        &self,
        resource_type: &str,
    ) -> impl Iterator<Item = (&'static Rule, &'static Condition)> {
        let found = self
            .by_type
            .binary_search_by(|(name, _)| (*name).cmp(resource_type));
        let places = found.ok().and_then(|at| self.by_type.get(at));
        let rules = self.rules;
        places
            .into_iter()
            .flat_map(|(_, places)| *places)
            .filter_map(move |(rule, condition)| {
                let rule = rules.get(*rule)?;
                Some((rule, rule.when.get(*condition)?))
            })
    }
}
