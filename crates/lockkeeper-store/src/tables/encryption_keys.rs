//! Wrapped keys.

use jiff::Timestamp;

use crate::statement::statements;
use crate::stored::Stored;

/// A wrapped key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KeyRow {
    /// The number: 0 is the server's secret, the others are data keys.
    pub number: i64,
    /// The key, sealed by the root key.
    pub wrapped: Vec<u8>,
    /// The fingerprint of the root key that wraps it.
    pub root_fingerprint: String,
    /// When the key was made.
    pub created_at: Stored<Timestamp>,
}

/// When the first row of something was made.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Since {
    /// When.
    pub created_at: Stored<Timestamp>,
}

statements! {
    /// Adds a key; answers 0 when the number is taken.
    execute fn insert(number: i64, wrapped: &[u8], root_fingerprint: &str, created_at: Timestamp) =
        "INSERT INTO encryption_keys (number, wrapped, root_fingerprint, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    /// Every key, by number. There is one more for each rotation.
    all fn every() -> KeyRow = "SELECT number, wrapped, root_fingerprint, created_at FROM encryption_keys ORDER BY number LIMIT 100000";
    /// Takes the keys for alteration: transactions that take them wait for each other.
    execute fn take() = "UPDATE encryption_keys SET created_at = created_at WHERE number = 0";
    /// Wraps a key anew.
    execute fn rewrap(number: i64, wrapped: &[u8], root_fingerprint: &str) =
        "UPDATE encryption_keys SET wrapped = $2, root_fingerprint = $3 WHERE number = $1";
    /// A row of data, if there are any: who has users has data that a new key would not open.
    optional fn any_data() -> Since = "SELECT created_at FROM users LIMIT 1";
}
