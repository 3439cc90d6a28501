//! Writing one blob, piece by piece.

use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::bucket::Bucket;
use super::sealing::{PIECE, Sealer};
use super::{Blobs, Place, failed, in_background, no_bucket};
use crate::batch::Batch;
use crate::portable::Value;
use crate::tables::blobs as table;
use crate::{StoreError, Transaction};

/// Up to so many bytes, sealed, a blob stands in the database. Chosen, not measured: the database writes content
/// twice, to its log and to its place, which costs more than the two syncs of a file when it is big.
const IN_DATABASE: usize = 64 << 10;
/// After this a blob is no longer put on record: what no row points to for much longer is collected.
const FRESH: Duration = Duration::from_mins(30);

/// A blob whose content is being written. Dropped before [`BlobWriter::finish`], nothing of it is left.
pub struct BlobWriter {
    blobs: Blobs,
    name: String,
    key_number: u32,
    sealer: Sealer,
    /// Content that is yet to be sealed: there is always some left for the last piece.
    pending: Vec<u8>,
    /// What is sealed, and yet to be written to the file.
    sealed: Vec<u8>,
    /// What does not fit into the database.
    file: Option<NamedTempFile>,
    begun: Instant,
}

impl BlobWriter {
    pub(super) fn begin(blobs: &Blobs, name: String) -> Result<Self, StoreError> {
        let (key, mut sealed) = (blobs.0.database.keyring().newest()?, Vec::new());
        Ok(Self {
            blobs: blobs.clone(),
            key_number: key.number(),
            sealer: Sealer::begin(&key, &name, &mut sealed)?,
            name,
            pending: Vec::new(),
            sealed,
            file: None,
            begun: Instant::now(),
        })
    }

    /// Appends content. Compresses, encrypts and may write to a file: not for a thread that must not wait.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, mut content: &[u8]) -> Result<(), StoreError> {
        while self.pending.len() + content.len() > PIECE {
            let (taken, rest) = content.split_at(PIECE - self.pending.len());
            content = rest;
            if self.pending.is_empty() {
                self.sealer.seal(taken, false, &mut self.sealed)?;
            } else {
                self.pending.extend_from_slice(taken);
                self.sealer.seal(&self.pending, false, &mut self.sealed)?;
                self.pending.clear();
            }
            self.spill()?;
        }
        self.pending.extend_from_slice(content);
        Ok(())
    }

    /// Moves what is sealed to a file, if it is too much for the database.
    fn spill(&mut self) -> Result<(), StoreError> {
        if self.file.is_none() && self.sealed.len() <= IN_DATABASE {
            return Ok(());
        }
        let folder = &self.blobs.0.folder;
        let mut file = match self.file.take() {
            Some(file) => file,
            None => folder.begin()?,
        };
        folder.append(&mut file, &self.sealed)?;
        self.file = Some(file);
        self.sealed.clear();
        Ok(())
    }

    /// Seals the rest. When this answers, what does not stand in the database is where it will be read from.
    ///
    /// # Errors
    /// When the file cannot be written or the bucket does not take it; nothing that counts is left behind then.
    pub async fn finish(self) -> Result<NewBlob, StoreError> {
        in_background(move || self.seal_rest()).await?.put().await
    }

    /// Seals the rest, and puts it nowhere yet: dropped, nothing of it is left.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn seal_rest(mut self) -> Result<SealedBlob, StoreError> {
        self.sealer.seal(&self.pending, true, &mut self.sealed)?;
        self.spill()?;
        Ok(SealedBlob {
            blobs: self.blobs,
            file: self.file,
            new: NewBlob {
                name: self.name,
                key_number: self.key_number,
                place: Place::Database,
                content: self.sealed,
                begun: self.begun,
            },
        })
    }
}

impl Blobs {
    /// Puts a sealed blob into the bucket, once that is known to be this database's.
    async fn upload(&self, bucket: &Bucket, file: &NamedTempFile, name: &str) -> Result<(), StoreError> {
        self.confirm(bucket).await?;
        let opened = file.reopen();
        let opened = opened.map_err(|source| failed("cannot open", file.path().display(), source))?;
        bucket.upload(name, opened).await
    }
}

/// A blob that is sealed, and yet to be put in its place.
#[derive(Debug)]
#[must_use = "a blob that is not put in its place is gone"]
pub struct SealedBlob {
    blobs: Blobs,
    new: NewBlob,
    /// What does not fit into the database.
    file: Option<NamedTempFile>,
}

impl SealedBlob {
    /// Whether it stands in the database with the row that points to it.
    pub fn is_kept_in_database(&self) -> bool {
        self.file.is_none()
    }

    /// Puts it in its place. When this answers, what does not stand in the database is where it will be read from.
    ///
    /// # Errors
    /// When the file cannot be kept or the bucket does not take it; nothing that counts is left behind then.
    pub async fn put(self) -> Result<NewBlob, StoreError> {
        let (inner, mut new) = (self.blobs.0, self.new);
        let Some(file) = self.file else {
            return Ok(new);
        };
        if let Some(bucket) = &inner.bucket {
            new.place = Place::Bucket;
            Blobs(inner.clone()).upload(bucket, &file, &new.name).await?;
            return Ok(new);
        }
        new.place = Place::Folder;
        in_background(move || {
            inner.folder.keep(file, &new.name)?;
            Ok(new)
        })
        .await
    }
}

impl SealedBlob {
    /// As [`SealedBlob::put`], also in the place of what an interrupted restore left.
    pub(super) async fn put_restored(self) -> Result<NewBlob, StoreError> {
        match (&self.file, &self.blobs.0.bucket) {
            (None, _) => Ok(self.new),
            (Some(_), Some(_)) => self.put().await,
            (Some(_), None) => self.replace(Place::Folder).await,
        }
    }

    /// Puts the blob in the place of the one that has its name and its content.
    pub(super) async fn replace(self, place: Place) -> Result<NewBlob, StoreError> {
        let (inner, mut new) = (self.blobs.0, self.new);
        new.place = place;
        let (mut new, file) = in_background({
            let (folder, spilled) = (inner.folder.clone(), self.file);
            move || match (place, spilled) {
                (Place::Database, None) => Ok((new, None)),
                (Place::Database, Some(file)) => {
                    let content = std::fs::read(file.path());
                    new.content =
                        content.map_err(|source| failed("cannot read", file.path().display(), source))?;
                    Ok((new, None))
                }
                (Place::Folder | Place::Bucket, Some(file)) => Ok((new, Some(file))),
                (Place::Folder | Place::Bucket, None) => {
                    let mut file = folder.begin()?;
                    folder.append(&mut file, &new.content)?;
                    Ok((new, Some(file)))
                }
            }
        })
        .await?;
        let Some(file) = file else { return Ok(new) };
        new.content.clear();
        match (place, &inner.bucket) {
            (Place::Bucket, Some(bucket)) => {
                Blobs(inner.clone()).upload(bucket, &file, &new.name).await?;
                Ok(new)
            }
            (Place::Bucket, None) => Err(no_bucket()),
            _ => {
                in_background(move || {
                    inner.folder.replace(file, &new.name)?;
                    Ok(new)
                })
                .await
            }
        }
    }
}

/// A blob that is sealed, and yet to be put on record.
#[derive(Debug)]
#[must_use = "a blob that is not kept is garbage"]
pub struct NewBlob {
    name: String,
    key_number: u32,
    place: Place,
    /// Empty unless it stands in the database.
    content: Vec<u8>,
    begun: Instant,
}

impl NewBlob {
    /// Puts the blob on record, in the transaction that writes the row which points to it. Answers its name,
    /// which nothing else tells: no row can point to a blob that is not on record.
    ///
    /// # Errors
    /// When the database fails, or the blob was begun so long ago that it may have been collected.
    pub async fn keep(&self, transaction: &mut Transaction) -> Result<&str, StoreError> {
        let mut batch = Batch::new(transaction);
        let name = self.keep_in_batch(&mut batch)?;
        batch.run(transaction).await?;
        Ok(name)
    }

    /// As [`NewBlob::keep`], together with other statements of the transaction.
    ///
    /// # Errors
    /// When the blob was begun so long ago that it may have been collected.
    pub fn keep_in_batch(&self, batch: &mut Batch) -> Result<&str, StoreError> {
        if self.begun.elapsed() > FRESH {
            return Err(StoreError::TooLate);
        }
        let content = (self.place == Place::Database).then_some(self.content.as_slice());
        let number = i64::from(self.key_number);
        table::insert(batch, &self.name, self.place, content, number)?;
        Ok(&self.name)
    }

    /// Puts it on record in place of the one that had its name, unless that is gone or was replaced already.
    pub(super) async fn keep_instead(
        &self,
        transaction: &mut Transaction,
        former: i64,
    ) -> Result<bool, StoreError> {
        let content = (self.place == Place::Database).then_some(self.content.as_slice());
        let number = i64::from(self.key_number);
        let replaced = table::replace(transaction, &self.name, self.place, content, number, former).await?;
        Ok(replaced > 0)
    }

    /// What its row says of where it stands, by column: for rows that are restored, which are there already
    /// but for this.
    pub fn columns(&self) -> [(&'static str, Value); 3] {
        let content = match self.place {
            Place::Database => Value::Bytes(self.content.clone()),
            Place::Folder | Place::Bucket => Value::Null,
        };
        [
            ("place", Value::Text(self.place.as_str().to_owned())),
            ("content", content),
            ("key_number", Value::Integer(i64::from(self.key_number))),
        ]
    }
}

impl std::fmt::Debug for BlobWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobWriter")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
