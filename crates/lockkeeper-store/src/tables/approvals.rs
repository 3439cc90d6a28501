//! Approvals.

use jiff::Timestamp;
use lockkeeper_domain::id::{ApprovalId, ChangeId, EnvironmentId, UserId};
use lockkeeper_domain::name::Name;

use crate::statement::statements;
use crate::stored::Stored;

/// An approval of one plan, with the name of who gave it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ApprovalRow {
    /// The identifier.
    pub id: Stored<ApprovalId>,
    /// The change.
    pub change_id: Stored<ChangeId>,
    /// The environment.
    pub environment_id: Stored<EnvironmentId>,
    /// The environment's name.
    pub environment_name: Stored<Name>,
    /// Who.
    pub user_id: Stored<UserId>,
    /// The name of who gave it.
    pub user_name: Stored<Name>,
    /// In which function.
    pub function: Option<Stored<Name>>,
    /// The digest of the plan that was seen.
    pub plan_digest: String,
    /// The digest of that plan's effects.
    pub effects_digest: String,
    /// What was said.
    pub comment: String,
    /// When.
    pub created_at: Stored<Timestamp>,
    /// When it lost its force.
    pub voided_at: Option<Stored<Timestamp>>,
    /// Why it lost its force.
    pub void_reason: Option<String>,
    /// When whoever gave it was disabled.
    pub user_disabled_at: Option<Stored<Timestamp>>,
}

statements! {
    /// Adds an approval.
    execute fn insert(
        id: ApprovalId, change: ChangeId, environment: EnvironmentId, user: UserId, function: Option<&str>,
        plan_digest: &str, effects_digest: &str, comment: &str, created_at: Timestamp,
    ) =
        "INSERT INTO approvals (id, change_id, environment_id, user_id, function, plan_digest, effects_digest, comment, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// The approvals of a change, oldest first.
    all fn of_change(change: ChangeId) -> ApprovalRow =
        "SELECT a.*, u.name AS user_name, u.disabled_at AS user_disabled_at, e.name AS environment_name FROM approvals a JOIN users u ON u.id = a.user_id \
         JOIN environments e ON e.id = a.environment_id WHERE a.change_id = $1 ORDER BY a.id LIMIT 1000";
    /// Voids the approvals in an environment that were given for plans with other effects.
    execute fn void_others(change: ChangeId, environment: EnvironmentId, effects_digest: &str, at: Timestamp, why: &str) =
        "UPDATE approvals SET voided_at = $4, void_reason = $5 \
         WHERE change_id = $1 AND environment_id = $2 AND effects_digest <> $3 AND voided_at IS NULL";
}
