//! Dangerous settings in what a plan makes or alters, for AWS, Azure, Google Cloud, Kubernetes,
//! Helm and GitHub (docs/scanning.md).
//!
//! Only what the plan shows is judged: of an object that is updated, the attributes that change, and what
//! explains them; a value that is unknown until apply or sensitive is passed over.

mod address_range;
mod condition;
mod document;
mod identity;
mod kubernetes;
mod opening;
mod ports;
mod rule;

use std::collections::BTreeMap;

use lockkeeper_domain::effect::{Effect, NamedEnvironment};
use lockkeeper_domain::policy::Tier;

use crate::finding::{Finding, Place, Severity};
use crate::resource::Resource;
use rule::{Rule, Rules};

/// Where the plan will be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The tier of the environment, where it is known.
    pub tier: Option<Tier>,
}

impl Surroundings {
    /// Whether the object is one of production: by its environment, or by its own name and tags.
    fn are_production(self, effect: &Effect) -> bool {
        self.tier == Some(Tier::Production) || effect.named_environment == Some(NamedEnvironment::Production)
    }
}

/// A rule as people read about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleDescription<'r> {
    /// The id.
    pub id: &'r str,
    /// What is wrong, in a few words.
    pub title: &'r str,
    /// How bad it is.
    pub severity: Severity,
    /// Why it matters.
    pub explanation: &'r str,
    /// What to do.
    pub remediation: &'r str,
    /// Whether it is looked for in production only.
    pub production: bool,
}

/// What a check found at one place of one object.
struct Detail {
    rule: &'static str,
    attribute: String,
    text: String,
}

/// Looks for dangerous settings in the effects of a plan, the worst first.
pub fn scan(effects: &[Effect], surroundings: Surroundings) -> Vec<Finding> {
    let rules = rule::built_in();
    let mut findings: Vec<Finding> = effects
        .iter()
        .flat_map(|effect| scan_effect(rules, effect, surroundings))
        .collect();
    findings.sort_by(Finding::reading_order);
    findings
}

/// Every rule, in the order of the files.
pub fn rules() -> impl Iterator<Item = RuleDescription<'static>> {
    rule::built_in().rules.iter().map(|rule| RuleDescription {
        id: rule.id,
        title: rule.title,
        severity: rule.severity,
        explanation: rule.explanation,
        remediation: rule.remediation,
        production: rule.production,
    })
}

/// Whether a rule has the id.
pub fn is_rule(id: &str) -> bool {
    rules().any(|rule| rule.id == id)
}

fn scan_effect(rules: &'static Rules, effect: &Effect, surroundings: Surroundings) -> Vec<Finding> {
    let Some(resource) = Resource::after(effect) else {
        return Vec::new();
    };
    let production = surroundings.are_production(effect);
    let mut details = condition::details(rules, &resource, production);
    details.extend(opening::details(&resource));
    details.extend(document::details(&resource));
    details.extend(identity::details(&resource));
    details.extend(kubernetes::details(&resource));
    // One finding for each rule and object, however many attributes it is about.
    let mut by_rule: BTreeMap<&str, Vec<Detail>> = BTreeMap::new();
    for detail in details {
        by_rule.entry(detail.rule).or_default().push(detail);
    }
    by_rule
        .into_iter()
        .filter_map(|(id, details)| Some(finding(rules.get(id)?, effect, &details)))
        .collect()
}

fn finding(rule: &Rule, effect: &Effect, details: &[Detail]) -> Finding {
    /// More than this many places are counted, not listed.
    const MOST: usize = 4;
    let mut texts: Vec<&str> = Vec::new();
    for detail in details {
        if !texts.contains(&detail.text.as_str()) {
            texts.push(&detail.text);
        }
    }
    let more = texts.len().saturating_sub(MOST);
    let mut message = format!(
        "{}: {}",
        rule.title,
        texts.iter().take(MOST).copied().collect::<Vec<_>>().join("; ")
    );
    if more > 0 {
        message.push_str(&format!("; and {more} more"));
    }
    let attribute = details
        .first()
        .map(|detail| detail.attribute.clone())
        .filter(|path| !path.is_empty());
    Finding {
        rule: rule.id.to_owned(),
        title: rule.title.to_owned(),
        severity: rule.severity,
        place: Place::Object {
            address: effect.address.clone(),
            attribute,
        },
        message,
        explanation: rule.explanation.to_owned(),
        remediation: rule.remediation.to_owned(),
    }
}

#[cfg(test)]
mod tests;
