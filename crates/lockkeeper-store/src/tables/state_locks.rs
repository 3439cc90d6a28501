//! Locks of Terraform states: at most one row for each state, by its primary key.

use jiff::Timestamp;
use lockkeeper_domain::id::{RunId, StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::state_lock::{HeldLock, Holder, LockDescription};

use crate::statement::statements;
use crate::stored::{JsonText, Stored};

/// A lock that is held.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LockRow {
    /// What the client said when it took the lock.
    pub description: Stored<JsonText<LockDescription>>,
    /// Whose credentials took it.
    pub user_id: Stored<UserId>,
    /// The name of that user.
    pub user_name: Stored<Name>,
    /// The run whose token took it.
    pub run_id: Option<Stored<RunId>>,
    /// Since when.
    pub taken_at: Stored<Timestamp>,
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

statements! {
    /// The lock of a state.
    optional fn of_state(state: StateId) -> LockRow =
        "SELECT l.description, l.user_id, u.name AS user_name, l.run_id, l.taken_at FROM state_locks l \
         JOIN users u ON u.id = l.user_id WHERE l.state_id = $1";
    /// Takes the lock. Fails with a unique violation when it is held.
    execute fn insert(state: StateId, lock_id: &str, description: &str, user: UserId, run: Option<RunId>, taken_at: Timestamp) =
        "INSERT INTO state_locks (state_id, lock_id, description, user_id, run_id, taken_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Gives the lock back.
    execute fn delete(state: StateId) = "DELETE FROM state_locks WHERE state_id = $1";
}
