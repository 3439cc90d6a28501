//! The audit log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One entry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntryView {
    /// The chain: the identifier of the project, or that of the state that the entry is about.
    pub chain: String,
    /// The place in the chain, counted from 1 without gaps.
    pub sequence: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What was done: `change.approve`.
    pub action: String,
    /// To what: `INFRA-1`.
    pub subject: String,
    /// The rest.
    pub details: serde_json::Value,
    /// The hash of the entry before, in hexadecimal.
    pub previous_hash: String,
    /// The hash of this entry, in hexadecimal.
    pub hash: String,
}

/// What verifying the log found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditVerificationView {
    /// Whether every entry is as it was written, in its place, and none is missing.
    pub intact: bool,
    /// How many entries were looked at.
    pub entries: i64,
    /// How many chains they are in: the project's, and one for each state.
    pub chains: i64,
    /// The head of the project's chain, `sequence:hash`: keep it elsewhere and give it as `checkpoint` later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Which chain breaks, where, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}
