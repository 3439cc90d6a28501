//! What is true of this database alone, and of none that is restored from its backups.

use crate::statement::statements;

/// The identifier of the database, which its part of a bucket bears.
pub const IDENTIFIER: &str = "identifier";

/// One thing that is true of this database.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct InstallationRow {
    /// What it is.
    pub value: String,
}

statements! {
    /// What was written first.
    optional fn find(name: &str) -> InstallationRow = "SELECT value FROM installation WHERE name = $1";
    /// Writes it, unless it is there.
    execute fn insert(name: &str, value: &str) =
        "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
}
