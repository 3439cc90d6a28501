//! The class of a change, and the reasons for it (docs/risk-rules.md).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::role::Function;

/// How much can go wrong. The order is the order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskClass {
    /// New resources only, tags, more capacity, added monitoring.
    Low,
    /// Security groups, IAM policies, configuration, scaling policies.
    Medium,
    /// Databases, networks, destructive operations, production secrets.
    High,
}

impl fmt::Display for RiskClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            RiskClass::Low => "low",
            RiskClass::Medium => "medium",
            RiskClass::High => "high",
        })
    }
}

/// The text is none of the three classes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a class of risk: use low, medium or high")]
pub struct InvalidRiskClass(String);

impl FromStr for RiskClass {
    type Err = InvalidRiskClass;

    fn from_str(text: &str) -> Result<Self, InvalidRiskClass> {
        match text {
            "low" => Ok(RiskClass::Low),
            "medium" => Ok(RiskClass::Medium),
            "high" => Ok(RiskClass::High),
            other => Err(InvalidRiskClass(other.chars().take(80).collect())),
        }
    }
}

/// Why an effect has its class: names the effect and the rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// The class that this reason alone gives.
    pub class: RiskClass,
    /// The rule that gave it, as a stable identifier such as `destructive` or `database`.
    pub rule: String,
    /// The address of the effect that the rule looked at.
    pub address: String,
    /// The key of the deposed object that the rule looked at, which shares its address with the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// One sentence for people: `replaces aws_db_instance.main: database, and destructive`.
    pub text: String,
    /// The functions whose approval the reason calls for when the class is high.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub functions: BTreeSet<Function>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.text)
    }
}

/// The class of a plan, with every reason for it, the most severe first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The highest class of any reason; low when there is none.
    pub class: RiskClass,
    /// All reasons, the most severe first.
    pub reasons: Vec<Reason>,
}

impl Assessment {
    /// The assessment that follows from the reasons: their highest class.
    pub fn from_reasons(mut reasons: Vec<Reason>) -> Self {
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.class));
        let class = reasons.first().map_or(RiskClass::Low, |reason| reason.class);
        Self { class, reasons }
    }

    /// The functions that the reasons of the given class call for.
    pub fn functions(&self, class: RiskClass) -> BTreeSet<Function> {
        self.reasons
            .iter()
            .filter(|r| r.class == class)
            .flat_map(|r| r.functions.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(class: RiskClass) -> Reason {
        let text = "r".to_owned();
        Reason {
            class,
            rule: text.clone(),
            address: text.clone(),
            deposed: None,
            text,
            functions: BTreeSet::new(),
        }
    }

    #[test]
    fn no_reason_is_low() {
        assert_eq!(Assessment::from_reasons(vec![]).class, RiskClass::Low);
    }

    #[test]
    fn the_highest_class_wins_and_stands_first() {
        let assessment = Assessment::from_reasons(vec![
            reason(RiskClass::Low),
            reason(RiskClass::High),
            reason(RiskClass::Medium),
        ]);
        assert_eq!(assessment.class, RiskClass::High);
        assert_eq!(assessment.reasons[0].class, RiskClass::High);
        assert_eq!(assessment.reasons[2].class, RiskClass::Low);
    }
}
