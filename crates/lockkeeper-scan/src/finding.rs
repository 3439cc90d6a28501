//! What a scan finds, in a file or in a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secrets::{self, SecretFinding};

/// How bad it is if nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good practice that is missing.
    Low,
    /// Makes another flaw worse, or a mistake dearer.
    Medium,
    /// A door that somebody will find.
    High,
    /// A door that is open now.
    Critical,
}

impl Severity {
    /// The name as it stands in configuration and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a file.
    File {
        /// The path, from the root of the repository.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
    },
    /// In what a plan makes of an object.
    Object {
        /// The address of the object.
        address: String,
        /// The attribute, where one is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attribute: Option<String>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Place::Object { address, .. } => f.write_str(address),
        }
    }
}

/// One thing that should not be so. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule: `open-database-port`.
    pub rule: String,
    /// The rule in a few words.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is so, for people.
    pub message: String,
    /// Why it matters.
    pub explanation: String,
    /// What to do.
    pub remediation: String,
}

impl Finding {
    /// The order in which people read findings: the worst first, then by place and rule.
    pub(crate) fn reading_order(&self, other: &Self) -> std::cmp::Ordering {
        other
            .severity
            .cmp(&self.severity)
            .then_with(|| self.place.cmp(&other.place))
            .then_with(|| self.rule.cmp(&other.rule))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: {} [{}]",
            self.severity, self.place, self.message, self.rule
        )
    }
}

impl From<SecretFinding> for Finding {
    fn from(found: SecretFinding) -> Self {
        Self {
            title: secrets::title(&found.rule).to_owned(),
            rule: found.rule,
            severity: Severity::High,
            place: Place::File {
                path: found.path,
                line: found.line,
                column: found.column,
            },
            message: found.message,
            explanation: secrets::EXPLANATION.to_owned(),
            remediation: secrets::REMEDIATION.to_owned(),
        }
    }
}
