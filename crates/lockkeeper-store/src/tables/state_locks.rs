//! Locks of Terraform states: at most one row for each state, by its primary key.

use jiff::Timestamp;
use lockkeeper_domain::id::{EnvironmentId, ProjectId, RunId, StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::state_lock::{HeldLock, Holder, LockDescription, Waiter};

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::{JsonText, Stored};
use crate::{StoreError, Transaction};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "state_locks",
    identity: &[("state_id", IdentityKind::Id)],
    sealed: &["description"],
    names: &["lock_id"],
};

/// What is sealed of those who wait.
pub(crate) const WAITERS: SealedTable = SealedTable {
    name: "state_lock_waiters",
    identity: &[("state_id", IdentityKind::Id), ("lock_id", IdentityKind::Name)],
    sealed: &["description"],
    names: &["lock_id"],
};

/// What is sealed of leaves to overwrite a state.
pub(crate) const LEAVES: SealedTable = SealedTable {
    name: "state_overwrite_leaves",
    identity: &[("state_id", IdentityKind::Id), ("user_id", IdentityKind::Id)],
    sealed: &["reason"],
    names: &[],
};

sealed_row! {
    /// A lock that is held.
    pub struct LockRow {
        /// The state.
        pub state_id: Stored<StateId>,
        /// Whose credentials took it.
        pub user_id: Stored<UserId>,
        /// The run whose token took it.
        pub run_id: Option<Stored<RunId>>,
        /// Since when.
        pub taken_at: Stored<Timestamp>,
    }
    sealed in SEALED, by (state_id) {
        /// What the client said when it took the lock.
        pub description: Stored<JsonText<LockDescription>>,
    }
    names {
        /// The name of that user.
        pub user_name: Stored<Name>,
    }
}

impl LockRow {
    /// The lock as the rules know it.
    pub fn held(&self) -> HeldLock {
        let holder = Holder {
            user: *self.user_id,
            run: self.run_id.map(|run| run.0),
        };
        HeldLock {
            description: self.description.0.0.clone(),
            holder,
        }
    }
}

sealed_row! {
    /// A lock that a person holds, and where.
    pub struct PersonsLockRow {
        /// The state.
        pub state_id: Stored<StateId>,
    }
    sealed in SEALED, by (state_id) {
        /// What the client said when it took the lock.
        pub description: Stored<JsonText<LockDescription>>,
    }
    names {
        /// The stack.
        pub stack: Stored<Name>,
        /// Whose credentials took it.
        pub user_name: Stored<Name>,
    }
}

sealed_row! {
    /// Somebody who waits for a lock.
    pub struct WaiterRow {
        /// The state.
        pub state_id: Stored<StateId>,
        /// Whose credentials it asked with.
        pub user_id: Stored<UserId>,
        /// The run whose token it was.
        pub run_id: Option<Stored<RunId>>,
        /// When it asked first.
        pub first_at: Stored<Timestamp>,
        /// When it asked last.
        pub seen_at: Stored<Timestamp>,
        /// When its place is lost.
        pub expires_at: Stored<Timestamp>,
        /// Whether it asked more than once, or waits on an open request.
        pub waits: bool,
    }
    sealed in WAITERS, by (state_id, lock_id) {
        /// What the client says of the lock that it wants.
        pub description: Stored<JsonText<LockDescription>>,
    }
    names {
        /// The lock that it wants.
        pub lock_id: String,
        /// The name of that user.
        pub user_name: Stored<Name>,
    }
}

impl WaiterRow {
    /// The waiter as the rules know it.
    pub fn waiter(&self) -> Waiter {
        Waiter {
            description: self.description.0.0.clone(),
            holder: Holder {
                user: *self.user_id,
                run: self.run_id.map(|run| run.0),
            },
            first_at: *self.first_at,
            seen_at: *self.seen_at,
            expires_at: *self.expires_at,
            waits: self.waits,
        }
    }
}

/// How many places somebody has.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PlacesRow {
    /// The number.
    pub places: i64,
}

/// The most places that one user has in the queue of one state: each identifier that is made up takes one.
pub const MOST_PLACES: i64 = 64;

statements! {
    /// The lock of a state.
    optional fn of_state(state: StateId) -> LockRow =
        "SELECT l.state_id, l.description, l.user_id, u.name AS user_name, l.run_id, l.taken_at FROM state_locks l \
         JOIN users u ON u.id = l.user_id WHERE l.state_id = $1";
    /// The locks that persons hold on the states of one owner in an environment, of which nothing is said but by it.
    all fn of_persons(project: ProjectId, environment: EnvironmentId, owner: UserId) -> PersonsLockRow =
        "SELECT l.state_id, l.description, s.stack, u.name AS user_name FROM state_locks l \
         JOIN states s ON s.id = l.state_id JOIN users u ON u.id = l.user_id \
         WHERE s.project_id = $1 AND s.environment_id = $2 AND s.owner_id = $3 AND s.protected IS NULL AND l.run_id IS NULL \
         ORDER BY l.state_id";
    /// Takes the lock. Fails with a unique violation when it is held.
    execute fn insert(state: StateId, lock_id: &str, description: &str, user: UserId, run: Option<RunId>, taken_at: Timestamp) seals SEALED (state) [description] names [lock_id] =
        "INSERT INTO state_locks (state_id, lock_id, description, user_id, run_id, taken_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Gives the lock back.
    execute fn delete(state: StateId) = "DELETE FROM state_locks WHERE state_id = $1";
    /// Whoever asked for the lock under that identifier before.
    optional fn waiter(state: StateId, lock_id: &str) names [lock_id] -> WaiterRow =
        "SELECT w.state_id, w.lock_id, w.description, w.user_id, u.name AS user_name, w.run_id, w.first_at, w.seen_at, w.expires_at, w.waits \
         FROM state_lock_waiters w JOIN users u ON u.id = w.user_id WHERE w.state_id = $1 AND w.lock_id = $2";
    /// Those who wait for the lock and have not lost their place, longest first.
    all fn waiting(state: StateId, now: Timestamp, limit: i64) -> WaiterRow =
        "SELECT w.state_id, w.lock_id, w.description, w.user_id, u.name AS user_name, w.run_id, w.first_at, w.seen_at, w.expires_at, w.waits \
         FROM state_lock_waiters w JOIN users u ON u.id = w.user_id \
         WHERE w.state_id = $1 AND w.waits AND w.expires_at > $2 ORDER BY w.first_at, w.lock_id LIMIT $3";
    /// Puts down a place in the queue, or keeps it.
    execute fn put_place(
        state: StateId, lock_id: &str, description: &str, user: UserId, run: Option<RunId>, first_at: Timestamp,
        seen_at: Timestamp, expires_at: Timestamp, waits: bool,
    ) seals WAITERS (state, lock_id) [description] names [lock_id] =
        "INSERT INTO state_lock_waiters (state_id, lock_id, description, user_id, run_id, first_at, seen_at, expires_at, waits) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (state_id, lock_id) DO UPDATE SET \
         description = excluded.description, user_id = excluded.user_id, run_id = excluded.run_id, \
         first_at = excluded.first_at, seen_at = excluded.seen_at, expires_at = excluded.expires_at, waits = excluded.waits";
    /// How many places in the queue of a state a user has, under other identifiers.
    optional fn places(state: StateId, user: UserId, other_than: &str) names [other_than] -> PlacesRow =
        "SELECT COUNT(*) AS places FROM state_lock_waiters WHERE state_id = $1 AND user_id = $2 AND lock_id <> $3";
    /// Forgets the places that a user lost in the queue of a state.
    execute fn delete_lost_of(state: StateId, user: UserId, now: Timestamp) =
        "DELETE FROM state_lock_waiters WHERE state_id = $1 AND user_id = $2 AND expires_at <= $3";
    /// Forgets the places that were lost by then, whoever had them.
    execute fn delete_lost(by: Timestamp) = "DELETE FROM state_lock_waiters WHERE expires_at <= $1";
    /// Takes somebody out of the queue, with all who lost their place.
    execute fn leave_queue(state: StateId, lock_id: &str, now: Timestamp) names [lock_id] =
        "DELETE FROM state_lock_waiters WHERE state_id = $1 AND (lock_id = $2 OR expires_at <= $3)";
}

/// Gives somebody a place in the queue, or keeps it for them; answers 0 when they have [`MOST_PLACES`] already. The
/// state is taken.
///
/// # Errors
/// When the database fails.
#[expect(clippy::too_many_arguments, reason = "one for each column, as in a statement")]
pub async fn wait(
    transaction: &mut Transaction,
    state: StateId,
    lock_id: &str,
    description: &str,
    user: UserId,
    run: Option<RunId>,
    first_at: Timestamp,
    seen_at: Timestamp,
    expires_at: Timestamp,
    waits: bool,
) -> Result<u64, StoreError> {
    delete_lost_of(transaction, state, user, seen_at).await?;
    let others = places(transaction, state, user, lock_id).await?;
    if others.is_some_and(|others| others.places >= MOST_PLACES) {
        return Ok(0);
    }
    put_place(
        transaction,
        state,
        lock_id,
        description,
        user,
        run,
        first_at,
        seen_at,
        expires_at,
        waits,
    )
    .await
}
