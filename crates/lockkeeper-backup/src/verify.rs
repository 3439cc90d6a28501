use lockkeeper_store::portable::Row;

use crate::manifest::BlobPieces;
use crate::{BackupError, BackupFile, Repository, RepositoryKeys, pieces};

/// What was found in a backup that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Rows.
    pub rows: u64,
    /// Blobs that stand outside the database.
    pub blobs: u64,
    /// Blobs that were damaged when the backup was made, and are not in it.
    pub damaged_blobs: usize,
    /// Bytes, unpacked.
    pub size: u64,
}

/// Reads every piece of a backup, and compares it with its name.
///
/// # Errors
/// [`BackupError::Damaged`] with the first part that is missing or is not what was written.
pub async fn verify(
    file: &BackupFile,
    repository: &Repository,
    keys: &RepositoryKeys,
) -> Result<Verified, BackupError> {
    let manifest = file.manifest(keys)?;
    let mut found = Verified {
        rows: 0,
        blobs: 0,
        damaged_blobs: manifest.damaged_blobs.len(),
        size: manifest.size,
    };
    for table in &manifest.tables {
        let before = found.rows;
        for piece in &table.pieces {
            let rows: Vec<Row> = pieces::read_list(repository, keys, piece).await?;
            found.rows += count(rows.len());
        }
        if found.rows - before != table.rows {
            return Err(crate::error::damaged(format!(
                "the table {} of the backup {}",
                table.table, file.id
            )));
        }
    }
    for piece in &manifest.blob_sizes {
        let _sizes: Vec<u64> = pieces::read_list(repository, keys, piece).await?;
    }
    for piece in &manifest.blobs {
        let blobs: Vec<BlobPieces> = pieces::read_list(repository, keys, piece).await?;
        for blob in blobs {
            verify_blob(&blob, repository, keys).await?;
            found.blobs += 1;
        }
    }
    Ok(found)
}

async fn verify_blob(
    blob: &BlobPieces,
    repository: &Repository,
    keys: &RepositoryKeys,
) -> Result<(), BackupError> {
    let mut size = 0;
    for piece in &blob.pieces {
        size += count(pieces::read(repository, keys, piece).await?.len());
    }
    if size == blob.size {
        Ok(())
    } else {
        Err(crate::error::damaged(format!("the blob {}", blob.name)))
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
