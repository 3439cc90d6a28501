//! Leave for one write against the rules of serial and lineage.

use jiff::Timestamp;
use lockkeeper_domain::id::{StateId, UserId};
use lockkeeper_domain::name::Name;

use crate::sealed::sealed_row;
use crate::statement::statements;
use crate::stored::Stored;
use crate::tables::state_locks::LEAVES;

sealed_row! {
    /// A leave that was not used up yet.
    pub struct LeaveRow {
        /// The state.
        pub state_id: Stored<StateId>,
        /// Whose it is.
        pub user_id: Stored<UserId>,
        /// Until when.
        pub expires_at: Stored<Timestamp>,
    }
    sealed in LEAVES, by (state_id, user_id) {
        /// Why.
        pub reason: String,
    }
    names {
        /// The name of who has it.
        pub user_name: Stored<Name>,
    }
}

statements! {
    /// Gives a user leave; one that they have is replaced.
    execute fn insert(state: StateId, user: UserId, reason: &str, created_at: Timestamp, expires_at: Timestamp) seals LEAVES (state, user) [reason] =
        "INSERT INTO state_overwrite_leaves (state_id, user_id, reason, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (state_id, user_id) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at, \
         expires_at = excluded.expires_at";
    /// The leave of a user.
    optional fn of_user(state: StateId, user: UserId, now: Timestamp) -> LeaveRow =
        "SELECT l.state_id, l.user_id, u.name AS user_name, l.reason, l.expires_at FROM state_overwrite_leaves l JOIN users u ON u.id = l.user_id \
         WHERE l.state_id = $1 AND l.user_id = $2 AND l.expires_at > $3";
    /// Every leave for a state.
    all fn of_state(state: StateId, now: Timestamp) -> LeaveRow =
        "SELECT l.state_id, l.user_id, u.name AS user_name, l.reason, l.expires_at FROM state_overwrite_leaves l JOIN users u ON u.id = l.user_id \
         WHERE l.state_id = $1 AND l.expires_at > $2 ORDER BY l.expires_at LIMIT 100";
    /// Uses a leave up.
    execute fn delete(state: StateId, user: UserId) = "DELETE FROM state_overwrite_leaves WHERE state_id = $1 AND user_id = $2";
}
