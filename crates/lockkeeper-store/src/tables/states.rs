//! Terraform states and their versions.

use jiff::Timestamp;
use lockkeeper_domain::audit::EntryHash;
use lockkeeper_domain::id::{EnvironmentId, ProjectId, RunId, StateId, StateVersionId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::state_lock::{HeldLock, Holder, LockDescription};
use lockkeeper_domain::state_version::{NewestVersion, StateFacts, VersionOrigin};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::keyring::Keyring;
use crate::sealed::{IdentityKind, ReadRow, SealedTable, sealed_row};
use crate::statement::{batched, statements};
use crate::stored::{JsonText, Stored};
use crate::tables::audit::ChainEnd;
use crate::tables::memberships::HeldRow;
use crate::tables::state_locks;
use crate::{StoreError, Transaction};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "states",
    identity: &[("id", IdentityKind::Id)],
    sealed: &[],
    names: &["stack"],
};

/// Stands in the column of owners for the state that everybody shares.
pub const SHARED: UserId = UserId::new(Uuid::nil());

/// What is sealed of versions.
pub(crate) const VERSIONS: SealedTable = SealedTable {
    name: "state_versions",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["reason"],
    names: &["lineage"],
};

/// A state.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StateRow {
    /// The identifier.
    pub id: Stored<StateId>,
    /// The newest version; none when nothing was written, or the state was deleted.
    pub version_id: Option<Stored<StateVersionId>>,
    /// How many versions are kept.
    pub versions: i64,
    /// Whether only runs of approved changes write it; none when its environment says so.
    pub protected: Option<bool>,
}

/// How a state is protected.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct ProtectionRow {
    /// By what is said of the state itself, else by its environment.
    pub protected: bool,
}

/// Where a state is, whether it is there or not.
#[derive(Debug, Clone, Copy)]
pub struct LocatedRow {
    /// The environment.
    pub environment_id: Stored<EnvironmentId>,
    /// The state; none when nothing was ever locked or written.
    pub state_id: Option<Stored<StateId>>,
    /// Whether the environment protects its states.
    pub states_protected: bool,
    /// What is said of this state, which holds before what the environment says.
    pub protected: Option<bool>,
}

/// Where a state is that somebody asks for.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct AskedRow {
    /// The project.
    pub project_id: Stored<ProjectId>,
    environment_id: Option<Stored<EnvironmentId>>,
    states_protected: Option<bool>,
    state_id: Option<Stored<StateId>>,
    protected: Option<bool>,
}

impl AskedRow {
    /// Where it is; none when the project has no such environment.
    pub fn located(&self) -> Option<LocatedRow> {
        Some(LocatedRow {
            environment_id: self.environment_id?,
            state_id: self.state_id,
            states_protected: self.states_protected.unwrap_or_default(),
            protected: self.protected,
        })
    }
}

sealed_row! {
    /// What a write is decided by and follows: the lock, the newest version, and the chain of the audit log.
    pub struct StandingRow {
        /// The state.
        pub id: Stored<StateId>,
        /// Grows with all that alters the state, its lock or its protection.
        pub generation: i64,
        /// Whether only runs of approved changes write it, if it is everybody's.
        pub only_runs_write: bool,
        /// The version that was written last, also when the state was deleted since.
        pub last_version: Option<Stored<StateVersionId>>,
        /// The digest of the inventory, where one is kept.
        pub inventory_digest: Option<Vec<u8>>,
        audit_sequence: Option<i64>,
        audit_hash: Option<Vec<u8>>,
        lock_user_id: Option<Stored<UserId>>,
        lock_run_id: Option<Stored<RunId>>,
        serial: Option<i64>,
        md5: Option<Vec<u8>>,
    }
    sealed in state_locks::SEALED, by (id) {
        /// What the holder of the lock said.
        pub description: Option<Stored<JsonText<LockDescription>>>,
    }
    names {
        lineage: Option<String>,
    }
}

/// Where a state is that somebody asks for, and how it stands.
#[derive(Debug, Clone)]
pub struct AskedStandingRow {
    /// Where it is.
    pub asked: AskedRow,
    /// How it stands; none when it is not there.
    pub standing: Option<StandingRow>,
}

impl ReadRow for AskedStandingRow {
    fn from_sqlite(row: &SqliteRow, keyring: &Keyring) -> Result<Self, StoreError> {
        let asked = AskedRow::from_sqlite(row, keyring)?;
        let standing = asked
            .state_id
            .map(|_| StandingRow::from_sqlite(row, keyring))
            .transpose()?;
        Ok(Self { asked, standing })
    }

    fn from_postgres(row: &PgRow, keyring: &Keyring) -> Result<Self, StoreError> {
        let asked = AskedRow::from_postgres(row, keyring)?;
        let standing = asked
            .state_id
            .map(|_| StandingRow::from_postgres(row, keyring))
            .transpose()?;
        Ok(Self { asked, standing })
    }
}

impl StandingRow {
    /// The lock, if it is held.
    pub fn held(&self) -> Option<HeldLock> {
        let holder = Holder {
            user: *self.lock_user_id?,
            run: self.lock_run_id.map(|run| run.0),
        };
        let description = self.description.as_ref()?.0.0.clone();
        Some(HeldLock { description, holder })
    }

    /// The end of the state's chain in the audit log, if it has begun.
    pub fn audit_end(&self) -> Option<ChainEnd> {
        Some(ChainEnd {
            sequence: self.audit_sequence?,
            hash: EntryHash::from_slice(self.audit_hash.as_deref()?)?,
        })
    }

    /// The newest version, if there is one.
    ///
    /// # Errors
    /// When the row holds something that was never written by this program.
    pub fn newest(&self) -> Result<Option<NewestVersion>, BoxDynError> {
        let (Some(serial), Some(lineage), Some(md5)) = (self.serial, &self.lineage, &self.md5) else {
            return Ok(None);
        };
        let (md5, lineage) = (md5.as_slice().try_into()?, lineage.clone());
        let facts = StateFacts { serial, lineage };
        Ok(Some(NewestVersion { facts, md5 }))
    }
}

sealed_row! {
    /// A state with its newest version and its lock.
    pub struct StateListRow {
        /// The identifier.
        pub id: Stored<StateId>,
        /// Whose it is; none for the shared one.
        pub owner_id: Stored<UserId>,
        /// What is said of this state about its protection.
        pub protected: Option<bool>,
        /// Whether the environment protects its states.
        pub environment_protects: bool,
        /// How many versions are kept.
        pub versions: i64,
        /// How many older ones were removed.
        pub versions_removed: i64,
        /// The newest serial.
        pub serial: Option<i64>,
        /// The size of the newest version in bytes.
        pub size: Option<i64>,
        /// How many resources the newest version has, if that can be known.
        pub resources: Option<i64>,
        /// When the newest version was written.
        pub written_at: Option<Stored<Timestamp>>,
        /// The run whose token took the lock.
        pub lock_run: Option<Stored<RunId>>,
        /// Since when it is held.
        pub lock_taken_at: Option<Stored<Timestamp>>,
    }
    sealed in state_locks::SEALED, by (id) {
        /// What the holder of the lock said.
        pub lock_description as description: Option<Stored<JsonText<LockDescription>>>,
    }
    names {
        /// The lineage.
        pub lineage: Option<String>,
        /// The environment.
        pub environment_name: Stored<Name>,
        /// The stack.
        pub stack: Stored<Name>,
        /// The name of the owner.
        pub owner_name: Option<Stored<Name>>,
        /// Who wrote it.
        pub written_by: Option<Stored<Name>>,
        /// Whose credentials took the lock.
        pub lock_user: Option<Stored<Name>>,
    }
}

/// The blob of a version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VersionBlobRow {
    /// Its name.
    pub blob: String,
}

/// The identifier of a version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VersionIdRow {
    /// The identifier.
    pub id: Stored<StateVersionId>,
}

sealed_row! {
    /// One version of a state.
    pub struct StateVersionRow {
        /// The identifier.
        pub id: Stored<StateVersionId>,
        /// The serial.
        pub serial: i64,
        /// The size in bytes.
        pub size: i64,
        /// The MD5 of the body.
        pub md5: Vec<u8>,
        /// The blob of the body.
        pub blob: String,
        /// The run that wrote it.
        pub run_id: Option<Stored<RunId>>,
        /// The number of the change whose run it was.
        pub change_number: Option<i64>,
        /// When.
        pub created_at: Stored<Timestamp>,
        /// How it came to be.
        pub origin: Stored<VersionOrigin>,
        /// The serial of the version that it was made of: rolled back to, or copied.
        pub origin_serial: Option<i64>,
        /// How many resources it has, if that can be known.
        pub resources: Option<i64>,
    }
    sealed in VERSIONS, by (id) {
        /// Why, where a reason was asked for.
        pub reason: Option<String>,
    }
    names {
        /// The lineage.
        pub lineage: String,
        /// The name of who wrote it.
        pub user_name: Stored<Name>,
    }
}

macro_rules! columns_asked {
    () => {
        "p.id AS project_id, e.id AS environment_id, e.states_protected, s.id AS state_id, s.protected, \
         m.role, m.function, m.environment_name"
    };
}

macro_rules! from_asked {
    () => {
        " FROM projects p \
         LEFT JOIN environments e ON e.project_id = p.id AND e.name = $2 \
         LEFT JOIN states s ON s.project_id = p.id AND s.environment_id = e.id AND s.stack = $3 AND s.owner_id = $4 \
         LEFT JOIN memberships m ON m.project_id = p.id AND m.user_id = $5"
    };
}

macro_rules! columns_standing {
    () => {
        "s.id, s.generation, COALESCE(s.protected, e.states_protected) AS only_runs_write, l.description, \
         l.user_id AS lock_user_id, l.run_id AS lock_run_id, v.serial, v.lineage, v.md5, \
         (SELECT x.id FROM state_versions x WHERE x.state_id = s.id ORDER BY x.id DESC LIMIT 1) AS last_version, \
         i.digest AS inventory_digest, a.sequence AS audit_sequence, a.hash AS audit_hash"
    };
}

macro_rules! joined_standing {
    () => {
        " LEFT JOIN state_locks l ON l.state_id = s.id LEFT JOIN state_versions v ON v.id = s.version_id \
         LEFT JOIN state_inventories i ON i.state_id = s.id LEFT JOIN audit_heads a ON a.chain = s.id"
    };
}

macro_rules! select_states {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, e.name AS environment_name, s.stack, s.owner_id, o.name AS owner_name, s.protected, \
             e.states_protected AS environment_protects, s.versions, s.versions_removed, v.serial, v.lineage, v.size, v.resources, \
             v.created_at AS written_at, w.name AS written_by, \
             l.description AS lock_description, h.name AS lock_user, l.run_id AS lock_run, l.taken_at AS lock_taken_at \
             FROM states s JOIN environments e ON e.id = s.environment_id \
             LEFT JOIN users o ON o.id = s.owner_id \
             LEFT JOIN state_versions v ON v.id = s.version_id LEFT JOIN users w ON w.id = v.user_id \
             LEFT JOIN state_locks l ON l.state_id = s.id LEFT JOIN users h ON h.id = l.user_id ",
            $rest
        )
    };
}

macro_rules! select_versions {
    ($rest:literal) => {
        concat!(
            "SELECT v.*, u.name AS user_name, c.change_number FROM state_versions v JOIN users u ON u.id = v.user_id \
             LEFT JOIN runs r ON r.id = v.run_id LEFT JOIN changes c ON c.id = r.change_id ",
            $rest
        )
    };
}

/// The newest version of a state, to be read and compared.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NewestBodyRow {
    /// The state.
    pub id: Stored<StateId>,
    /// The MD5 of the body.
    pub md5: Vec<u8>,
    /// The blob of the body.
    pub blob: String,
}

statements! {
    /// Adds a state unless it is there.
    execute fn insert(id: StateId, project: ProjectId, environment: EnvironmentId, stack: &Name, owner: UserId) names [stack] =
        "INSERT INTO states (id, project_id, environment_id, stack, owner_id, versions, generation) \
         VALUES ($1, $2, $3, $4, $5, 0, 1) ON CONFLICT DO NOTHING";
    /// The state of a stack in an environment.
    optional fn find(environment: EnvironmentId, project: ProjectId, stack: &Name, owner: UserId) names [stack] -> StateRow =
        "SELECT id, version_id, versions, protected FROM states \
         WHERE environment_id = $1 AND project_id = $2 AND stack = $3 AND owner_id = $4";
    /// The state of a stack in an environment of a project, with each role that a user holds there; nothing when
    /// there is no such project.
    all fn asked(project: &Name, environment: &Name, stack: &Name, owner: UserId, user: UserId) names [project, environment, stack] -> HeldRow<AskedRow> =
        concat!("SELECT ", columns_asked!(), from_asked!(), " WHERE p.name = $1");
    /// As [`asked`], with how the state stands.
    all fn asked_standing(project: &Name, environment: &Name, stack: &Name, owner: UserId, user: UserId) names [project, environment, stack] -> HeldRow<AskedStandingRow> =
        concat!("SELECT ", columns_asked!(), ", ", columns_standing!(), from_asked!(), joined_standing!(), " WHERE p.name = $1");
    /// The lock, the newest version and all else that a write of a state follows.
    optional fn standing(id: StateId) -> StandingRow =
        concat!(
            "SELECT ", columns_standing!(), " FROM states s JOIN environments e ON e.id = s.environment_id",
            joined_standing!(), " WHERE s.id = $1"
        );
    /// Takes a state for alteration: transactions that take the same one wait for each other.
    optional fn take(id: StateId) -> StateRow =
        "UPDATE states SET generation = generation + 1 WHERE id = $1 RETURNING id, version_id, versions, protected";
    /// Takes all states of an environment.
    execute fn take_all(environment: EnvironmentId, project: ProjectId) =
        "UPDATE states SET generation = generation + 1 WHERE environment_id = $1 AND project_id = $2";
    /// Whether only runs of approved changes write a state, if it is everybody's. To be asked when it is taken.
    optional fn protection(id: StateId) -> ProtectionRow =
        "SELECT COALESCE(s.protected, e.states_protected) AS protected FROM states s \
         JOIN environments e ON e.id = s.environment_id WHERE s.id = $1";
    /// The states of one owner in a project, by identifier, behind the one given.
    all fn page(project: ProjectId, owner: UserId, after: StateId, limit: i64) -> StateListRow =
        select_states!("WHERE s.project_id = $1 AND s.owner_id = $2 AND s.id > $3 ORDER BY s.id LIMIT $4");
    /// The states of a project, by owner and identifier, behind the one given. The shared ones come first.
    all fn page_by_owner(project: ProjectId, owner: UserId, after: StateId, limit: i64) -> StateListRow =
        select_states!(
            "WHERE s.project_id = $1 AND (s.owner_id, s.id) > ($2, $3) ORDER BY s.owner_id, s.id LIMIT $4"
        );
    /// A state with its newest version and its lock.
    optional fn detail(id: StateId) -> StateListRow = select_states!("WHERE s.id = $1");
    /// Empties a state; its versions stay.
    execute fn clear(id: StateId) = "UPDATE states SET version_id = NULL WHERE id = $1";
    /// Removes a state to which nothing refers any more.
    execute fn delete(id: StateId) = "DELETE FROM states WHERE id = $1";
    /// The blobs of every version of a state.
    all fn blobs(state: StateId) -> VersionBlobRow = "SELECT blob FROM state_versions WHERE state_id = $1";
    /// Removes every version of a state.
    execute fn delete_versions(state: StateId) = "DELETE FROM state_versions WHERE state_id = $1";
    /// Forgets who waits for the lock of a state.
    execute fn delete_waiters(state: StateId) = "DELETE FROM state_lock_waiters WHERE state_id = $1";
    /// Takes back every leave to overwrite a state.
    execute fn delete_leaves(state: StateId) = "DELETE FROM state_overwrite_leaves WHERE state_id = $1";
    /// The newest version of a state.
    optional fn newest(id: StateId) -> StateVersionRow =
        select_versions!("WHERE v.id = (SELECT s.version_id FROM states s WHERE s.id = $1)");
    /// The newest versions of every state of the server, behind the state given.
    all fn newest_of_all(after: StateId, limit: i64) -> NewestBodyRow =
        "SELECT s.id, v.md5, v.blob FROM states s JOIN state_versions v ON v.id = s.version_id \
         WHERE s.id > $1 ORDER BY s.id LIMIT $2";
    /// A version.
    optional fn version(id: StateVersionId) -> StateVersionRow = select_versions!("WHERE v.id = $1");
    /// A version of that state.
    optional fn version_of(state: StateId, id: StateVersionId) -> StateVersionRow =
        select_versions!("WHERE v.state_id = $1 AND v.id = $2");
    /// The versions with that serial, newest first.
    all fn versions_by_serial(state: StateId, serial: i64, limit: i64) -> StateVersionRow =
        select_versions!("WHERE v.state_id = $1 AND v.serial = $2 ORDER BY v.id DESC LIMIT $3");
    /// The version that was written last, also when the state was deleted since.
    optional fn last_version(state: StateId) -> VersionIdRow =
        "SELECT id FROM state_versions WHERE state_id = $1 ORDER BY id DESC LIMIT 1";
    /// Versions, newest first, before the one given.
    all fn page_of_versions(state: StateId, before: StateVersionId, limit: i64) -> StateVersionRow =
        select_versions!("WHERE v.state_id = $1 AND v.id < $2 ORDER BY v.id DESC LIMIT $3");
    /// Removes a version.
    execute fn delete_version(id: StateVersionId) = "DELETE FROM state_versions WHERE id = $1";
    /// Says whether only runs of approved changes write the state; none leaves it to the environment.
    execute fn set_protected(id: StateId, protected: Option<bool>) = "UPDATE states SET protected = $2 WHERE id = $1";
}

batched! {
    /// Adds a version.
    fn insert_version(
        id: StateVersionId, state: StateId, serial: i64, lineage: &str, size: i64, md5: &[u8], blob: &str, user: UserId,
        run: Option<RunId>, created_at: Timestamp, origin: VersionOrigin, origin_serial: Option<i64>,
        reason: Option<&str>, resources: Option<i64>,
    ) seals VERSIONS (id) [reason] names [lineage] =
        "INSERT INTO state_versions (id, state_id, serial, lineage, size, md5, blob, user_id, run_id, created_at, origin, \
         origin_serial, reason, resources) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// Makes a version the newest one of a state that is of this generation still.
    fn set_newest(id: StateId, version: StateVersionId, generation: i64) =
        "UPDATE states SET version_id = $2, versions = versions + 1, generation = generation + 1 \
         WHERE id = $1 AND generation = $3";
}

/// Removes a state with all that belongs to it, but for its blobs and its lock, which must not be held.
///
/// # Errors
/// When the database fails, or the lock is held.
pub async fn remove(transaction: &mut Transaction, id: StateId) -> Result<(), StoreError> {
    delete_versions(transaction, id).await?;
    delete_waiters(transaction, id).await?;
    delete_leaves(transaction, id).await?;
    delete(transaction, id).await?;
    Ok(())
}
