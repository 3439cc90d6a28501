//! The store: rows in SQLite or PostgreSQL, and encrypted blobs beside them.
//!
//! Every SQL statement is written once, for both databases; a test prepares each of them on both.
//! All writing happens in a [`Transaction`] that the use case begins and commits, so that what it
//! changes, the audit entry about it and the job that follows from it are kept together or not at all.

pub mod batch;
pub mod blobs;
mod compression;
pub mod database;
mod group_commit;
pub mod hints;
pub mod inventory;
pub mod key;
pub mod keyring;
mod migrate;
pub mod portable;
pub mod postgres;
pub mod sealed;
pub mod sealing;
mod statement;
pub mod stored;
pub mod tables;

pub use database::{Database, StoreError, Transaction};
pub use postgres::PostgresSettings;
pub use stored::{JsonText, Stored};
