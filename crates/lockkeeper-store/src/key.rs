//! The server's key, from which every other key is derived.

use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::StoreError;

/// The length of every key, in bytes.
pub const KEY_LENGTH: usize = 32;

/// A key of the server's own. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct ServerKey(Zeroizing<[u8; KEY_LENGTH]>);

/// What a derived key is for. Keys for different purposes have nothing to do with each other.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Names blobs by their content.
    BlobNames,
    /// Encrypts blobs.
    BlobContents,
    /// Seals the heads of audit chains.
    AuditSeal,
    /// Fingerprints sensitive values in plans.
    Fingerprints,
}

impl Purpose {
    fn context(self) -> &'static str {
        match self {
            Purpose::BlobNames => "lockkeeper 2026-11 blob names",
            Purpose::BlobContents => "lockkeeper 2026-11 blob contents",
            Purpose::AuditSeal => "lockkeeper 2026-11 audit seal",
            Purpose::Fingerprints => "lockkeeper 2026-11 fingerprints",
        }
    }
}

impl ServerKey {
    /// Wraps a key.
    pub fn new(key: [u8; KEY_LENGTH]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// Reads the key file, or makes it, readable by its owner only.
    ///
    /// # Errors
    /// When the file cannot be read or made, or does not hold a key.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let failed = |what: &str, source| StoreError::File {
            what: format!("{what} {}", file.display()),
            source,
        };
        let mut key = Zeroizing::new([0u8; KEY_LENGTH]);
        match std::fs::File::open(file) {
            Ok(mut existing) => {
                existing
                    .read_exact(&mut *key)
                    .map_err(|source| failed("cannot read the server's key", source))?;
                return Ok(Self(key));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(failed("cannot open the server's key", source)),
        }
        getrandom::fill(&mut *key)
            .map_err(|error| failed("cannot make a key for", std::io::Error::other(error.to_string())))?;
        // A key that is half written would lock everything in for ever: write beside, sync, then rename.
        let beside = file.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(&beside)
            .and_then(|mut new| new.write_all(&*key).and_then(|()| new.sync_all()))
            .and_then(|()| std::fs::rename(&beside, file))
            .map_err(|source| failed("cannot write the server's key", source))?;
        Ok(Self(key))
    }

    /// The key for one purpose.
    pub fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; KEY_LENGTH]> {
        Zeroizing::new(blake3::derive_key(purpose.context(), &*self.0))
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn made_once_and_kept_tight() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let first = ServerKey::open(&file).unwrap();
        let second = ServerKey::open(&file).unwrap();
        assert_eq!(
            *first.derive(Purpose::AuditSeal),
            *second.derive(Purpose::AuditSeal)
        );
        assert_ne!(
            *first.derive(Purpose::AuditSeal),
            *first.derive(Purpose::BlobNames)
        );
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_short_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, b"short").unwrap();
        assert!(ServerKey::open(&file).is_err());
    }
}
