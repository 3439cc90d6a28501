//! Big things: compressed, encrypted, and kept where their size suits.
//!
//! A small blob stands in the database, and is written in the transaction of the row that points to it: one
//! sync instead of three. A bigger one stands in a folder or in a bucket, and is there before the row is: a crash
//! leaves garbage, never a row that points nowhere. Each blob has a random name and one row that points to it, so
//! that removing it takes nothing from anybody else.

mod bucket;
mod collect;
mod folder;
mod owner;
mod read;
mod reseal;
mod restore;
mod sealing;
mod write;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use self::bucket::Bucket;
use self::folder::Folder;
use self::read::Sealed;
use crate::tables::blobs::{self as table, BlobRow};
use crate::{Database, StoreError, Transaction};

pub use self::bucket::BucketSettings;
pub use self::collect::{Collector, SAFE_AGE};
pub use self::read::{BlobReader, FoundBlob};
pub use self::reseal::SealedAnew;
pub use self::restore::Leftovers;
pub use self::write::{BlobWriter, NewBlob, SealedBlob};

/// The number that stands with blobs which were sealed before data keys had one.
const FIRST_FORMAT: i64 = 0;

/// Where a blob stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the database, in its own row.
    Database,
    /// In the folder.
    Folder,
    /// In the bucket.
    Bucket,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 3] = [Self::Database, Self::Folder, Self::Bucket];

    /// The place as a column holds it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Folder => "folder",
            Self::Bucket => "bucket",
        }
    }
}

/// Every blob of a server.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Also where blobs are sealed that go to the bucket.
    folder: Folder,
    bucket: Option<Bucket>,
    database: Database,
}

impl Blobs {
    /// Opens the folder, which is made if it is not there. Blobs are sealed by the data keys of the database.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path, database: &Database) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner {
            folder: Folder::open(folder)?,
            bucket: None,
            database: database.clone(),
        })))
    }

    /// From now on big blobs go to the bucket. Those in the folder are read from there, as before.
    ///
    /// # Errors
    /// When the settings or the credentials cannot be used. The bucket is not asked yet.
    pub fn with_bucket(&self, settings: &BucketSettings) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner {
            folder: self.0.folder.clone(),
            bucket: Some(Bucket::new(settings)?),
            database: self.0.database.clone(),
        })))
    }

    /// Whether the bucket, if there is one, answers.
    ///
    /// # Errors
    /// [`StoreError::Bucket`] when it does not, or refuses.
    pub async fn check_bucket(&self) -> Result<(), StoreError> {
        match &self.0.bucket {
            Some(bucket) => bucket.check().await,
            None => Ok(()),
        }
    }

    /// Seals content that is in memory.
    ///
    /// # Errors
    /// As [`BlobWriter::finish`].
    pub async fn put(&self, content: impl AsRef<[u8]> + Send + 'static) -> Result<NewBlob, StoreError> {
        let mut writer = self.writer()?;
        in_background(move || {
            writer.write(content.as_ref())?;
            writer.seal_rest()
        })
        .await?
        .put()
        .await
    }

    /// Begins a blob whose content comes piece by piece.
    ///
    /// # Errors
    /// When the keys are locked, or there is no randomness to be had for its name.
    pub fn writer(&self) -> Result<BlobWriter, StoreError> {
        BlobWriter::begin(self, new_name())
    }

    /// Begins a blob that had a name already, and is restored.
    ///
    /// # Errors
    /// When the keys are locked.
    pub fn writer_named(&self, name: &str) -> Result<BlobWriter, StoreError> {
        BlobWriter::begin(self, name.to_owned())
    }

    /// Finds a blob, in the transaction that read the row which points to it. It can be read when the
    /// transaction has ended.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it is not on record.
    pub async fn find(&self, transaction: &mut Transaction, name: &str) -> Result<FoundBlob, StoreError> {
        let row = table::by_name(transaction, name).await?;
        let row = row.ok_or_else(|| damaged(name))?;
        Ok(self.found(name, row))
    }

    fn found(&self, name: &str, row: BlobRow) -> FoundBlob {
        FoundBlob {
            blobs: self.clone(),
            name: name.to_owned(),
            place: *row.place,
            content: row.content.unwrap_or_default(),
            first_format: row.key_number == FIRST_FORMAT,
        }
    }

    /// As [`Blobs::find`] and [`FoundBlob::bytes`], in a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it is missing or is not what was stored.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let mut transaction = self.0.database.read().await?;
        let found = self.find(&mut transaction, name).await?;
        drop(transaction);
        found.bytes().await
    }

    /// Removes blobs that were released before that time from where they stand outside the database, at most
    /// `limit`. Leave those who read them the time to come to an end.
    ///
    /// # Errors
    /// When the database or the place fails; those that were not removed are the next time.
    pub async fn remove_released(&self, before: Timestamp, limit: i64) -> Result<(), StoreError> {
        let mut transaction = self.0.database.read().await?;
        let released = table::released(&mut transaction, before, limit).await?;
        drop(transaction);
        // One that cannot be removed must not keep the others.
        let mut failed = None;
        let mut removed = Vec::new();
        for blob in released {
            match self.remove(&blob.name, *blob.place).await {
                Ok(()) => removed.push(blob.name),
                Err(error) => failed = Some(error),
            }
        }
        if !removed.is_empty() {
            // The row last: a crash in between leaves the record of what is yet to be done.
            let mut transaction = self.0.database.write().await?;
            for name in &removed {
                table::delete(&mut transaction, name).await?;
            }
            transaction.commit().await?;
        }
        failed.map_or(Ok(()), Err)
    }

    async fn remove(&self, name: &str, place: Place) -> Result<(), StoreError> {
        match (place, &self.0.bucket) {
            (Place::Database, _) => Ok(()),
            (Place::Folder, _) => self.0.folder.remove(name).await,
            (Place::Bucket, Some(bucket)) => {
                self.confirm(bucket).await?;
                bucket.remove(name).await
            }
            (Place::Bucket, None) => Err(no_bucket()),
        }
    }

    /// The sealed bytes of a blob outside the database, and where they are. One that is not where its row says may
    /// have been moved to the other place, as docs/operations.md tells.
    async fn sealed(&self, name: &str, place: Place) -> Result<(Sealed, Place), StoreError> {
        let bucket = self.0.bucket.as_ref();
        if place != Place::Bucket
            && let Some(sealed) = self.0.folder.read(name).await?
        {
            return Ok((sealed, Place::Folder));
        }
        if let Some(bucket) = bucket
            && let Some(sealed) = bucket.read(name).await?
        {
            return Ok((sealed, Place::Bucket));
        }
        match (self.0.folder.read(name).await?, place, bucket) {
            (Some(moved), ..) => Ok((moved, Place::Folder)),
            (None, Place::Bucket, None) => Err(no_bucket()),
            (None, ..) => Err(damaged(name)),
        }
    }
}

fn no_bucket() -> StoreError {
    StoreError::Bucket("it is not configured any more; set `blobs.bucket` again".to_owned())
}

/// So many characters of a name are the name of the folder that it is in.
const FOLDER_PREFIX: usize = 2;
/// The characters of a name, and of one that is a hash of the content, from before names were random.
const NAMES: [usize; 2] = [32, 64];

/// Whether it is the name of a blob.
fn is_name(name: &str) -> bool {
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    NAMES.contains(&name.len()) && name.bytes().all(hexadecimal)
}

/// A blob's name. Names sort by time: indexes and backups then grow at their end.
#[expect(
    clippy::disallowed_methods,
    reason = "a name is no time that anything is decided by"
)]
fn new_name() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(StoreError::File {
            what: "a blob could not be handled".to_owned(),
            source: std::io::Error::other(error),
        })
    })
}

fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|error| StoreError::File {
        what: "no randomness to be had".to_owned(),
        source: std::io::Error::other(error.to_string()),
    })
}

fn failed(what: &str, place: impl std::fmt::Display, source: std::io::Error) -> StoreError {
    StoreError::File {
        what: format!("{what} {place}"),
        source,
    }
}

fn damaged(name: &str) -> StoreError {
    StoreError::Blob(name.chars().take(80).collect())
}
