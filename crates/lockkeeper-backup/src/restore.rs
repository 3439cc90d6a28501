use jiff::Timestamp;
use lockkeeper_store::blobs::{Blobs, Leftovers};
use lockkeeper_store::keyring::{RootKey, WrappedKey};
use lockkeeper_store::portable::{self, Row, Table, Value};
use lockkeeper_store::{Database, Transaction};

use crate::error::damaged;
use crate::manifest::BlobPieces;
use crate::{BackupError, BackupFile, Manifest, Repository, RepositoryKeys, TableRows, pieces};

/// The table of wrapped keys.
const KEYS: &str = "encryption_keys";

/// What was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Rows.
    pub rows: u64,
    /// Blobs that stand outside the database.
    pub blobs: u64,
    /// Whether there were blobs already, which were replaced: an earlier restore was interrupted.
    pub again: bool,
}

/// Prepares an empty database for a backup: its schema is that of the backup, its keys are those of the
/// backup, and open with the root key. [`restore`] does the rest, with blobs that these keys seal.
///
/// # Errors
/// [`BackupError::NotEmpty`] when there are rows; [`BackupError::Newer`] when this version does not know the
/// backup's schema; [`BackupError::WrongKey`] when the root key is another.
pub async fn prepare(
    file: &BackupFile,
    manifest: &Manifest,
    root: &RootKey,
    database: &Database,
    now: Timestamp,
) -> Result<(), BackupError> {
    let own = Database::newest_schema();
    if manifest.schema > own {
        return Err(BackupError::Newer {
            backup: manifest.schema,
            own,
        });
    }
    // The rows are those of an older schema; they are brought up to date like any others.
    database.migrate_to(Some(manifest.schema)).await?;
    let mut transaction = database.write().await?;
    refuse_rows(&mut transaction).await?;
    WrappedKey::keep(&mut transaction, &file.envelope.keys).await?;
    transaction.commit().await?;
    Ok(database.unlock(root, now).await?)
}

/// Restores a backup into a database that was prepared, and into the place of its blobs.
///
/// Blobs come first and all rows in one transaction: when anything fails there are no rows but the keys, and the same
/// can be begun again.
///
/// # Errors
/// [`BackupError::Damaged`] when a part of the backup is; [`BackupError::Store`] when there are blobs of somebody where
/// they are to go.
pub async fn restore(
    manifest: &Manifest,
    repository: &Repository,
    keys: &RepositoryKeys,
    database: &Database,
    blobs: &Blobs,
    leftovers: Leftovers,
) -> Result<Restored, BackupError> {
    let again = blobs.begin_restore(leftovers).await?;
    let placed = restore_blobs(manifest, repository, keys, blobs).await?;
    let mut restored = Restored {
        rows: 0,
        blobs: u64::try_from(placed.len()).unwrap_or(u64::MAX),
        again,
    };
    let mut transaction = database.write().await?;
    for rows in &manifest.tables {
        restored.rows += restore_rows(&mut transaction, rows, repository, keys, &placed).await?;
    }
    transaction.commit().await?;
    database.migrate_to(None).await?;
    blobs.end_restore().await?;
    Ok(restored)
}

/// Where blobs stand after they were restored, by name.
type Placed = std::collections::HashMap<String, lockkeeper_store::blobs::NewBlob>;

async fn refuse_rows(transaction: &mut Transaction) -> Result<(), BackupError> {
    let there: std::collections::HashSet<String> = portable::tables(transaction).await?.into_iter().collect();
    // Keys are there when a restore was tried before; they must be the same then, or they do not open.
    for name in portable::TABLES
        .iter()
        .filter(|name| **name != KEYS && there.contains(**name))
    {
        let table = portable::table(transaction, name).await?;
        if !portable::page(transaction, &table, None, 1).await?.is_empty() {
            return Err(BackupError::NotEmpty);
        }
    }
    Ok(())
}

async fn restore_blobs(
    manifest: &Manifest,
    repository: &Repository,
    keys: &RepositoryKeys,
    blobs: &Blobs,
) -> Result<Placed, BackupError> {
    let mut placed = Placed::new();
    for piece in &manifest.blobs {
        let listed: Vec<BlobPieces> = pieces::read_list(repository, keys, piece).await?;
        for blob in listed {
            let mut writer = blobs.writer_named(&blob.name)?;
            for piece in &blob.pieces {
                writer.write(&pieces::read(repository, keys, piece).await?)?;
            }
            placed.insert(blob.name, writer.finish_restored().await?);
        }
    }
    Ok(placed)
}

async fn restore_rows(
    transaction: &mut Transaction,
    rows: &TableRows,
    repository: &Repository,
    keys: &RepositoryKeys,
    placed: &Placed,
) -> Result<u64, BackupError> {
    let name = portable::TABLES.iter().find(|name| **name == rows.table);
    let name = name.ok_or_else(|| {
        damaged(format!(
            "the table {}, which this version does not know,",
            rows.table
        ))
    })?;
    let table = portable::table(transaction, name).await?;
    if !table.columns.iter().map(|column| &column.name).eq(&rows.columns) {
        return Err(damaged(format!(
            "the table {name}: its columns are others than the backup's schema says, so it"
        )));
    }
    // The keys came first, so that blobs could be sealed.
    let there = match *name {
        KEYS => portable::page(transaction, &table, None, u32::MAX).await?,
        _ => Vec::new(),
    };
    let mut restored = 0;
    for piece in &rows.pieces {
        let read: Vec<Row> = pieces::read_list(repository, keys, piece).await?;
        let mut fitting = Vec::with_capacity(read.len());
        for row in read {
            if !there.contains(&row) {
                fitting.extend(fit(&table, row, placed));
            }
        }
        portable::insert(transaction, &table, &fitting).await?;
        restored += u64::try_from(fitting.len()).unwrap_or(u64::MAX);
    }
    Ok(restored)
}

/// The row of a blob says where it stands, which may be another place now; none for one that is not there.
fn fit(table: &Table, mut row: Row, placed: &Placed) -> Option<Row> {
    if table.name != "blobs"
        || table
            .value(&row, "content")
            .is_some_and(|content| *content != Value::Null)
    {
        return Some(row);
    }
    let Some(Value::Text(name)) = table.value(&row, "name") else {
        return None;
    };
    for (column, value) in placed.get(name)?.columns() {
        *table.value_mut(&mut row, column)? = value;
    }
    Some(row)
}
