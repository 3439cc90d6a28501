//! Evidence that a gate asks for: computed by the engine, or ticked by a person with their name on it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A check that a gate knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckName {
    /// `terraform fmt -check` finds nothing to rewrite. Computed.
    Fmt,
    /// `terraform validate` finds the configuration valid. Computed.
    Validate,
    /// No secret stands in the files of the commit. Computed.
    Secrets,
    /// Nothing that the plan makes or alters is set dangerously. Computed.
    StaticAnalysis,
    /// No policy of the project denies the plan. Computed.
    Policies,
    /// What the plan adds to the monthly bill fits into the budget. Computed.
    Budget,
    /// The rollback is written down. Computed.
    Rollback,
    /// The people on call know. Ticked.
    OnCallNotified,
    /// Those concerned were told. Ticked.
    CommunicationSent,
}

impl CheckName {
    /// Every check, in the order in which people read them.
    pub const ALL: [CheckName; 9] = [
        CheckName::Fmt,
        CheckName::Validate,
        CheckName::Secrets,
        CheckName::StaticAnalysis,
        CheckName::Policies,
        CheckName::Budget,
        CheckName::Rollback,
        CheckName::OnCallNotified,
        CheckName::CommunicationSent,
    ];

    /// The name as it stands in policies, addresses and output.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckName::Fmt => "fmt",
            CheckName::Validate => "validate",
            CheckName::Secrets => "secrets",
            CheckName::StaticAnalysis => "static-analysis",
            CheckName::Policies => "policies",
            CheckName::Budget => "budget",
            CheckName::Rollback => "rollback",
            CheckName::OnCallNotified => "on-call-notified",
            CheckName::CommunicationSent => "communication-sent",
        }
    }

    /// Whether a person ticks the check; the others are computed and cannot be ticked.
    pub fn is_ticked_by_people(self) -> bool {
        matches!(self, CheckName::OnCallNotified | CheckName::CommunicationSent)
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No check has the name given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a check: use fmt, validate, secrets, static-analysis, policies, budget, rollback, on-call-notified or communication-sent"
)]
pub struct InvalidCheckName(String);

impl std::str::FromStr for CheckName {
    type Err = InvalidCheckName;

    fn from_str(text: &str) -> Result<Self, InvalidCheckName> {
        CheckName::ALL
            .into_iter()
            .find(|check| check.as_str() == text)
            .ok_or_else(|| InvalidCheckName(text.chars().take(80).collect()))
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check.
    pub name: CheckName,
    /// Whether it passed.
    pub passed: bool,
    /// One line for each thing found; empty when there is nothing to say. Never holds a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}
