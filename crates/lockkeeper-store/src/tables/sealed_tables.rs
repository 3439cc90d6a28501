//! How far sealing and sealing anew have come.

use jiff::Timestamp;

use crate::statement::statements;
use crate::stored::Stored;

/// A table whose content is sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SealedTableRow {
    /// The table.
    pub table_name: String,
    /// Everything in it is sealed by this data key or a newer one.
    pub key_number: i64,
    /// Since when.
    pub sealed_at: Stored<Timestamp>,
}

statements! {
    /// Every table that is sealed.
    all fn every() -> SealedTableRow = "SELECT table_name, key_number, sealed_at FROM sealed_tables ORDER BY table_name";
    /// Records that a table is sealed.
    execute fn upsert(table_name: &str, key_number: i64, sealed_at: Timestamp) =
        "INSERT INTO sealed_tables (table_name, key_number, sealed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (table_name) DO UPDATE SET key_number = excluded.key_number, sealed_at = excluded.sealed_at";
}
