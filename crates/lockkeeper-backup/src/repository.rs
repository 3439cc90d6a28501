use std::collections::HashMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use lockkeeper_store::blobs::BucketSettings;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};

use crate::error::damaged;
use crate::{BackupError, BackupId, Envelope, Manifest, RepositoryKeys};

/// What every file of a backup begins with.
const MAGIC: &[u8] = b"lockkeeper backup 1\n";
/// What stands in the clear before the manifest is small.
const MOST_ENVELOPE: usize = 1 << 20;

/// Where backups are kept.
#[derive(Debug, Clone)]
pub struct Repository {
    place: Arc<dyn ObjectStore>,
}

/// The file of one backup: what its keys are wrapped in, and its sealed manifest.
#[derive(Debug, Clone)]
pub struct BackupFile {
    /// The backup.
    pub id: BackupId,
    /// The wrapped keys that open the rest.
    pub envelope: Envelope,
    manifest: Vec<u8>,
}

impl BackupFile {
    /// Opens the manifest.
    ///
    /// # Errors
    /// [`BackupError::WrongKey`] when the key is another, or the file was altered.
    pub fn manifest(&self, keys: &RepositoryKeys) -> Result<Manifest, BackupError> {
        let opened = keys.open(self.id.as_str(), &self.manifest);
        let opened = opened.ok_or_else(|| BackupError::WrongKey(self.id.clone()))?;
        serde_json::from_slice(&opened).map_err(|_| damaged(format!("the backup {}", self.id)))
    }
}

impl Repository {
    /// The repository in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn folder(folder: &FilePath) -> Result<Self, BackupError> {
        make_private(folder).map_err(|source| object_store::Error::Generic {
            store: "folder",
            source: format!("cannot make {}: {source}", folder.display()).into(),
        })?;
        let place = LocalFileSystem::new_with_prefix(folder)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self::new(Arc::new(place)))
    }

    /// The repository in a bucket, below the prefix of the settings.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn bucket(settings: &BucketSettings) -> Result<Self, BackupError> {
        let place = PrefixStore::new(settings.client()?, settings.prefix.as_str());
        Ok(Self::new(Arc::new(place)))
    }

    /// The repository anywhere else.
    pub fn new(place: Arc<dyn ObjectStore>) -> Self {
        Self { place }
    }

    /// The names of every backup, oldest first.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn list(&self) -> Result<Vec<BackupId>, BackupError> {
        let found: Vec<_> = self
            .place
            .list(Some(&Path::from("backups")))
            .try_collect()
            .await?;
        // What is not named like a backup is not ours.
        let mut ids: Vec<BackupId> = found
            .iter()
            .filter_map(|object| object.location.filename()?.parse().ok())
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// Reads the file of a backup.
    ///
    /// # Errors
    /// [`BackupError::NoBackup`] when there is none of that name.
    pub async fn read(&self, id: &BackupId) -> Result<BackupFile, BackupError> {
        let read = match self.place.get(&backup_path(id)).await {
            Err(object_store::Error::NotFound { .. }) => return Err(BackupError::NoBackup(id.clone())),
            read => read?.bytes().await?,
        };
        parse(id, &read).ok_or_else(|| damaged(format!("the backup {id}")))
    }

    pub(crate) async fn write(
        &self,
        id: &BackupId,
        envelope: &Envelope,
        manifest: &Manifest,
        keys: &RepositoryKeys,
    ) -> Result<(), BackupError> {
        let text = serde_json::to_vec(manifest).map_err(|_| damaged("the new manifest"))?;
        let sealed = keys.seal(id.as_str(), &text)?;
        let envelope = serde_json::to_vec(envelope).map_err(|_| damaged("the new envelope"))?;
        let length = u32::try_from(envelope.len()).map_err(|_| damaged("the new envelope"))?;
        let file = [MAGIC, &length.to_be_bytes(), &envelope, &sealed].concat();
        self.place
            .put_opts(&backup_path(id), file.into(), PutMode::Create.into())
            .await?;
        Ok(())
    }

    pub(crate) async fn write_piece(&self, name: &str, sealed: Vec<u8>) -> Result<(), BackupError> {
        self.place.put(&piece_path(name)?, sealed.into()).await?;
        Ok(())
    }

    pub(crate) async fn read_piece(&self, name: &str) -> Result<Vec<u8>, BackupError> {
        match self.place.get(&piece_path(name)?).await {
            Err(object_store::Error::NotFound { .. }) => Err(damaged(format!("the piece {name}"))),
            read => Ok(read?.bytes().await?.to_vec()),
        }
    }

    pub(crate) async fn read_proof(&self, id: &BackupId) -> Result<Option<Vec<u8>>, BackupError> {
        match self.place.get(&proof_path(id)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            read => Ok(Some(read?.bytes().await?.to_vec())),
        }
    }

    pub(crate) async fn write_proof(&self, id: &BackupId, sealed: Vec<u8>) -> Result<(), BackupError> {
        self.place.put(&proof_path(id), sealed.into()).await?;
        Ok(())
    }

    /// Removes a backup, and what is known of it.
    pub(crate) async fn remove_backup(&self, id: &BackupId) -> Result<(), BackupError> {
        self.place.delete(&backup_path(id)).await?;
        match self.place.delete(&proof_path(id)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            removed => Ok(removed?),
        }
    }

    pub(crate) async fn remove_piece(&self, name: &str) -> Result<(), BackupError> {
        Ok(self.place.delete(&piece_path(name)?).await?)
    }

    /// The size of each piece that is there.
    pub(crate) async fn piece_sizes(&self) -> Result<HashMap<String, u64>, BackupError> {
        let found: Vec<_> = self.place.list(Some(&Path::from("pieces"))).try_collect().await?;
        let named = found
            .iter()
            .filter_map(|object| Some((object.location.filename()?.to_owned(), object.size)));
        Ok(named.collect())
    }

    /// The names of the pieces that were written before that time.
    pub(crate) async fn pieces_before(&self, time: Timestamp) -> Result<Vec<String>, BackupError> {
        let found: Vec<_> = self.place.list(Some(&Path::from("pieces"))).try_collect().await?;
        let old = found
            .iter()
            .filter(|object| object.last_modified.timestamp_micros() < time.as_microsecond());
        let names = old.filter_map(|object| object.location.filename());
        Ok(names
            .filter(|name| is_piece_name(name))
            .map(str::to_owned)
            .collect())
    }
}

fn backup_path(id: &BackupId) -> Path {
    Path::from_iter(["backups", id.as_str()])
}

fn proof_path(id: &BackupId) -> Path {
    Path::from_iter(["proofs", id.as_str()])
}

/// Names of pieces come from manifests; one that is no name must not lead elsewhere.
fn piece_path(name: &str) -> Result<Path, BackupError> {
    match name.get(..2) {
        Some(prefix) if is_piece_name(name) => Ok(Path::from_iter(["pieces", prefix, name])),
        _ => Err(damaged("the name of a piece")),
    }
}

fn is_piece_name(name: &str) -> bool {
    name.len() == 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn parse(id: &BackupId, file: &[u8]) -> Option<BackupFile> {
    let (length, rest) = file.strip_prefix(MAGIC)?.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if length > MOST_ENVELOPE {
        return None;
    }
    let (envelope, manifest) = rest.split_at_checked(length)?;
    Some(BackupFile {
        id: id.clone(),
        envelope: serde_json::from_slice(envelope).ok()?,
        manifest: manifest.to_vec(),
    })
}

fn make_private(folder: &FilePath) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
