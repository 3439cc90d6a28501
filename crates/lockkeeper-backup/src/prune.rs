use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::manifest::BlobPieces;
use crate::{BackupError, BackupId, Keep, Repository, RepositoryKeys, pieces};

/// A piece that is younger may belong to a backup that is being made.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The backups.
    pub backups: Vec<BackupId>,
    /// How many pieces.
    pub pieces: usize,
}

/// Removes backups that need not be kept, and pieces that no backup has.
///
/// # Errors
/// When the place fails, or a backup that stays does not open: its pieces are not known then, and nothing
/// more is removed.
pub async fn prune(
    repository: &Repository,
    keys: &RepositoryKeys,
    keep: Keep,
    now: Timestamp,
) -> Result<Pruned, BackupError> {
    let all = repository.list().await?;
    let mut pruned = Pruned {
        backups: keep.superfluous(&all),
        pieces: 0,
    };
    let mut needed = HashSet::new();
    for id in all.iter().filter(|id| !pruned.backups.contains(id)) {
        let manifest = repository.read(id).await?.manifest(keys)?;
        for piece in &manifest.blobs {
            let blobs: Vec<BlobPieces> = pieces::read_list(repository, keys, piece).await?;
            needed.extend(blobs.into_iter().flat_map(|blob| blob.pieces));
        }
        needed.extend(manifest.blobs);
        needed.extend(manifest.blob_sizes);
        needed.extend(manifest.tables.into_iter().flat_map(|table| table.pieces));
    }
    // Backups first: a backup without its pieces would look whole, pieces without a backup are garbage.
    for id in &pruned.backups {
        repository.remove_backup(id).await?;
    }
    for name in repository.pieces_before(now - YOUNG).await? {
        if !needed.contains(&name) {
            repository.remove_piece(&name).await?;
            pruned.pieces += 1;
        }
    }
    Ok(pruned)
}
