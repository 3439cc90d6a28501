use std::collections::HashMap;

use crate::manifest::BlobPieces;
use crate::{BackupError, BackupId, Manifest, Repository, RepositoryKeys, pieces};

/// What the newest backup has, and need not be written again.
#[derive(Debug, Default)]
pub(crate) struct Previous {
    pub(crate) id: Option<BackupId>,
    /// The pieces that are there with the size that they were written with.
    pub(crate) pieces: HashMap<String, u64>,
    /// The blobs all of whose pieces are.
    pub(crate) blobs: HashMap<String, BlobPieces>,
}

impl Previous {
    /// Looks at the newest backup that opens. What is missing there, or cut, is not taken over; that the content of
    /// the rest is what was written, [`crate::verify`] finds out.
    ///
    /// # Errors
    /// When the place fails.
    pub(crate) async fn read(repository: &Repository, keys: &RepositoryKeys) -> Result<Self, BackupError> {
        let there = repository.piece_sizes().await?;
        for id in repository.list().await?.into_iter().rev() {
            // One that does not open, of another key or damaged, is of no use here; `verify` tells of it.
            let Ok(manifest) = repository.read(&id).await.and_then(|file| file.manifest(keys)) else {
                continue;
            };
            let mut previous = Self::default();
            match previous.add(&manifest, &there, repository, keys).await {
                Err(BackupError::Damaged { .. }) => continue,
                added => added?,
            }
            previous.id = Some(id);
            return Ok(previous);
        }
        Ok(Self::default())
    }

    async fn add(
        &mut self,
        manifest: &Manifest,
        there: &HashMap<String, u64>,
        repository: &Repository,
        keys: &RepositoryKeys,
    ) -> Result<(), BackupError> {
        let mut take = |piece: &String, written: Option<u64>| {
            let size = there.get(piece).copied().unwrap_or_default();
            let whole = size > 0 && written.is_none_or(|written| written == size);
            if whole {
                self.pieces.insert(piece.clone(), size);
            }
            whole
        };
        for table in &manifest.tables {
            for (position, piece) in table.pieces.iter().enumerate() {
                take(piece, table.sizes.get(position).copied());
            }
        }
        for (position, list) in manifest.blobs.iter().enumerate() {
            let listed: Vec<BlobPieces> = pieces::read_list(repository, keys, list).await?;
            let sizes: Vec<u64> = match manifest.blob_sizes.get(position) {
                Some(sizes) => {
                    let read = pieces::read_list(repository, keys, sizes).await?;
                    take(sizes, None);
                    read
                }
                None => Vec::new(),
            };
            take(list, None);
            let mut sizes = sizes.into_iter();
            for blob in listed {
                let mut whole = true;
                for piece in &blob.pieces {
                    whole &= take(piece, sizes.next());
                }
                if whole {
                    self.blobs.insert(blob.name.clone(), blob);
                }
            }
        }
        Ok(())
    }
}
