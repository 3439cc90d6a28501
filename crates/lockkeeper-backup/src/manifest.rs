use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a backup consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// When it was begun: the state of the database is that of this time.
    pub begun_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    /// The number of the newest migration of the database.
    pub schema: i64,
    /// The tables, parents before children.
    pub tables: Vec<TableRows>,
    /// Pieces with [`BlobPieces`] of every blob that stands outside the database.
    pub blobs: Vec<String>,
    /// For each of these, a piece with the sizes that the pieces of its blobs have in the repository, in their order.
    /// Absent in backups of earlier versions.
    #[serde(default)]
    pub blob_sizes: Vec<String>,
    /// How many blobs these are.
    pub blob_count: u64,
    /// Blobs that could not be read: damaged before the backup was made.
    pub damaged_blobs: Vec<String>,
    /// The size of everything, unpacked, in bytes.
    pub size: u64,
    /// What this backup added to the repository, in bytes as they stand there. Absent in backups of earlier versions.
    #[serde(default)]
    pub added: Option<u64>,
    /// Whether it took nothing over from earlier ones. Absent in backups of earlier versions.
    #[serde(default)]
    pub full: Option<bool>,
}

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRows {
    /// The name of the table.
    pub table: String,
    /// The columns, in the order of the values.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// The pieces, each a list of rows.
    pub pieces: Vec<String>,
    /// The sizes that these have in the repository. Absent in backups of earlier versions.
    #[serde(default)]
    pub sizes: Vec<u64>,
}

/// The pieces of one blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlobPieces {
    /// The blob's name.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Its pieces, in order.
    pub(crate) pieces: Vec<String>,
}
