use lockkeeper_store::StoreError;

use crate::BackupId;

/// Why a backup could not be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder or the bucket failed.
    #[error("the place of the backups failed: {0}")]
    Place(#[from] object_store::Error),
    /// The database or its blobs failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such backup.
    #[error("there is no backup {0} here")]
    NoBackup(BackupId),
    /// A backup or a piece of one is not what was written.
    #[error("{what} is missing or damaged")]
    Damaged {
        /// Which part.
        what: String,
    },
    /// The key does not open the backup.
    #[error(
        "the backup {0} does not open with this key: it was made under another root key, or it was altered"
    )]
    WrongKey(BackupId),
    /// The backup is of a newer version of the program.
    #[error(
        "the backup is of the schema {backup}, this version knows {own} at most: use the version that made it, or a newer one"
    )]
    Newer {
        /// The backup's schema.
        backup: i64,
        /// The newest that is known.
        own: i64,
    },
    /// There is something already where the backup is to be restored.
    #[error("the database that is to be restored into is not empty")]
    NotEmpty,
    /// Blobs were removed while the backup was made, each time that it was tried.
    #[error("blobs that the backup needs were removed while it was made: try again")]
    Moving,
}

pub(crate) fn damaged(what: impl Into<String>) -> BackupError {
    BackupError::Damaged { what: what.into() }
}
