//! Rows as both databases understand them, for backups and for moving from one database to the other.
//!
//! A row read from SQLite can be written to PostgreSQL and the other way round. Columns are read from the
//! database's own catalogue, so that a migration has nothing to add here but the name of a new table.

mod read;
mod schema;
mod value;
mod write;

pub use read::page;
pub use schema::{Column, Kind, Table, schema_version, table, tables};
pub use value::{Row, Value};
pub use write::insert;

/// Every table whose rows are worth keeping, parents before children. A test compares it with the
/// schema of both databases.
pub const TABLES: &[&str] = &[
    "encryption_keys",
    "sealed_tables",
    "blobs",
    "users",
    "tokens",
    "projects",
    "environments",
    "memberships",
    "changes",
    "stages",
    "plans",
    "approvals",
    "ticks",
    "runs",
    "run_log",
    "jobs",
    "states",
    "state_versions",
    "state_inventories",
    "state_words",
    "state_overwrite_leaves",
    "state_locks",
    "run_tokens",
    "audit_entries",
    "audit_heads",
    "idempotency_keys",
];

/// Tables whose rows mean nothing elsewhere: they are about this very database, about servers at work, or
/// about the backups themselves.
pub const TRANSIENT: &[&str] = &["installation", "schedules", "servers", "state_lock_waiters"];
