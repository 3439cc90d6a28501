//! From what the rules found to one reason in plain words.

use std::borrow::Cow;

use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::risk::{Reason, RiskClass};

use super::functions::functions;
use crate::text::deed;

/// What one rule found on one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) class: RiskClass,
    pub(super) rule: &'static str,
    pub(super) phrase: Cow<'static, str>,
}

impl Finding {
    pub(super) fn new(class: RiskClass, rule: &'static str, phrase: impl Into<Cow<'static, str>>) -> Self {
        Self {
            class,
            rule,
            phrase: phrase.into(),
        }
    }
}

/// One reason of all findings: the highest class, and the phrases of that class.
pub(super) fn merge(effect: &Effect, findings: Vec<Finding>) -> Reason {
    let class = findings
        .iter()
        .map(|finding| finding.class)
        .max()
        .unwrap_or(RiskClass::Low);
    let telling: Vec<&Finding> = findings.iter().filter(|finding| finding.class == class).collect();
    let phrases: Vec<&str> = telling.iter().map(|finding| finding.phrase.as_ref()).collect();
    Reason {
        class,
        rule: telling
            .first()
            .map_or("new-resource", |finding| finding.rule)
            .to_owned(),
        address: effect.address.clone(),
        deposed: effect.deposed.clone(),
        text: format!("{}: {}", deed(effect), phrases.join(", and ")),
        functions: functions(effect, class),
    }
}
