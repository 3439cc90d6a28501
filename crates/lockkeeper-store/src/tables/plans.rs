//! Plans, redacted. The effects and the tool's own plan file are blobs.

use jiff::Timestamp;
use lockkeeper_domain::check::CheckResult;
use lockkeeper_domain::effect::{BlastRadius, Summary};
use lockkeeper_domain::id::{ChangeId, EnvironmentId, PlanId};
use lockkeeper_domain::risk::{Assessment, RiskClass};

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::{JsonText, Stored};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "plans",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["assessment", "summary", "blast_radius", "checks", "cost"],
    names: &["state_lineage"],
};

sealed_row! {
    /// A plan.
    pub struct PlanRow {
        /// The identifier.
        pub id: Stored<PlanId>,
        /// The change.
        pub change_id: Stored<ChangeId>,
        /// The environment.
        pub environment_id: Stored<EnvironmentId>,
        /// The digest that approvals are bound to.
        pub digest: String,
        /// The digest of the effects: equal for plans that do the same.
        pub effects_digest: String,
        /// The blob of the effects, as JSON.
        pub effects_blob: String,
        /// The blob of the tool's plan file, until it can no longer be applied.
        pub plan_file_blob: Option<String>,
        /// The tool and its version.
        pub tool: String,
        /// The commit that was planned.
        pub commit_id: String,
        /// The state's serial that the plan was made from.
        pub state_serial: Option<i64>,
        /// When it was made.
        pub made_at: Stored<Timestamp>,
        /// When it can no longer be applied.
        pub expires_at: Stored<Timestamp>,
    }
    sealed in SEALED, by (id) {
        /// The class and its reasons.
        pub assessment: Stored<JsonText<Assessment>>,
        /// How many objects are touched.
        pub summary: Stored<JsonText<Summary>>,
        /// Which existing objects can be harmed.
        pub blast_radius: Stored<JsonText<BlastRadius>>,
        /// The computed checks.
        pub checks: Stored<JsonText<Vec<CheckResult>>>,
        /// What it adds to the monthly bill: an estimate, as JSON.
        pub cost: Stored<JsonText<serde_json::Value>>,
    }
    names {
        /// The state's lineage that the plan was made from.
        pub state_lineage: Option<String>,
    }
}

/// A plan whose file can be removed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SpentPlanFile {
    /// The plan.
    pub id: Stored<PlanId>,
    /// The blob of the file.
    pub plan_file_blob: String,
}

statements! {
    /// Adds a plan.
    execute fn insert(
        id: PlanId, change: ChangeId, environment: EnvironmentId, digest: &str, effects_digest: &str, class: RiskClass, assessment: &str,
        summary: &str, blast_radius: &str, checks: &str, cost: &str, effects_blob: &str, plan_file_blob: &str, tool: &str, commit: &str,
        state_serial: Option<i64>, state_lineage: Option<&str>, made_at: Timestamp, expires_at: Timestamp,
    ) seals SEALED (id) [assessment, summary, blast_radius, checks, cost] names [state_lineage] =
        "INSERT INTO plans (id, change_id, environment_id, digest, effects_digest, class, assessment, summary, blast_radius, checks, \
         cost, effects_blob, plan_file_blob, tool, commit_id, state_serial, state_lineage, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    /// The plan.
    optional fn by_id(id: PlanId) -> PlanRow = "SELECT * FROM plans WHERE id = $1";
    /// The newest plan of a change with that digest.
    optional fn by_digest(change: ChangeId, digest: &str) -> PlanRow =
        "SELECT * FROM plans WHERE change_id = $1 AND digest = $2 ORDER BY id DESC LIMIT 1";
    /// Plans whose files nobody can apply any more: expired, replaced by another, or carried out.
    all fn spent_files(now: Timestamp, limit: i64) -> SpentPlanFile =
        "SELECT p.id, p.plan_file_blob FROM plans p JOIN changes c ON c.id = p.change_id LEFT JOIN stages s ON s.plan_id = p.id \
         WHERE p.plan_file_blob IS NOT NULL AND (s.plan_id IS NULL OR (s.status <> 'applying' AND (p.expires_at <= $1 \
         OR s.status NOT IN ('planned', 'scheduled') OR c.status IN ('closed', 'cancelled', 'rolled-back')))) LIMIT $2";
    /// Forgets the file of a plan.
    execute fn clear_file(id: PlanId) = "UPDATE plans SET plan_file_blob = NULL WHERE id = $1";
}
