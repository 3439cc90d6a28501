//! People and service accounts.

use jiff::Timestamp;
use lockkeeper_domain::id::UserId;
use lockkeeper_domain::name::Name;

use crate::statement::statements;
use crate::stored::Stored;

/// A user.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UserRow {
    /// The identifier.
    pub id: Stored<UserId>,
    /// The name.
    pub name: Stored<Name>,
    /// Whether the user administers the server.
    pub server_admin: bool,
    /// When the user was created.
    pub created_at: Stored<Timestamp>,
    /// When the user was disabled.
    pub disabled_at: Option<Stored<Timestamp>>,
}

statements! {
    /// Adds a user.
    execute fn insert(id: UserId, name: &Name, server_admin: bool, created_at: Timestamp) =
        "INSERT INTO users (id, name, server_admin, created_at) VALUES ($1, $2, $3, $4)";
    /// The user of that name.
    optional fn by_name(name: &Name) -> UserRow = "SELECT * FROM users WHERE name = $1";
    /// The user.
    optional fn by_id(id: UserId) -> UserRow = "SELECT * FROM users WHERE id = $1";
    /// Users by name, behind the one given.
    all fn page(after: &str, limit: i64) -> UserRow = "SELECT * FROM users WHERE name > $1 ORDER BY name LIMIT $2";
    /// One user, if there is any.
    optional fn any() -> UserRow = "SELECT * FROM users LIMIT 1";
    /// Takes every right from a user.
    execute fn disable(id: UserId, at: Timestamp) = "UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
}
