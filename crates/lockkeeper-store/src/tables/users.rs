//! People and service accounts.

use jiff::Timestamp;
use lockkeeper_domain::id::UserId;
use lockkeeper_domain::name::Name;
use uuid::Uuid;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;
use crate::{StoreError, Transaction};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "users",
    identity: &[("id", IdentityKind::Id)],
    sealed: &[],
    names: &["name"],
};

sealed_row! {
    /// A user.
    pub struct UserRow {
        /// The identifier.
        pub id: Stored<UserId>,
        /// Whether the user administers the server.
        pub server_admin: bool,
        /// When the user was created.
        pub created_at: Stored<Timestamp>,
        /// When the user was disabled.
        pub disabled_at: Option<Stored<Timestamp>>,
    }
    names {
        /// The name.
        pub name: Stored<Name>,
    }
}

statements! {
    /// Adds a user.
    execute fn insert(id: UserId, name: &Name, server_admin: bool, created_at: Timestamp) names [name] =
        "INSERT INTO users (id, name, server_admin, created_at) VALUES ($1, $2, $3, $4)";
    /// The user of that name.
    optional fn by_name(name: &Name) names [name] -> UserRow = "SELECT * FROM users WHERE name = $1";
    /// The user.
    optional fn by_id(id: UserId) -> UserRow = "SELECT * FROM users WHERE id = $1";
    /// Users, oldest first, behind the one of the name given, or from the identifier given.
    all fn page_from(after: &str, limit: i64, first: UserId) names [after] -> UserRow =
        "SELECT * FROM users WHERE id > COALESCE((SELECT id FROM users WHERE name = $1), $3) ORDER BY id LIMIT $2";
    /// One user, if there is any.
    optional fn any() -> UserRow = "SELECT * FROM users LIMIT 1";
    /// Takes every right from a user.
    execute fn disable(id: UserId, at: Timestamp) = "UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
}

/// Users, oldest first, behind the one of the name given.
///
/// # Errors
/// When the database fails.
pub async fn page(
    transaction: &mut Transaction,
    after: &str,
    limit: i64,
) -> Result<Vec<UserRow>, StoreError> {
    page_from(transaction, after, limit, UserId::new(Uuid::nil())).await
}
