//! The audit log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One entry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntryView {
    /// The place in the project's chain, counted from 1 without gaps.
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

/// What verifying the chain found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditVerificationView {
    /// Whether every entry is as it was written, in its place, and none is missing.
    pub intact: bool,
    /// How many entries were looked at.
    pub entries: i64,
    /// The head of the chain, `sequence:hash`: keep it elsewhere and give it as `checkpoint` later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Where the chain breaks, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}
