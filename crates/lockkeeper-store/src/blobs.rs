//! Big things: compressed, encrypted, named by a keyed hash of their content, in a folder.
//!
//! A blob is written before the row that points to it: a crash leaves garbage, never a row that points
//! nowhere. Each file is `nonce (24 bytes) || XChaCha20-Poly1305(zstd(content))`, with the blob's name
//! as associated data, so that one blob cannot be put in the place of another.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::StoreError;
use crate::key::{KEY_LENGTH, Purpose, ServerKey};

const NONCE_LENGTH: usize = 24;
/// Level 1 packs states about as well as 3 and in half the time.
const COMPRESSION_LEVEL: i32 = 1;
/// What a blob may unpack to. Nothing bigger is ever stored, so a bigger one is damaged or forged.
const MAX_UNPACKED: usize = 1 << 30;

/// A folder of blobs.
#[derive(Clone)]
pub struct Blobs {
    folder: PathBuf,
    names: Zeroizing<[u8; KEY_LENGTH]>,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blobs")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Blobs {
    /// Opens the folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path, key: &ServerKey) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| failed("cannot make the folder", folder, source))?;
        let cipher = XChaCha20Poly1305::new((&*key.derive(Purpose::BlobContents)).into());
        Ok(Self {
            folder: folder.to_owned(),
            names: key.derive(Purpose::BlobNames),
            cipher,
        })
    }

    /// Keeps the content and answers its name. The same content has the same name, and is kept once.
    /// When this answers, the content is on disk.
    ///
    /// # Errors
    /// When the file cannot be written; nothing is left behind then but, at worst, a temporary file.
    pub async fn put(&self, content: impl AsRef<[u8]> + Send + 'static) -> Result<String, StoreError> {
        let blobs = self.clone();
        in_background(move || blobs.put_blocking(content.as_ref())).await
    }

    /// Keeps the content under a name of its own, even if the same content is kept already: for what is
    /// removed again, which must not take away what another row points to.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn put_apart(&self, content: impl AsRef<[u8]> + Send + 'static) -> Result<String, StoreError> {
        let blobs = self.clone();
        in_background(move || {
            let mut name = [0u8; 32];
            random(&mut name)?;
            blobs.write_blocking(hex::encode(name), content.as_ref())
        })
        .await
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it is missing or is not what was stored.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let (blobs, name) = (self.clone(), name.to_owned());
        in_background(move || blobs.get_blocking(&name)).await
    }

    /// Removes a blob that no row points to any more. One that is gone already is no error.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let file = self.file(name)?;
        match tokio::fs::remove_file(&file).await {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("cannot remove", &file, source))
            }
            _ => Ok(()),
        }
    }

    fn put_blocking(&self, content: &[u8]) -> Result<String, StoreError> {
        let name = blake3::keyed_hash(&self.names, content).to_hex().to_string();
        self.write_blocking(name, content)
    }

    fn write_blocking(&self, name: String, content: &[u8]) -> Result<String, StoreError> {
        let file = self.file(&name)?;
        if file.exists() {
            return Ok(name);
        }
        let sealed = self.seal(&name, content)?;
        let parent = file.parent().unwrap_or(&self.folder);
        make_folder(parent, &self.folder)
            .map_err(|source| failed("cannot make the folder", parent, source))?;
        let mut suffix = [0u8; 8];
        random(&mut suffix)?;
        let beside = file.with_extension(hex::encode(suffix));
        let written = write_synced(&beside, &sealed)
            .and_then(|()| std::fs::rename(&beside, &file))
            .and_then(|()| std::fs::File::open(parent)?.sync_all());
        if let Err(source) = written {
            // Best effort: what cannot be removed is garbage, and found by its extension.
            let _ = std::fs::remove_file(&beside);
            return Err(failed("cannot write", &file, source));
        }
        Ok(name)
    }

    fn seal(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, StoreError> {
        let packed = zstd::bulk::compress(content, COMPRESSION_LEVEL)
            .map_err(|source| failed("cannot compress", &self.folder, source))?;
        let mut nonce = [0u8; NONCE_LENGTH];
        random(&mut nonce)?;
        let payload = Payload {
            msg: &packed,
            aad: name.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::Blob(name.to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn get_blocking(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::Blob(name.to_owned());
        let sealed = std::fs::read(self.file(name)?).map_err(|_| damaged())?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or_else(damaged)?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        let packed = self
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| damaged())?;
        let size = zstd::bulk::Decompressor::upper_bound(&packed)
            .unwrap_or(MAX_UNPACKED)
            .min(MAX_UNPACKED);
        zstd::bulk::decompress(&packed, size).map_err(|_| damaged())
    }

    /// The file of a blob. Names come from rows; one that was tampered with must not leave the folder.
    fn file(&self, name: &str) -> Result<PathBuf, StoreError> {
        let well_formed = name.len() == 64
            && name
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match name.get(..2) {
            Some(prefix) if well_formed => Ok(self.folder.join(prefix).join(name)),
            _ => Err(StoreError::Blob(name.chars().take(80).collect())),
        }
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(failed(
            "a blob could not be handled",
            Path::new(""),
            std::io::Error::other(error),
        ))
    })
}

/// Makes the folder of blobs whose names begin alike. Its own entry is synced too, or a loss of power could
/// take the folder away with blobs that are on record.
fn make_folder(folder: &Path, parent: &Path) -> std::io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    std::fs::File::open(parent)?.sync_all()
}

fn write_synced(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut new = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    new.write_all(content)?;
    new.sync_all()
}

fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|error| {
        failed(
            "no randomness to be had",
            Path::new(""),
            std::io::Error::other(error.to_string()),
        )
    })
}

fn failed(what: &str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File {
        what: format!("{what} {}", path.display()),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> Blobs {
        Blobs::open(folder, &ServerKey::new([7; KEY_LENGTH])).unwrap()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for prefix in std::fs::read_dir(folder).unwrap() {
            found.extend(
                std::fs::read_dir(prefix.unwrap().path())
                    .unwrap()
                    .map(|f| f.unwrap().path()),
            );
        }
        found
    }

    #[tokio::test]
    async fn kept_once_and_unreadable_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path());
        let content = b"password = hunter2".repeat(100);
        let name = blobs.put(content.clone()).await.unwrap();
        assert_eq!(blobs.put(content.clone()).await.unwrap(), name);
        assert_eq!(blobs.get(&name).await.unwrap(), content);
        let files = files(folder.path());
        assert_eq!(files.len(), 1);
        let raw = std::fs::read(&files[0]).unwrap();
        assert!(!raw.windows(7).any(|window| window == b"hunter2"));
    }

    #[tokio::test]
    async fn what_is_kept_apart_is_removed_alone() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path());
        let one = blobs.put_apart(b"plan".to_vec()).await.unwrap();
        let two = blobs.put_apart(b"plan".to_vec()).await.unwrap();
        blobs.remove(&one).await.unwrap();
        assert_eq!(blobs.get(&two).await.unwrap(), b"plan");
    }

    #[tokio::test]
    async fn a_damaged_or_exchanged_blob_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path());
        let one = blobs.put(b"one".to_vec()).await.unwrap();
        let two = blobs.put(b"two".to_vec()).await.unwrap();
        std::fs::copy(blobs.file(&two).unwrap(), blobs.file(&one).unwrap()).unwrap();
        assert!(matches!(blobs.get(&one).await, Err(StoreError::Blob(_))));
        assert!(matches!(
            blobs.get("../../etc/passwd").await,
            Err(StoreError::Blob(_))
        ));
        blobs.remove(&two).await.unwrap();
        assert!(matches!(blobs.get(&two).await, Err(StoreError::Blob(_))));
    }

    #[tokio::test]
    async fn empty_and_large() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = open(folder.path());
        for content in [vec![], vec![b'x'; 5 << 20]] {
            let name = blobs.put(content.clone()).await.unwrap();
            assert_eq!(blobs.get(&name).await.unwrap(), content);
        }
    }
}
