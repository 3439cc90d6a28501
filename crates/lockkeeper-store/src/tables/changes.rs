//! Changes.

use jiff::Timestamp;
use lockkeeper_domain::change::ChangeStatus;
use lockkeeper_domain::id::{ChangeId, EnvironmentId, ProjectId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::stack::Stack;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::{JsonText, Stored};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "changes",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["reference", "title", "why", "rollback", "stack_definition"],
    names: &["stack"],
};

sealed_row! {
    /// A change, with the name of its requester.
    pub struct ChangeRow {
        /// The identifier.
        pub id: Stored<ChangeId>,
        /// The project.
        pub project_id: Stored<ProjectId>,
        /// The number within the project.
        pub change_number: i64,
        /// The commit that it stood for.
        pub commit_id: String,
        /// Who proposed it.
        pub requester_id: Stored<UserId>,
        /// How far it is.
        pub status: Stored<ChangeStatus>,
        /// The class that the author declared.
        pub declared_class: Option<Stored<RiskClass>>,
        /// The change that this one undoes.
        pub rolls_back: Option<Stored<ChangeId>>,
        /// Whether a failed verification proposed it, rather than a person.
        pub automatic: bool,
        /// When it was proposed.
        pub created_at: Stored<Timestamp>,
        /// When it last changed.
        pub updated_at: Stored<Timestamp>,
        /// Goes up with every alteration.
        pub generation: i64,
        /// The highest class of its plans. Only in lists.
        pub class: Option<Stored<RiskClass>>,
    }
    sealed in SEALED, by (id) {
        /// The branch, tag or commit that was proposed.
        pub reference: String,
        /// One line.
        pub title: String,
        /// Why.
        pub why: String,
        /// How to go back, in words.
        pub rollback: Option<String>,
        /// The stack as the commit declares it.
        pub stack_definition: Stored<JsonText<Stack>>,
    }
    names {
        /// The stack.
        pub stack: Stored<Name>,
        /// The name of the one who proposed it.
        pub requester_name: Stored<Name>,
    }
}

/// A commit that was carried out.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AppliedRevision {
    /// The change that did it.
    pub change_id: Stored<ChangeId>,
    /// The number of that change.
    pub change_number: i64,
    /// The commit.
    pub commit_id: String,
}

statements! {
    /// Adds a change.
    execute fn insert(
        id: ChangeId, project: ProjectId, number: i64, stack: &Name, reference: &str, commit: &str, title: &str, why: &str,
        requester: UserId, declared_class: Option<RiskClass>, rollback: Option<&str>, stack_definition: &str,
        rolls_back: Option<ChangeId>, automatic: bool, created_at: Timestamp,
    ) seals SEALED (id) [reference, title, why, rollback, stack_definition] names [stack] =
        "INSERT INTO changes (id, project_id, change_number, stack, reference, commit_id, title, why, requester_id, status, \
         declared_class, rollback, stack_definition, rolls_back, automatic, created_at, updated_at, generation) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $14, $15, $15, 1)";
    /// The change with that number.
    optional fn by_number(project: ProjectId, number: i64) -> ChangeRow =
        "SELECT c.*, u.name AS requester_name, NULL AS class FROM changes c JOIN users u ON u.id = c.requester_id \
         WHERE c.project_id = $1 AND c.change_number = $2";
    /// The change.
    optional fn by_id(id: ChangeId) -> ChangeRow =
        "SELECT c.*, u.name AS requester_name, NULL AS class FROM changes c JOIN users u ON u.id = c.requester_id WHERE c.id = $1";
    /// The open changes that carry this commit of the stack forward, newest first.
    all fn open_of_commit(project: ProjectId, stack: &Name, commit_id: &str) names [stack] -> ChangeRow =
        "SELECT c.*, u.name AS requester_name, NULL AS class FROM changes c JOIN users u ON u.id = c.requester_id \
         WHERE c.project_id = $1 AND c.status = 'open' AND c.stack = $2 AND c.commit_id = $3 AND c.rolls_back IS NULL \
         ORDER BY c.change_number DESC LIMIT 20";
    /// The newest change that undoes the one given.
    optional fn undoing(id: ChangeId) -> ChangeRow =
        "SELECT c.*, u.name AS requester_name, NULL AS class FROM changes c JOIN users u ON u.id = c.requester_id \
         WHERE c.rolls_back = $1 ORDER BY c.change_number DESC LIMIT 1";
    /// Changes of a project, newest first, below the number given.
    all fn page(project: ProjectId, below: i64, limit: i64) -> ChangeRow =
        "SELECT c.*, u.name AS requester_name, (SELECT p.class FROM stages s JOIN plans p ON p.id = s.plan_id WHERE s.change_id = c.id \
         ORDER BY CASE p.class WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END DESC LIMIT 1) AS class FROM changes c JOIN users u ON u.id = c.requester_id \
         WHERE c.project_id = $1 AND c.change_number < $2 ORDER BY c.change_number DESC LIMIT $3";
    /// Changes of a project with that status, newest first, below the number given.
    all fn page_with_status(project: ProjectId, status: ChangeStatus, below: i64, limit: i64) -> ChangeRow =
        "SELECT c.*, u.name AS requester_name, (SELECT p.class FROM stages s JOIN plans p ON p.id = s.plan_id WHERE s.change_id = c.id \
         ORDER BY CASE p.class WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END DESC LIMIT 1) AS class FROM changes c JOIN users u ON u.id = c.requester_id \
         WHERE c.project_id = $1 AND c.status = $2 AND c.change_number < $3 ORDER BY c.change_number DESC LIMIT $4";
    /// Takes a change for alteration: transactions that take the same one wait for each other.
    optional fn take(id: ChangeId, at: Timestamp) -> TakenChange =
        "UPDATE changes SET generation = generation + 1, updated_at = $2 WHERE id = $1 RETURNING generation";
    /// Sets the status.
    execute fn set_status(id: ChangeId, status: ChangeStatus) = "UPDATE changes SET status = $2 WHERE id = $1";
    /// Alters what people write.
    execute fn edit(id: ChangeId, title: &str, why: &str, declared_class: Option<RiskClass>, rollback: Option<&str>) seals SEALED (id) [title, why, rollback] =
        "UPDATE changes SET title = $2, why = $3, declared_class = $4, rollback = $5 WHERE id = $1";
    /// The revision that was applied and verified in the environment before the change given, and not undone since.
    optional fn revision_before(environment: EnvironmentId, stack: &Name, change: ChangeId, applied_before: Timestamp) names [stack] -> AppliedRevision =
        "SELECT c.id AS change_id, c.change_number, c.commit_id FROM stages s JOIN changes c ON c.id = s.change_id \
         WHERE s.environment_id = $1 AND s.status = 'verified' AND c.stack = $2 AND c.id <> $3 AND s.applied_at < $4 \
         ORDER BY s.applied_at DESC LIMIT 1";
    /// A change of the stack, other than the two given, that was applied in the environment after the time given, and still
    /// counts: one that was undone does not, nor does the rollback that undid it.
    optional fn applied_on_top(
        environment: EnvironmentId, stack: &Name, undone: ChangeId, undoing: Option<ChangeId>, applied_after: Timestamp,
    ) names [stack] -> AppliedRevision =
        "SELECT c.id AS change_id, c.change_number, c.commit_id FROM stages s JOIN changes c ON c.id = s.change_id \
         WHERE s.environment_id = $1 AND c.stack = $2 AND c.id <> $3 AND c.id <> COALESCE($4, $3) AND s.applied_at > $5 \
         AND s.status <> 'rolled-back' AND NOT (s.status = 'verified' AND EXISTS (SELECT 1 FROM stages u \
         WHERE u.change_id = c.rolls_back AND u.environment_id = s.environment_id AND u.status = 'rolled-back' \
         AND u.applied_at > $5)) ORDER BY s.applied_at DESC LIMIT 1";
}

/// A change that was taken for alteration.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct TakenChange {
    /// The generation that it has now.
    pub generation: i64,
}
