//! Checks that people ticked.

use jiff::Timestamp;
use lockkeeper_domain::check::CheckName;
use lockkeeper_domain::id::{ChangeId, UserId};
use lockkeeper_domain::name::Name;

use crate::statement::statements;
use crate::stored::Stored;

/// A check that somebody ticked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TickRow {
    /// The check.
    pub check_name: Stored<CheckName>,
    /// The name of who ticked it.
    pub user_name: Stored<Name>,
    /// What was said.
    pub comment: String,
    /// When.
    pub created_at: Stored<Timestamp>,
}

statements! {
    /// Ticks a check; the newest tick counts.
    execute fn upsert(change: ChangeId, check: CheckName, user: UserId, comment: &str, created_at: Timestamp) =
        "INSERT INTO ticks (change_id, check_name, user_id, comment, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (change_id, check_name) DO UPDATE SET user_id = excluded.user_id, comment = excluded.comment, \
         created_at = excluded.created_at";
    /// The ticks of a change.
    all fn of_change(change: ChangeId) -> TickRow =
        "SELECT t.check_name, u.name AS user_name, t.comment, t.created_at FROM ticks t JOIN users u ON u.id = t.user_id \
         WHERE t.change_id = $1 ORDER BY t.created_at";
}
