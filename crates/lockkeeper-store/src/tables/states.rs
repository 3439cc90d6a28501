//! Terraform states and their versions.

use jiff::Timestamp;
use lockkeeper_domain::id::{EnvironmentId, ProjectId, RunId, StateId, StateVersionId, UserId};
use lockkeeper_domain::name::Name;

use crate::statement::statements;
use crate::stored::Stored;

/// A state.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StateRow {
    /// The identifier.
    pub id: Stored<StateId>,
    /// The newest version; none when nothing was written, or the state was deleted.
    pub version_id: Option<Stored<StateVersionId>>,
    /// How many versions are kept.
    pub versions: i64,
}

/// A state in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StateListRow {
    /// The identifier.
    pub id: Stored<StateId>,
    /// The environment.
    pub environment_name: Stored<Name>,
    /// The stack.
    pub stack: Stored<Name>,
    /// The newest serial.
    pub serial: Option<i64>,
    /// The lineage.
    pub lineage: Option<String>,
    /// How many versions are kept.
    pub versions: i64,
}

/// One version of a state.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StateVersionRow {
    /// The identifier.
    pub id: Stored<StateVersionId>,
    /// The serial.
    pub serial: i64,
    /// The lineage.
    pub lineage: String,
    /// The size in bytes.
    pub size: i64,
    /// The MD5 of the body.
    pub md5: Vec<u8>,
    /// The blob of the body.
    pub blob: String,
    /// The name of who wrote it.
    pub user_name: Stored<Name>,
    /// The run that wrote it.
    pub run_id: Option<Stored<RunId>>,
    /// When.
    pub created_at: Stored<Timestamp>,
}

statements! {
    /// Adds a state unless it is there.
    execute fn insert(id: StateId, project: ProjectId, environment: EnvironmentId, stack: &Name) =
        "INSERT INTO states (id, project_id, environment_id, stack, versions, generation) VALUES ($1, $2, $3, $4, 0, 1) \
         ON CONFLICT DO NOTHING";
    /// The state of a stack in an environment.
    optional fn find(environment: EnvironmentId, project: ProjectId, stack: &Name) -> StateRow =
        "SELECT id, version_id, versions FROM states WHERE environment_id = $1 AND project_id = $2 AND stack = $3";
    /// Takes a state for alteration: transactions that take the same one wait for each other.
    optional fn take(id: StateId) -> StateRow =
        "UPDATE states SET generation = generation + 1 WHERE id = $1 RETURNING id, version_id, versions";
    /// States of a project, by identifier, behind the one given.
    all fn page(project: ProjectId, after: StateId, limit: i64) -> StateListRow =
        "SELECT s.id, e.name AS environment_name, s.stack, v.serial, v.lineage, s.versions FROM states s \
         JOIN environments e ON e.id = s.environment_id LEFT JOIN state_versions v ON v.id = s.version_id \
         WHERE s.project_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3";
    /// Adds a version.
    execute fn insert_version(
        id: StateVersionId, state: StateId, serial: i64, lineage: &str, size: i64, md5: &[u8], blob: &str, user: UserId,
        run: Option<RunId>, created_at: Timestamp,
    ) =
        "INSERT INTO state_versions (id, state_id, serial, lineage, size, md5, blob, user_id, run_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Makes a version the newest one.
    execute fn set_newest(id: StateId, version: StateVersionId) =
        "UPDATE states SET version_id = $2, versions = versions + 1 WHERE id = $1";
    /// Deletes a state; its versions stay.
    execute fn clear(id: StateId) = "UPDATE states SET version_id = NULL WHERE id = $1";
    /// The newest version of a state.
    optional fn newest(id: StateId) -> StateVersionRow =
        "SELECT v.*, u.name AS user_name FROM states s JOIN state_versions v ON v.id = s.version_id \
         JOIN users u ON u.id = v.user_id WHERE s.id = $1";
    /// A version.
    optional fn version(id: StateVersionId) -> StateVersionRow =
        "SELECT v.*, u.name AS user_name FROM state_versions v JOIN users u ON u.id = v.user_id WHERE v.id = $1";
    /// The newest version with that serial.
    optional fn version_by_serial(state: StateId, serial: i64) -> StateVersionRow =
        "SELECT v.*, u.name AS user_name FROM state_versions v JOIN users u ON u.id = v.user_id \
         WHERE v.state_id = $1 AND v.serial = $2 ORDER BY v.id DESC LIMIT 1";
    /// Versions, newest first, before the one given.
    all fn page_of_versions(state: StateId, before: StateVersionId, limit: i64) -> StateVersionRow =
        "SELECT v.*, u.name AS user_name FROM state_versions v JOIN users u ON u.id = v.user_id \
         WHERE v.state_id = $1 AND v.id < $2 ORDER BY v.id DESC LIMIT $3";
}
