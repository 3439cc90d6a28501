use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::keyring::WrappedKey;
use lockkeeper_store::portable::{self, Row, Table, Value};
use lockkeeper_store::{Database, StoreError, Transaction};

use crate::error::damaged;
use crate::manifest::BlobPieces;
use crate::pack::RowPacker;
use crate::pieces::{self, PIECE, PieceWriter};
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
    now: Timestamp,
) -> Result<Created, BackupError> {
    for _ in 0..ATTEMPTS {
        match attempt(source, repository, keys, now).await {
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
    now: Timestamp,
) -> Result<Created, BackupError> {
    let previous = Previous::read(repository, keys).await?;
    let mut writer = PieceWriter {
        repository,
        keys,
        known: previous.pieces,
        written: 0,
    };
    let mut transaction = source.database.read().await?;
    let mut manifest = Manifest {
        begun_at: now,
        program: source.program.to_owned(),
        schema: portable::schema_version(&mut transaction).await?,
        tables: Vec::new(),
        blobs: Vec::new(),
        blob_count: 0,
        damaged_blobs: Vec::new(),
        size: 0,
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
    copy_blobs(source, outside, previous.blobs, &mut writer, &mut manifest).await?;

    // What was taken over from the backup before is there as long as that one is.
    if let Some(previous) = previous.id
        && !repository.list().await?.contains(&previous)
    {
        return Err(BackupError::Moving);
    }
    let mut random = [0u8; 4];
    getrandom::fill(&mut random).map_err(|_| damaged("the system's source of randomness"))?;
    let id = BackupId::new(now, random);
    repository.write(&id, &envelope, &manifest, keys).await?;
    Ok(Created {
        id,
        manifest,
        new_pieces: writer.written,
    })
}

/// What the newest backup has, and need not be written again.
#[derive(Default)]
struct Previous {
    id: Option<BackupId>,
    pieces: HashSet<String>,
    blobs: HashMap<String, BlobPieces>,
}

impl Previous {
    async fn read(repository: &Repository, keys: &RepositoryKeys) -> Result<Self, BackupError> {
        for id in repository.list().await?.into_iter().rev() {
            // One that does not open, of another key or damaged, is of no use here; `verify` tells of it.
            let Ok(manifest) = repository.read(&id).await.and_then(|file| file.manifest(keys)) else {
                continue;
            };
            let mut blobs = HashMap::new();
            for piece in &manifest.blobs {
                let listed: Vec<BlobPieces> = pieces::read_list(repository, keys, piece).await?;
                blobs.extend(listed.into_iter().map(|blob| (blob.name.clone(), blob)));
            }
            let of_tables = manifest.tables.into_iter().flat_map(|table| table.pieces);
            let of_blobs = blobs.values().flat_map(|blob| blob.pieces.iter().cloned());
            let pieces = of_tables.chain(of_blobs).chain(manifest.blobs).collect();
            return Ok(Self {
                id: Some(id),
                pieces,
                blobs,
            });
        }
        Ok(Self::default())
    }
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

async fn copy_blobs(
    source: Source<'_>,
    names: Vec<String>,
    mut previous: HashMap<String, BlobPieces>,
    writer: &mut PieceWriter<'_>,
    manifest: &mut Manifest,
) -> Result<(), BackupError> {
    for names in names.chunks(BLOBS_IN_PIECE) {
        let mut copied = Vec::with_capacity(names.len());
        for name in names {
            let blob = match previous.remove(name) {
                Some(blob) => blob,
                None => match copy_blob(source, name, writer).await? {
                    Some(blob) => blob,
                    None => {
                        manifest.damaged_blobs.push(name.clone());
                        continue;
                    }
                },
            };
            manifest.blob_count += 1;
            manifest.size += blob.size;
            copied.push(blob);
        }
        let (piece, _) = writer.keep_list(&copied).await?;
        manifest.blobs.push(piece);
    }
    Ok(())
}

/// Copies a blob; none when it is damaged, which must not keep all else from being backed up.
async fn copy_blob(
    source: Source<'_>,
    name: &str,
    writer: &mut PieceWriter<'_>,
) -> Result<Option<BlobPieces>, BackupError> {
    let mut transaction = source.database.read().await?;
    let found = source.blobs.find(&mut transaction, name).await;
    drop(transaction);
    let read = match found {
        Ok(found) => found.bytes().await,
        // It was on record when the rows were read.
        Err(StoreError::Blob(_)) => return Err(BackupError::Moving),
        Err(error) => return Err(error.into()),
    };
    let content = match read {
        Ok(content) => content,
        Err(StoreError::Blob(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut blob = BlobPieces {
        name: name.to_owned(),
        size: u64::try_from(content.len()).unwrap_or(u64::MAX),
        pieces: Vec::new(),
    };
    for piece in content.chunks(PIECE) {
        blob.pieces.push(writer.keep(piece).await?);
    }
    Ok(Some(blob))
}
