//! Runs.

use jiff::Timestamp;
use lockkeeper_domain::id::{ChangeId, EnvironmentId, PlanId, ProjectId, RunId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::run::{RunKind, RunStatus};
use lockkeeper_domain::verification::ProbeResult;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::{JsonText, Stored};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "runs",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["message", "next_step", "verification"],
    names: &[],
};

sealed_row! {
    /// A run, with the names around it.
    pub struct RunRow {
        /// The identifier.
        pub id: Stored<RunId>,
        /// The project.
        pub project_id: Stored<ProjectId>,
        /// The change.
        pub change_id: Stored<ChangeId>,
        /// The number of the change.
        pub change_number: i64,
        /// The environment.
        pub environment_id: Stored<EnvironmentId>,
        /// What it does.
        pub kind: Stored<RunKind>,
        /// How far it is.
        pub status: Stored<RunStatus>,
        /// Who asked for it.
        pub requester_id: Stored<UserId>,
        /// The plan that it applies.
        pub plan_id: Option<Stored<PlanId>>,
        /// When it was asked for.
        pub created_at: Stored<Timestamp>,
        /// When it is to start.
        pub scheduled_at: Option<Stored<Timestamp>>,
        /// When it started.
        pub started_at: Option<Stored<Timestamp>>,
        /// When it ended.
        pub finished_at: Option<Stored<Timestamp>>,
        /// The tool's exit code.
        pub exit_code: Option<i64>,
        /// The state's serial before.
        pub serial_before: Option<i64>,
        /// The state's serial after.
        pub serial_after: Option<i64>,
        /// Whether somebody asked for it to stop.
        pub cancel_requested: bool,
    }
    sealed in SEALED, by (id) {
        /// What happened.
        pub message: Option<String>,
        /// What to do next.
        pub next_step: Option<String>,
        /// What the verification found.
        pub verification: Stored<JsonText<Vec<ProbeResult>>>,
    }
    names {
        /// The stack.
        pub stack: Stored<Name>,
        /// The environment's name.
        pub environment_name: Stored<Name>,
        /// The name of who asked for it.
        pub requester_name: Stored<Name>,
    }
}

/// How long a run took, in microseconds.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct RunDuration {
    /// From start to end.
    pub microseconds: i64,
}

statements! {
    /// Adds a run that waits.
    execute fn insert(
        id: RunId, project: ProjectId, change: ChangeId, environment: EnvironmentId, kind: RunKind, requester: UserId,
        plan: Option<PlanId>, created_at: Timestamp, scheduled_at: Option<Timestamp>, verification: &str,
    ) seals SEALED (id) [verification] =
        "INSERT INTO runs (id, project_id, change_id, environment_id, kind, status, requester_id, plan_id, created_at, \
         scheduled_at, verification, cancel_requested) VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, $9, $10, FALSE)";
    /// The run.
    optional fn by_id(id: RunId) -> RunRow =
        "SELECT r.*, c.change_number, c.stack, e.name AS environment_name, u.name AS requester_name FROM runs r \
         JOIN changes c ON c.id = r.change_id JOIN environments e ON e.id = r.environment_id \
         JOIN users u ON u.id = r.requester_id WHERE r.id = $1";
    /// Runs of a project, newest first, before the one given.
    all fn page(project: ProjectId, before: RunId, limit: i64) -> RunRow =
        "SELECT r.*, c.change_number, c.stack, e.name AS environment_name, u.name AS requester_name FROM runs r \
         JOIN changes c ON c.id = r.change_id JOIN environments e ON e.id = r.environment_id \
         JOIN users u ON u.id = r.requester_id WHERE r.project_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3";
    /// Runs of a change, newest first, before the one given.
    all fn page_of_change(change: ChangeId, before: RunId, limit: i64) -> RunRow =
        "SELECT r.*, c.change_number, c.stack, e.name AS environment_name, u.name AS requester_name FROM runs r \
         JOIN changes c ON c.id = r.change_id JOIN environments e ON e.id = r.environment_id \
         JOIN users u ON u.id = r.requester_id WHERE r.change_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3";
    /// Marks a run as at work.
    execute fn start(id: RunId, at: Timestamp, serial_before: Option<i64>) =
        "UPDATE runs SET status = 'running', started_at = $2, serial_before = $3 WHERE id = $1 AND finished_at IS NULL";
    /// Ends a run.
    execute fn finish(
        id: RunId, status: RunStatus, at: Timestamp, exit_code: Option<i64>, serial_after: Option<i64>, message: Option<&str>,
        next_step: Option<&str>,
    ) seals SEALED (id) [message, next_step] =
        "UPDATE runs SET status = $2, finished_at = $3, exit_code = $4, serial_after = $5, message = $6, next_step = $7 \
         WHERE id = $1 AND finished_at IS NULL";
    /// Says something else of how a run ended that has ended.
    execute fn set_outcome(id: RunId, serial_after: Option<i64>, message: Option<&str>, next_step: Option<&str>) seals SEALED (id) [message, next_step] =
        "UPDATE runs SET serial_after = $2, message = $3, next_step = $4 WHERE id = $1";
    /// Records what the verification found.
    execute fn set_verification(id: RunId, verification: &str) seals SEALED (id) [verification] = "UPDATE runs SET verification = $2 WHERE id = $1";
    /// Takes a run that is at work, until the end of the transaction. Answers 0 when its end is on record.
    execute fn take(id: RunId) = "UPDATE runs SET status = status WHERE id = $1 AND finished_at IS NULL";
    /// Asks a run to stop.
    execute fn request_cancel(id: RunId) =
        "UPDATE runs SET cancel_requested = TRUE WHERE id = $1 AND status IN ('queued', 'running')";
    /// How long the newest successful applies of a stack in an environment took.
    all fn recent_durations(environment: EnvironmentId, stack: &Name) names [stack] -> RunDuration =
        "SELECT r.finished_at - r.started_at AS microseconds FROM runs r JOIN changes c ON c.id = r.change_id \
         WHERE r.environment_id = $1 AND r.kind = 'apply' AND r.status = 'succeeded' AND c.stack = $2 \
         AND r.started_at IS NOT NULL AND r.finished_at IS NOT NULL ORDER BY r.id DESC LIMIT 10";
}
