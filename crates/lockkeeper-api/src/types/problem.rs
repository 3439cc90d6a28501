//! Errors, as RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, why, and what to do next (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A stable identifier of the kind of problem: `urn:lockkeeper:problem:gates-shut`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and why, in a sentence or two.
    pub detail: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The gates that are shut, when the problem is that they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<super::change::GateView>,
}

impl Problem {
    /// The kind of the problem that somebody holds the lock of a state.
    pub const LOCKED: &str = "urn:lockkeeper:problem:locked";
    /// The kind of the problem that a request carries no token. What to do about it depends on what sends requests.
    pub const NO_TOKEN: &str = "urn:lockkeeper:problem:no-token";
}
