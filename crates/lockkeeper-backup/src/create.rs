use std::collections::HashMap;

use jiff::Timestamp;
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::keyring::WrappedKey;
use lockkeeper_store::portable::{self, Row, Table, Value};
use lockkeeper_store::{Database, StoreError, Transaction};

use crate::error::damaged;
use crate::manifest::BlobPieces;
use crate::pack::RowPacker;
use crate::pieces::{self, PIECE, PieceWriter};
use crate::previous::Previous;
use crate::{BackupError, BackupId, Envelope, Manifest, Repository, RepositoryKeys, TableRows};

/// Rows are read in pages of this many.
const PAGE: u32 = 256;
/// How many blobs are described by one piece.
const BLOBS_IN_PIECE: usize = 10_000;
/// How often it is tried when what the backup needs is removed while it is made.
const ATTEMPTS: usize = 3;

/// What a backup is made of.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The database.
    pub database: &'a Database,
    /// The blobs.
    pub blobs: &'a Blobs,
    /// The version of the program.
    pub program: &'a str,
}

/// What a backup takes over from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// Every piece that is there with its size.
    Pieces,
    /// Nothing: all is written anew, in place of what may be damaged there.
    Nothing,
}

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct Created {
    /// Its name.
    pub id: BackupId,
    /// What it consists of.
    pub manifest: Manifest,
    /// How many pieces were not in the repository yet.
    pub new_pieces: u64,
}

/// Makes a backup.
///
/// # Errors
/// When the database, the blobs or the place of the backups fail. There is no backup then; pieces that were
/// written are used by the next one, or pruned.
pub async fn create(
    source: Source<'_>,
    repository: &Repository,
    keys: &RepositoryKeys,
    reuse: Reuse,
    now: Timestamp,
) -> Result<Created, BackupError> {
    for _ in 0..ATTEMPTS {
        match attempt(source, repository, keys, reuse, now).await {
            Err(BackupError::Moving) => {}
            ended => return ended,
        }
    }
    Err(BackupError::Moving)
}

async fn attempt(
    source: Source<'_>,
    repository: &Repository,
    keys: &RepositoryKeys,
    reuse: Reuse,
    now: Timestamp,
) -> Result<Created, BackupError> {
    let mut previous = Previous::read(repository, keys).await?;
    if reuse == Reuse::Nothing {
        previous.pieces.clear();
    }
    let full = previous.pieces.is_empty();
    let mut writer = PieceWriter {
        repository,
        keys,
        known: previous.pieces,
        written: 0,
        added: 0,
    };
    let mut transaction = source.database.read().await?;
    let mut manifest = Manifest {
        begun_at: now,
        program: source.program.to_owned(),
        schema: portable::schema_version(&mut transaction).await?,
        tables: Vec::new(),
        blobs: Vec::new(),
        blob_sizes: Vec::new(),
        blob_count: 0,
        damaged_blobs: Vec::new(),
        size: 0,
        added: None,
        full: Some(full),
    };
    let envelope = Envelope {
        keys: WrappedKey::all(&mut transaction).await?,
    };
    let mut outside = Vec::new();
    for name in portable::TABLES {
        let table = portable::table(&mut transaction, name).await?;
        let rows = copy_rows(
            &mut transaction,
            &table,
            &mut writer,
            &mut manifest.size,
            &mut outside,
        )
        .await?;
        manifest.tables.push(rows);
    }
    drop(transaction);
    let mut copier = BlobCopier {
        source,
        previous: previous.blobs,
        reuse,
        writer,
    };
    copier.copy(outside, &mut manifest).await?;
    manifest.added = Some(copier.writer.added);

    // What was taken over from the backup before is there as long as that one is.
    if let Some(previous) = previous.id
        && !repository.list().await?.contains(&previous)
    {
        return Err(BackupError::Moving);
    }
    let mut random = [0u8; 2];
    getrandom::fill(&mut random).map_err(|_| damaged("the system's source of randomness"))?;
    let id = BackupId::new(now, random);
    repository.write(&id, &envelope, &manifest, keys).await?;
    Ok(Created {
        id,
        manifest,
        new_pieces: copier.writer.written,
    })
}

async fn copy_rows(
    transaction: &mut Transaction,
    table: &Table,
    writer: &mut PieceWriter<'_>,
    size: &mut u64,
    outside: &mut Vec<String>,
) -> Result<TableRows, BackupError> {
    let mut copied = TableRows {
        table: table.name.to_owned(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        rows: 0,
        pieces: Vec::new(),
        sizes: Vec::new(),
    };
    let mut packer = RowPacker::default();
    let mut last: Option<Row> = None;
    loop {
        let page = portable::page(transaction, table, last.as_ref(), PAGE).await?;
        let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        last = page.last().cloned();
        for row in page {
            copied.rows += 1;
            outside.extend(blob_outside(table, &row));
            let key: Vec<Value> = table.key(&row).cloned().collect();
            if let Some(rows) = packer.add(row, &key)? {
                keep_rows(writer, rows, &mut copied, size).await?;
            }
        }
        if is_last {
            break;
        }
    }
    if let Some(rows) = packer.finish() {
        keep_rows(writer, rows, &mut copied, size).await?;
    }
    Ok(copied)
}

async fn keep_rows(
    writer: &mut PieceWriter<'_>,
    rows: Vec<Row>,
    copied: &mut TableRows,
    size: &mut u64,
) -> Result<(), BackupError> {
    let (name, length) = writer.keep_list(&rows).await?;
    copied.sizes.push(writer.size(&name));
    copied.pieces.push(name);
    *size += u64::try_from(length).unwrap_or(u64::MAX);
    Ok(())
}

/// The name of a blob that stands outside the database, and is still needed.
fn blob_outside(table: &Table, row: &Row) -> Option<String> {
    if table.name != "blobs" {
        return None;
    }
    let inside = table
        .value(row, "content")
        .is_some_and(|content| *content != Value::Null);
    let released = table
        .value(row, "released_at")
        .is_some_and(|released| *released != Value::Null);
    match table.value(row, "name") {
        Some(Value::Text(name)) if !inside && !released => Some(name.clone()),
        _ => None,
    }
}

/// Copies the blobs that stand outside the database.
struct BlobCopier<'a> {
    source: Source<'a>,
    previous: HashMap<String, BlobPieces>,
    reuse: Reuse,
    writer: PieceWriter<'a>,
}

impl BlobCopier<'_> {
    async fn copy(&mut self, names: Vec<String>, manifest: &mut Manifest) -> Result<(), BackupError> {
        for names in names.chunks(BLOBS_IN_PIECE) {
            let (mut copied, mut sizes) = (Vec::with_capacity(names.len()), Vec::new());
            for name in names {
                let Some(blob) = self.blob(name).await? else {
                    manifest.damaged_blobs.push(name.clone());
                    continue;
                };
                manifest.blob_count += 1;
                manifest.size += blob.size;
                sizes.extend(blob.pieces.iter().map(|piece| self.writer.size(piece)));
                copied.push(blob);
            }
            manifest.blobs.push(self.writer.keep_list(&copied).await?.0);
            manifest.blob_sizes.push(self.writer.keep_list(&sizes).await?.0);
        }
        Ok(())
    }

    /// Takes a blob over or copies it; none when it is damaged, which must not keep all else from being backed up.
    async fn blob(&mut self, name: &str) -> Result<Option<BlobPieces>, BackupError> {
        let previous = self.previous.remove(name);
        if self.reuse == Reuse::Pieces && previous.is_some() {
            return Ok(previous);
        }
        if let Some(content) = self.content(name).await? {
            return self.keep(name, &content).await.map(Some);
        }
        // Damaged since: the backup before may have the only copy that is whole.
        let Some(previous) = previous else { return Ok(None) };
        let (repository, keys) = (self.writer.repository, self.writer.keys);
        for piece in &previous.pieces {
            match pieces::read(repository, keys, piece).await {
                Err(BackupError::Damaged { .. }) => return Ok(None),
                content => self.writer.keep(&content?).await?,
            };
        }
        Ok(Some(previous))
    }

    /// Reads a blob; none when it is damaged.
    async fn content(&self, name: &str) -> Result<Option<Vec<u8>>, BackupError> {
        let mut transaction = self.source.database.read().await?;
        let found = self.source.blobs.find(&mut transaction, name).await;
        drop(transaction);
        let read = match found {
            Ok(found) => found.bytes().await,
            // It was on record when the rows were read.
            Err(StoreError::Blob(_)) => return Err(BackupError::Moving),
            Err(error) => return Err(error.into()),
        };
        match read {
            Ok(content) => Ok(Some(content)),
            Err(StoreError::Blob(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep(&mut self, name: &str, content: &[u8]) -> Result<BlobPieces, BackupError> {
        let mut blob = BlobPieces {
            name: name.to_owned(),
            size: u64::try_from(content.len()).unwrap_or(u64::MAX),
            pieces: Vec::new(),
        };
        for piece in content.chunks(PIECE) {
            blob.pieces.push(self.writer.keep(piece).await?);
        }
        Ok(blob)
    }
}
