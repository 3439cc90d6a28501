//! The schema is brought up to date at start. The only SQL that is written twice.

/// Migrations of SQLite.
pub(crate) static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
/// Migrations of PostgreSQL.
pub(crate) static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");
