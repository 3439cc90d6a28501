//! Backups: every row and every blob of a server, encrypted and incremental, in a folder or a bucket.
//!
//! A backup is made while servers are at work. It reads every row in one transaction that sees one state of
//! the database, and the blobs that these rows point to, which never change. What is in the repository
//! already is not written again: pieces are named by a keyed hash of their content.
//!
//! ```text
//! backups/20261121T020000Z-5f3a9c01   a manifest: which pieces make which table, and which blob
//! proofs/20261121T020000Z-5f3a9c01    when it was verified and restored, if it was
//! pieces/5f/5f3a...                   rows of one table, or a part of one blob
//! ```
//!
//! The repository tells nothing but sizes and times. It opens with the server's root key alone, which is not
//! in it: keep a copy of that key elsewhere.

mod create;
mod envelope;
mod error;
mod id;
mod keep;
mod keys;
mod manifest;
mod pack;
mod pieces;
mod previous;
mod proof;
mod prune;
mod repository;
mod restore;
mod verify;

pub use create::{Created, Reuse, Source, create};
pub use envelope::{Envelope, repository_keys};
pub use error::BackupError;
pub use id::BackupId;
pub use keep::Keep;
pub use keys::RepositoryKeys;
pub use manifest::{Manifest, TableRows};
pub use proof::Proof;
pub use prune::{Pruned, prune};
pub use repository::{BackupFile, Repository};
pub use restore::{Restored, prepare, restore};
pub use verify::{Verified, verify};
