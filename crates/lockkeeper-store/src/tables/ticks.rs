//! Checks that people ticked.

use jiff::Timestamp;
use lockkeeper_domain::check::CheckName;
use lockkeeper_domain::id::{ChangeId, UserId};
use lockkeeper_domain::name::Name;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "ticks",
    identity: &[
        ("change_id", IdentityKind::Id),
        ("check_name", IdentityKind::Text),
    ],
    sealed: &["comment"],
    names: &[],
};

sealed_row! {
    /// A check that somebody ticked.
    pub struct TickRow {
        /// The change.
        pub change_id: Stored<ChangeId>,
        /// The check.
        pub check_name: Stored<CheckName>,
        /// When.
        pub created_at: Stored<Timestamp>,
    }
    sealed in SEALED, by (change_id, check_name) {
        /// What was said.
        pub comment: String,
    }
    names {
        /// The name of who ticked it.
        pub user_name: Stored<Name>,
    }
}

statements! {
    /// Ticks a check; the newest tick counts.
    execute fn upsert(change: ChangeId, check: CheckName, user: UserId, comment: &str, created_at: Timestamp) seals SEALED (change, check) [comment] =
        "INSERT INTO ticks (change_id, check_name, user_id, comment, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (change_id, check_name) DO UPDATE SET user_id = excluded.user_id, comment = excluded.comment, \
         created_at = excluded.created_at";
    /// The ticks of a change.
    all fn of_change(change: ChangeId) -> TickRow =
        "SELECT t.change_id, t.check_name, u.name AS user_name, t.comment, t.created_at FROM ticks t JOIN users u ON u.id = t.user_id \
         WHERE t.change_id = $1 ORDER BY t.created_at";
}
