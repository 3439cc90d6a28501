//! Runs and their logs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// Makes a plan.
    Plan,
    /// Applies a plan and verifies it.
    Apply,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Waits for a worker, for its time, or for another run on the same state.
    Queued,
    /// At work.
    Running,
    /// Done, and well.
    Succeeded,
    /// Done, and not well; the message says why.
    Failed,
    /// Stopped by a person.
    Cancelled,
    /// The server died while it was at work.
    Interrupted,
}

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    /// The identifier.
    pub id: String,
    /// The change that it belongs to.
    pub change: String,
    /// The stack.
    pub stack: String,
    /// The environment.
    pub environment: String,
    /// What it does.
    pub kind: RunKind,
    /// How far it is.
    pub status: RunStatus,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was asked for.
    pub created_at: String,
    /// When it is to start, if later than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<String>,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// The tool's exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The state's serial before and after; absent when there was or is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_serial_before: Option<i64>,
    /// The state's serial after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_serial_after: Option<i64>,
    /// What happened, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// What the verification found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verification: Vec<ProbeView>,
}

/// What one probe of a verification found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProbeView {
    /// The probe in words.
    pub probe: String,
    /// Whether it held.
    pub passed: bool,
    /// How often it was tried.
    pub tries: u32,
    /// What was found when it did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

/// A piece of a run's log. The server-sent events of the log have this as their data, the position
/// after the piece as their id, and `end` as the name of the last one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LogView {
    /// The text, secrets masked.
    pub text: String,
    /// Give this as `after` to go on behind this piece.
    pub position: i64,
    /// Whether the run has ended, so that nothing more will come.
    pub ended: bool,
}
