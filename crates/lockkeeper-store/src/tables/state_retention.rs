//! Versions of states that may be old enough to go, and what keeps them.

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, StateId, StateVersionId};
use lockkeeper_domain::name::Name;

use crate::sealed::sealed_row;
use crate::statement::statements;
use crate::stored::Stored;

sealed_row! {
    /// A state with more versions than have to stay.
    pub struct LongStateRow {
        /// The state.
        pub id: Stored<StateId>,
        /// The project.
        pub project_id: Stored<ProjectId>,
    }
    names {
        /// The environment.
        pub environment_name: Stored<Name>,
        /// The stack.
        pub stack: Stored<Name>,
        /// Whose personal state it is; none for the shared one.
        pub owner_name: Option<Stored<Name>>,
    }
}

sealed_row! {
    /// A version, as far as it matters for how long it stays.
    pub struct OldVersionRow {
        /// The version.
        pub id: Stored<StateVersionId>,
        /// The serial.
        pub serial: i64,
        /// When it was written.
        pub created_at: Stored<Timestamp>,
        /// The blob of the body.
        pub blob: String,
    }
    names {
        /// The lineage.
        pub lineage: String,
    }
}

/// The identifier of a version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VersionRow {
    /// The identifier.
    pub id: Stored<StateVersionId>,
}

/// A serial that something refers to.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct SerialRow {
    /// The serial.
    pub serial: i64,
}

statements! {
    /// States with more versions than that, the first of which was written before that time, by identifier, behind
    /// the one given.
    all fn long_states(after: StateId, versions: i64, written_before: Timestamp, limit: i64) -> LongStateRow =
        "SELECT s.id, s.project_id, e.name AS environment_name, s.stack, o.name AS owner_name FROM states s \
         JOIN environments e ON e.id = s.environment_id LEFT JOIN users o ON o.id = s.owner_id \
         WHERE s.id > $1 AND s.versions > $2 AND (SELECT v.created_at FROM state_versions v WHERE v.state_id = s.id \
         ORDER BY v.id LIMIT 1) < $3 ORDER BY s.id LIMIT $4";
    /// The version with that many newer ones.
    optional fn with_newer(state: StateId, newer: i64) -> VersionRow =
        "SELECT id FROM state_versions WHERE state_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2";
    /// Versions, oldest first, behind one and up to another.
    all fn page(state: StateId, after: StateVersionId, until: StateVersionId, limit: i64) -> OldVersionRow =
        "SELECT id, serial, lineage, created_at, blob FROM state_versions \
         WHERE state_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4";
    /// The last version before that one which is not empty, as far as that is known.
    optional fn last_good(state: StateId, before: StateVersionId) -> VersionRow =
        "SELECT id FROM state_versions WHERE state_id = $1 AND id < $2 AND (resources IS NULL OR resources > 0) \
         ORDER BY id DESC LIMIT 1";
    /// The serials that plans of open changes were made from, and that runs under way found.
    all fn serials_in_use(state: StateId) -> SerialRow =
        "SELECT p.state_serial AS serial FROM states t JOIN changes c ON c.project_id = t.project_id AND c.status = 'open' \
         AND c.stack = t.stack JOIN stages s ON s.change_id = c.id AND s.environment_id = t.environment_id \
         JOIN plans p ON p.id = s.plan_id WHERE t.id = $1 AND p.state_serial IS NOT NULL \
         UNION SELECT r.serial_before AS serial FROM states t JOIN runs r ON r.environment_id = t.environment_id \
         AND r.kind IN ('plan', 'apply') AND r.status IN ('queued', 'running') \
         JOIN changes c ON c.id = r.change_id AND c.stack = t.stack WHERE t.id = $1 AND r.serial_before IS NOT NULL";
    /// Counts versions that were removed.
    execute fn count_removed(id: StateId, removed: i64) =
        "UPDATE states SET versions = versions - $2, versions_removed = versions_removed + $2 WHERE id = $1";
}
