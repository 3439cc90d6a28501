//! The place that a backup's blobs are restored to.
//!
//! A restore writes nothing over. What an interrupted one left is told by a file in the folder: it holds the identifier
//! that the database is to get, so that the same restore can be begun again.

use super::write::BlobWriter;
use super::{Blobs, NewBlob, in_background, new_name};
use crate::StoreError;

/// What is done with blobs that stand where a backup is to be restored to, and were left by no restore that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftovers {
    /// They may be somebody's.
    Refuse,
    /// The database in the same folder has no rows, so they are nobody's.
    Replace,
}

impl Blobs {
    /// Prepares the folder and the bucket for the blobs of a backup. Answers whether there are blobs already, which are
    /// replaced: an earlier restore was interrupted here.
    ///
    /// # Errors
    /// [`StoreError::BlobsThere`] when there are blobs of somebody; [`StoreError::ForeignBucket`] when the prefix of the
    /// bucket is another database's.
    pub async fn begin_restore(&self, leftovers: Leftovers) -> Result<bool, StoreError> {
        let (inner, new) = (self.0.clone(), new_name());
        let (identifier, again) = in_background(move || {
            let folder = &inner.folder;
            if let Some(identifier) = folder.restored_as()? {
                return Ok((identifier, true));
            }
            let has_blobs = folder.has_blobs()?;
            if has_blobs && leftovers == Leftovers::Refuse {
                return Err(StoreError::BlobsThere {
                    place: folder.to_string(),
                });
            }
            folder.begin_restore(&new)?;
            Ok((new, has_blobs))
        })
        .await?;
        let Some(bucket) = &self.0.bucket else {
            return Ok(again);
        };
        let begun = bucket.begin_restore(&identifier).await;
        if begun.is_err() && !again {
            // Nothing was begun that could be begun again.
            let inner = self.0.clone();
            in_background(move || inner.folder.end_restore()).await?;
        }
        begun.map(|()| again)
    }

    /// Ends a restore: from now on the database bears its identifier, and nothing is replaced any more.
    ///
    /// # Errors
    /// When the database or the folder fails.
    pub async fn end_restore(&self) -> Result<(), StoreError> {
        self.identifier().await?;
        let inner = self.0.clone();
        in_background(move || inner.folder.end_restore()).await
    }
}

impl BlobWriter {
    /// As [`BlobWriter::finish`], between [`Blobs::begin_restore`] and [`Blobs::end_restore`]: in place of what has its
    /// name, if that is what an interrupted restore left.
    ///
    /// # Errors
    /// As [`BlobWriter::finish`].
    pub async fn finish_restored(self) -> Result<NewBlob, StoreError> {
        in_background(move || self.seal_rest())
            .await?
            .put_restored()
            .await
    }
}
