//! A change in each of its environments.

use jiff::Timestamp;
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::id::{ChangeId, EnvironmentId, PlanId, ProjectId, RunId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::verification::ProbeResult;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::{JsonText, Stored};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "stages",
    identity: &[
        ("change_id", IdentityKind::Id),
        ("environment_id", IdentityKind::Id),
    ],
    sealed: &["message", "next_step", "verification"],
    names: &[],
};

sealed_row! {
    /// A change in one environment.
    pub struct StageRow {
        /// The change.
        pub change_id: Stored<ChangeId>,
        /// The environment.
        pub environment_id: Stored<EnvironmentId>,
        /// The environment's tier, as text.
        pub tier: String,
        /// The environment that this one promotes from.
        pub promotes_from: Option<Stored<EnvironmentId>>,
        /// Whether the stack does not exist in the environment that this one promotes from.
        pub promotion_exempt: bool,
        /// How far it is.
        pub status: Stored<StageStatus>,
        /// The current plan.
        pub plan_id: Option<Stored<PlanId>>,
        /// The newest run.
        pub run_id: Option<Stored<RunId>>,
        /// When the apply ended.
        pub applied_at: Option<Stored<Timestamp>>,
    }
    sealed in SEALED, by (change_id, environment_id) {
        /// What went wrong.
        pub message: Option<String>,
        /// What to do next.
        pub next_step: Option<String>,
        /// What the verification found.
        pub verification: Stored<JsonText<Vec<ProbeResult>>>,
    }
    names {
        /// The environment's name.
        pub environment_name: Stored<Name>,
    }
}

sealed_row! {
    /// A stage of an open change in which something went wrong.
    pub struct TroubledRow {
        /// The number of the change.
        pub change_number: i64,
        /// How far it is.
        pub status: Stored<StageStatus>,
    }
    names {
        /// The environment's name.
        pub environment_name: Stored<Name>,
    }
}

statements! {
    /// Adds a stage that waits for its plan.
    execute fn insert(change: ChangeId, environment: EnvironmentId, position: i64, promotion_exempt: bool, verification: &str) seals SEALED (change, environment) [verification] =
        "INSERT INTO stages (change_id, environment_id, position, promotion_exempt, status, verification, rollback_pending) \
         VALUES ($1, $2, $3, $4, 'planning', $5, FALSE)";
    /// The stages of a change, in the order of promotion.
    all fn of_change(change: ChangeId) -> StageRow =
        "SELECT s.*, e.name AS environment_name, e.tier, e.promotes_from FROM stages s \
         JOIN environments e ON e.id = s.environment_id WHERE s.change_id = $1 ORDER BY s.position";
    /// The stages in which something went wrong, of the open changes of a project with these numbers, in the order of
    /// promotion.
    all fn in_trouble(project: ProjectId, first: i64, last: i64) -> TroubledRow =
        "SELECT c.change_number, s.status, e.name AS environment_name FROM changes c JOIN stages s ON s.change_id = c.id \
         JOIN environments e ON e.id = s.environment_id WHERE c.project_id = $1 AND c.change_number >= $2 \
         AND c.change_number <= $3 AND c.status = 'open' \
         AND s.status IN ('plan-failed', 'apply-failed', 'interrupted', 'verification-failed') \
         ORDER BY c.change_number, s.position";
    /// A stage of any change in which that commit of the stack works in the environment.
    optional fn verified(environment: EnvironmentId, stack: &Name, commit: &str) names [stack] -> StageRow =
        "SELECT s.*, e.name AS environment_name, e.tier, e.promotes_from FROM stages s \
         JOIN environments e ON e.id = s.environment_id JOIN changes c ON c.id = s.change_id \
         WHERE s.environment_id = $1 AND s.status = 'verified' AND c.stack = $2 AND c.commit_id = $3 LIMIT 1";
    /// Stages that are to be rolled back by themselves, and are not yet.
    all fn with_pending_rollback(limit: i64) -> StageRow =
        "SELECT s.*, e.name AS environment_name, e.tier, e.promotes_from FROM stages s \
         JOIN environments e ON e.id = s.environment_id WHERE s.rollback_pending LIMIT $1";
    /// Planned stages of rollbacks that come by themselves, whose apply was never queued.
    all fn of_rollbacks_never_applied(limit: i64) -> StageRow =
        "SELECT s.*, e.name AS environment_name, e.tier, e.promotes_from FROM stages s \
         JOIN environments e ON e.id = s.environment_id JOIN changes c ON c.id = s.change_id \
         WHERE c.automatic AND c.status = 'open' AND s.status = 'planned' AND NOT EXISTS (SELECT 1 FROM runs r \
         WHERE r.change_id = s.change_id AND r.environment_id = s.environment_id AND r.kind = 'apply') LIMIT $1";
    /// Notes that a stage is to be rolled back by itself, or that this is done.
    execute fn set_rollback_pending(change: ChangeId, environment: EnvironmentId, pending: bool) =
        "UPDATE stages SET rollback_pending = $3 WHERE change_id = $1 AND environment_id = $2";
    /// Takes a stage out of the outbox of rollbacks; answers 0 when it was not in it any more.
    execute fn take_pending_rollback(change: ChangeId, environment: EnvironmentId) =
        "UPDATE stages SET rollback_pending = FALSE WHERE change_id = $1 AND environment_id = $2 AND rollback_pending";
    /// Moves a stage.
    execute fn set_status(change: ChangeId, environment: EnvironmentId, status: StageStatus, message: Option<&str>, next_step: Option<&str>) seals SEALED (change, environment) [message, next_step] =
        "UPDATE stages SET status = $3, message = $4, next_step = $5 WHERE change_id = $1 AND environment_id = $2";
    /// Gives a stage another plan, or none.
    execute fn set_plan(change: ChangeId, environment: EnvironmentId, plan: Option<PlanId>) =
        "UPDATE stages SET plan_id = $3 WHERE change_id = $1 AND environment_id = $2";
    /// Names the newest run of a stage.
    execute fn set_run(change: ChangeId, environment: EnvironmentId, run: RunId) =
        "UPDATE stages SET run_id = $3 WHERE change_id = $1 AND environment_id = $2";
    /// Records that the apply ended.
    execute fn set_applied(change: ChangeId, environment: EnvironmentId, at: Timestamp) =
        "UPDATE stages SET applied_at = $3 WHERE change_id = $1 AND environment_id = $2";
    /// Records what the verification found.
    execute fn set_verification(change: ChangeId, environment: EnvironmentId, verification: &str) seals SEALED (change, environment) [verification] =
        "UPDATE stages SET verification = $3 WHERE change_id = $1 AND environment_id = $2";
}
