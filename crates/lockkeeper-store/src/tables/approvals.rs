//! Approvals.

use jiff::Timestamp;
use lockkeeper_domain::id::{ApprovalId, ChangeId, EnvironmentId, UserId};
use lockkeeper_domain::name::Name;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;
use crate::{StoreError, Transaction};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "approvals",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["comment", "void_reason"],
    names: &["function"],
};

sealed_row! {
    /// An approval of one plan, with the name of who gave it.
    pub struct ApprovalRow {
        /// The identifier.
        pub id: Stored<ApprovalId>,
        /// The change.
        pub change_id: Stored<ChangeId>,
        /// The environment.
        pub environment_id: Stored<EnvironmentId>,
        /// Who.
        pub user_id: Stored<UserId>,
        /// The digest of the plan that was seen.
        pub plan_digest: String,
        /// The digest of that plan's effects.
        pub effects_digest: String,
        /// When.
        pub created_at: Stored<Timestamp>,
        /// When it lost its force.
        pub voided_at: Option<Stored<Timestamp>>,
        /// When whoever gave it was disabled.
        pub user_disabled_at: Option<Stored<Timestamp>>,
        /// Whether whoever gave it administers the server.
        pub user_server_admin: bool,
    }
    sealed in SEALED, by (id) {
        /// What was said.
        pub comment: String,
        /// Why it lost its force.
        pub void_reason: Option<String>,
    }
    names {
        /// The environment's name.
        pub environment_name: Stored<Name>,
        /// The name of who gave it.
        pub user_name: Stored<Name>,
        /// In which function.
        pub function: Option<Stored<Name>>,
    }
}

statements! {
    /// Adds an approval.
    execute fn insert(
        id: ApprovalId, change: ChangeId, environment: EnvironmentId, user: UserId, function: Option<&str>,
        plan_digest: &str, effects_digest: &str, comment: &str, created_at: Timestamp,
    ) seals SEALED (id) [comment] names [function] =
        "INSERT INTO approvals (id, change_id, environment_id, user_id, function, plan_digest, effects_digest, comment, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// The approvals of a change, oldest first.
    all fn of_change(change: ChangeId) -> ApprovalRow =
        "SELECT a.*, u.name AS user_name, u.disabled_at AS user_disabled_at, u.server_admin AS user_server_admin, e.name AS environment_name FROM approvals a JOIN users u ON u.id = a.user_id \
         JOIN environments e ON e.id = a.environment_id WHERE a.change_id = $1 ORDER BY a.id LIMIT 1000";
    /// Takes the force from the approvals in an environment that were given for plans with other effects.
    all fn void(change: ChangeId, environment: EnvironmentId, effects_digest: &str, at: Timestamp) -> VoidedApproval =
        "UPDATE approvals SET voided_at = $4 \
         WHERE change_id = $1 AND environment_id = $2 AND effects_digest <> $3 AND voided_at IS NULL RETURNING id";
    /// Says why an approval lost its force.
    execute fn set_void_reason(id: ApprovalId, void_reason: &str) seals SEALED (id) [void_reason] =
        "UPDATE approvals SET void_reason = $2 WHERE id = $1";
}

/// An approval that lost its force.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct VoidedApproval {
    /// The identifier.
    pub id: Stored<ApprovalId>,
}

/// Voids the approvals in an environment that were given for plans with other effects, and answers how many.
///
/// # Errors
/// When the database fails.
pub async fn void_others(
    transaction: &mut Transaction,
    change: ChangeId,
    environment: EnvironmentId,
    effects_digest: &str,
    at: Timestamp,
    why: &str,
) -> Result<usize, StoreError> {
    let voided = void(transaction, change, environment, effects_digest, at).await?;
    for approval in &voided {
        set_void_reason(transaction, *approval.id, why).await?;
    }
    Ok(voided.len())
}
