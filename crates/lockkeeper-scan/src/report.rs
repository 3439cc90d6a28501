//! The findings of one change together: what stands, what is allowed, and by which entry.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::secrets::Scan;

/// What was found in the files and the plan of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What nobody has allowed, the worst first.
    pub findings: Vec<Finding>,
    /// What is allowed, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<AllowedFinding>,
}

/// A finding that stands for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedFinding {
    /// What was found.
    pub finding: Finding,
    /// Why it may stay.
    pub reason: String,
    /// Whether a comment in the file says so, and not the list of the project.
    pub in_source: bool,
}

impl Report {
    /// Adds what was found in one file.
    pub fn add_scan(&mut self, scan: Scan) {
        self.findings.extend(scan.findings.into_iter().map(Finding::from));
        self.allowed
            .extend(scan.allowed.into_iter().map(|allowed| AllowedFinding {
                finding: allowed.finding.into(),
                reason: allowed.reason,
                in_source: true,
            }));
        self.sort();
    }

    /// Adds what was found in a plan.
    pub fn add(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
        self.sort();
    }

    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(Finding::reading_order);
        self.allowed
            .sort_by(|one, other| one.finding.reading_order(&other.finding));
    }
}
